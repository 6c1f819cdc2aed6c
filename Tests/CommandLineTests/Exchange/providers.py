"""What providers would report of some raw exchanges, computed by another path than the product's.

  providers.py make FOLDER      exchanges.jsonl, prices/, provider files and planted.json
  providers.py attribute FOLDER joins normalized.jsonl with tenant, time and key into records.jsonl
  providers.py compare FOLDER   found.json (of `reconcile run`) against planted.json

Everything is random from one seed. Usage is counted from the raw usage objects, money in Decimal from the
prices below. Discrepancies are planted at days and models of their own; each has to be found with its
class, and nothing else. Where TOLLBOOK_CORPUS names a file of recorded exchanges, those that recorded.py can
count are among the calls of the first eight days, where nothing is planted.
"""
import collections
import datetime
import decimal
import json
import os
import random
import re
import sys

import recorded

D = decimal.Decimal
R = random.Random(20261004)
MILLION = D(1000000)
KEYS = ["key-blue", "key-green"]
# Per million tokens: fresh, cache read, cache write 5m, cache write 1h, output.
PRICES = {
    "openai": {"gpt-x": ("1.25", "0.125", "1.25", "1.25", "10"), "gpt-y": ("0.15", "0.075", "0.15", "0.15", "0.6")},
    "anthropic": {"claude-x": ("3", "0.3", "3.75", "6", "15"), "claude-y": ("1", "0.1", "1.25", "2", "5")},
    "bedrock": {"vendor.alpha-v1": ("0.8", "0.08", "1", "1", "4"), "vendor.beta-v1": ("3", "0.3", "3.75", "3.75", "15")},
    "vertex": {"gemini-x": ("0.3", "0.03", "0", "0", "2.5")},
    "azure": {"gpt-az": ("2", "0.5", "0", "0", "8")},
}
# Of recorded models, whichever they are.
RECORDED = ("2", "0.2", "2.5", "4", "8")
CUR = {"vendor.alpha-v1": "VendorAlpha1.0", "vendor.beta-v1": "VendorBeta1.0"}
METERS = ["in.text.fresh", "in.text.cache_read", "in.text.cache_write.5m", "in.text.cache_write.1h", "out.text"]
GROUPS = ["in.fresh", "in.cache_read", "in.cache_write.5m", "in.cache_write.1h", "out"]


def day(number):
    return f"2026-10-{number:02d}"


class Call:
    """One exchange with what it really used."""

    def __init__(self, provider, model, number, counts, key, booked=True, stated=True, usage=True, cost=None, raw=None):
        self.raw = raw
        self.provider, self.model, self.day, self.counts, self.key = provider, model, number, counts, key
        self.booked, self.stated, self.usage, self.cost = booked, stated, usage, cost
        self.second = R.randrange(86400)

    def price(self, index):
        return D(PRICES[self.provider][self.model][index]) * self.counts[index] / MILLION

    def exchange(self, number):
        if self.raw is not None:
            return {"id": f"call-{number}", "provider": self.provider, **self.raw}
        fresh, read, five, hour, out = self.counts
        path, response = "/v1/chat/completions", {}
        if self.provider in ("openai", "openrouter", "azure"):
            usage = {
                "prompt_tokens": fresh + read + five, "completion_tokens": out,
                "total_tokens": fresh + read + five + out,
                "prompt_tokens_details": {"cached_tokens": read, **({"cache_write_tokens": five} if five else {})},
            }
            if self.cost is not None:
                usage["cost"] = float(self.cost)
            response = {
                "id": f"r{number}", "object": "chat.completion", "created": 1, "model": self.model,
                "choices": [{"index": 0, "message": {"role": "assistant", "content": "word " * 20}, "finish_reason": "stop"}],
            }
            if self.usage:
                response["usage"] = usage
            host = {"openai": "api.openai.com", "openrouter": "openrouter.ai", "azure": "a.openai.azure.com"}[self.provider]
            if self.provider == "azure":
                path = f"/openai/deployments/{self.model}/chat/completions?api-version=2026-01-01"
        elif self.provider == "anthropic":
            path, host = "/v1/messages", "api.anthropic.com"
            response = {
                "id": f"m{number}", "type": "message", "role": "assistant", "model": self.model, "stop_reason": "end_turn",
                "content": [{"type": "text", "text": "word"}],
                "usage": {
                    "input_tokens": fresh, "cache_read_input_tokens": read, "cache_creation_input_tokens": five + hour,
                    "cache_creation": {"ephemeral_5m_input_tokens": five, "ephemeral_1h_input_tokens": hour},
                    "output_tokens": out,
                },
            }
        elif self.provider == "bedrock":
            path, host = f"/model/{self.model}/converse", "bedrock-runtime.us-east-1.amazonaws.com"
            response = {
                "output": {"message": {"role": "assistant", "content": [{"text": "word"}]}}, "stopReason": "end_turn",
                "usage": {
                    "inputTokens": fresh, "outputTokens": out, "totalTokens": fresh + out + read + five,
                    "cacheReadInputTokens": read, "cacheWriteInputTokens": five,
                },
            }
        else:
            host = "us-central1-aiplatform.googleapis.com"
            path = f"/v1/projects/p/locations/us-central1/publishers/google/models/{self.model}:generateContent"
            response = {
                "candidates": [{"content": {"role": "model", "parts": [{"text": "word"}]}, "finishReason": "STOP"}],
                "modelVersion": self.model,
                "usageMetadata": {
                    "promptTokenCount": fresh + read, "cachedContentTokenCount": read, "candidatesTokenCount": out,
                    "totalTokenCount": fresh + read + out,
                },
            }
        return {
            "id": f"call-{number}", "provider": self.provider,
            "request": {
                "method": "POST", "path": path, "host": host, "headers": {"content-type": "application/json"},
                "body": json.dumps({"model": self.model, "messages": [{"role": "user", "content": "word"}]}),
            },
            "response": {"status": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(response)},
        }


def counts(provider):
    out = R.randrange(1, 5000)
    fresh, read = R.randrange(1, 90000), R.choice([0, R.randrange(1, 60000)])
    five = R.choice([0, R.randrange(1, 9000)]) if provider in ("anthropic", "bedrock") else 0
    hour = R.choice([0, R.randrange(1, 9000)]) if provider == "anthropic" else 0
    return [fresh, read, five, hour, out]


def calls():
    """Days 1 to 12 of each provider; discrepancies from day 9 on, where each model has one call."""
    made = []
    for provider, models in PRICES.items():
        for model in models:
            for number in range(1, 13):
                for _ in range(R.randrange(1, 5) if number < 9 else 1):
                    made.append(Call(provider, model, number, counts(provider), R.choice(KEYS)))
    for number in range(1, 6):
        cost = D(R.randrange(1, 900000)) / MILLION
        made.append(Call("openrouter", "vendor/model-z", number, counts("openrouter"), KEYS[0], cost=cost))
    return made


def recorded_calls():
    path = os.environ.get("TOLLBOOK_CORPUS")
    made = []
    for provider, model, used, cost, raw in recorded.exchanges(path) if path else []:
        if provider != "openrouter":
            PRICES[provider].setdefault(model, RECORDED)
        if provider == "bedrock":
            CUR[model] = re.sub("[^A-Za-z0-9]", "", model)
        number = R.choice([1, 2, 3, 5, 6, 7, 8])
        made.append(Call(provider, model, number, used, R.choice(KEYS), cost=None if cost is None else D(str(cost)), raw=raw))
    return made


def plant(made, planted):
    def one(provider, model, number):
        return next(c for c in made if (c.provider, c.model, c.day) == (provider, model, number))

    def note(kind, number, model, group, measure, verdict, category="usage", key=""):
        planted.append([kind, day(number), model, group, measure, verdict, category, key])

    def everywhere(provider, call, verdict, kinds, keyed=False):
        for index, group in enumerate(GROUPS):
            if not call.counts[index]:
                continue
            if provider == "bedrock" and group == "in.cache_write.5m":
                group = "in.cache_write"
            for kind, measure in kinds:
                key = call.key if keyed and measure == "quantity" else ""
                note(kind, call.day, call.model, group, measure, verdict, key=key)

    # Went around the proxy.
    call = one("openai", "gpt-x", 9)
    call.booked = False
    everywhere("openai", call, "missing_here", [("openai-usage", "quantity"), ("openai-costs", "amount")], keyed=True)
    note("openai-usage", 9, "gpt-x", "requests", "quantity", "missing_here", key=call.key)
    call = one("anthropic", "claude-y", 10)
    call.booked = False
    everywhere("anthropic", call, "missing_here", [("anthropic-usage", "quantity"), ("anthropic-costs", "amount")])
    # The provider has not reported it.
    call = one("openai", "gpt-y", 9)
    call.stated = False
    everywhere("openai", call, "missing_there", [("openai-usage", "quantity"), ("openai-costs", "amount")], keyed=True)
    note("openai-usage", 9, "gpt-y", "requests", "quantity", "missing_there", key=call.key)
    call = one("bedrock", "vendor.beta-v1", 10)
    call.stated = False
    everywhere("bedrock", call, "missing_there", [("aws-cur", "quantity"), ("aws-cur", "amount")])
    # Without usage in the response the ledger has to estimate.
    call = one("openai", "gpt-x", 11)
    call.usage, call.counts = False, [777, 0, 0, 0, 888]
    for group in ("in.fresh", "out"):
        note("openai-usage", 11, "gpt-x", group, "quantity", "estimate", key=call.key)
        note("openai-costs", 11, "gpt-x", group, "amount", "estimate")
    # Charged at another price.
    note("openai-costs", 10, "gpt-x", "out", "amount", "price")
    note("anthropic-costs", 11, "claude-x", "in.fresh", "amount", "price")
    note("aws-cur", 11, "vendor.alpha-v1", "out", "amount", "price")
    note("openrouter-activity", 4, "vendor/model-z", "", "amount", "price")
    # Money only: another amount on a day is a matter of price, an amount without usage is missing here.
    note("gcp-billing", 9, "", "", "amount", "price")
    one("vertex", "gemini-x", 10).booked = False
    note("gcp-billing", 10, "", "", "amount", "missing_here")
    # The same in a FOCUS file that says nothing of models and meters.
    note("focus", 9, "", "", "amount", "price")
    one("azure", "gpt-az", 10).booked = False
    note("focus", 10, "", "", "amount", "missing_here")
    one("azure", "gpt-az", 11).stated = False
    note("focus", 11, "", "", "amount", "missing_there")
    for kind, number, category in [
        ("focus", 12, "tax"), ("focus", 12, "credit"), ("aws-cur", 12, "tax"), ("aws-cur", 12, "credit"), ("gcp-billing", 12, "tax"), ("gcp-billing", 11, "credit"),
    ]:
        note(kind, number, "", "", "amount", "tax_credit", category)


def factor(kind, number, model, index):
    """How much dearer than agreed the provider charges."""
    wrong = {
        ("openai", 10, "gpt-x", 4): D("1.1"), ("anthropic", 11, "claude-x", 0): D("0.5"),
        ("bedrock", 11, "vendor.alpha-v1", 4): D("2"),
    }
    return wrong.get((kind, number, model, index), D(1))


def write(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(value if isinstance(value, str) else json.dumps(value, indent=1))


def openai(folder, made):
    usage, costs = [], []
    for number in range(1, 13):
        start = int(datetime.datetime(2026, 10, number, tzinfo=datetime.timezone.utc).timestamp())
        today = [c for c in made if c.provider == "openai" and c.day == number and c.stated]
        sums = collections.defaultdict(lambda: [0, 0, 0, 0, 0, 0])
        money = collections.Counter()
        for call in today:
            row = sums[call.model, call.key]
            for index in range(5):
                row[index] += call.counts[index]
                money[call.model, index] += call.price(index) * factor("openai", number, call.model, index)
            row[5] += 1
        usage.append({
            "object": "bucket", "start_time": start, "end_time": start + 86400, "results": [{
                "object": "organization.usage.completions.result", "model": model, "api_key_id": key, "project_id": None,
                "input_tokens": s[0] + s[1] + s[2], "input_cached_tokens": s[1], "input_cache_write_tokens": s[2],
                "output_tokens": s[4], "num_model_requests": s[5],
            } for (model, key), s in sorted(sums.items())]})
        words = {0: "input", 1: "cached input", 4: "output"}
        costs.append({
            "object": "bucket", "start_time": start, "end_time": start + 86400, "results": [{
                "object": "organization.costs.result", "line_item": f"{model}, {words[index]}",
                "amount": {"value": float(round(amount, 6)), "currency": "usd"},
            } for (model, index), amount in sorted(money.items()) if amount]})
    write(folder, "openai-usage.json", {"object": "page", "data": usage, "has_more": False, "next_page": None})
    # Two pages, as two answers would be put into one file.
    write(folder, "openai-costs.json", [{"object": "page", "data": costs[:7]}, {"object": "page", "data": costs[7:]}])


def anthropic(folder, made):
    usage, costs = [], []
    types = ["uncached_input_tokens", "cache_read_input_tokens", "cache_creation.ephemeral_5m_input_tokens",
             "cache_creation.ephemeral_1h_input_tokens", "output_tokens"]
    for number in range(1, 13):
        sums = collections.defaultdict(lambda: [0] * 5)
        money = collections.Counter()
        for call in made:
            if call.provider == "anthropic" and call.day == number and call.stated:
                for index in range(5):
                    sums[call.model][index] += call.counts[index]
                    money[call.model, index] += call.price(index) * factor("anthropic", number, call.model, index)
        bounds = {"starting_at": f"{day(number)}T00:00:00Z", "ending_at": f"{day(number + 1)}T00:00:00Z"}
        usage.append({**bounds, "results": [{
            "model": model, "api_key_id": None, "uncached_input_tokens": s[0], "cache_read_input_tokens": s[1],
            "cache_creation": {"ephemeral_5m_input_tokens": s[2], "ephemeral_1h_input_tokens": s[3]},
            "output_tokens": s[4], "server_tool_use": {"web_search_requests": 0},
        } for model, s in sorted(sums.items())]})
        costs.append({**bounds, "results": [{
            "currency": "USD", "amount": str(amount * 100), "cost_type": "tokens", "model": model,
            "token_type": types[index], "description": "words",
        } for (model, index), amount in sorted(money.items()) if amount]})
    write(folder, "anthropic-usage.json", {"data": usage, "has_more": False, "next_page": None})
    write(folder, "anthropic-costs.json", {"data": costs, "has_more": False, "next_page": None})


def openrouter(folder, made):
    rows = []
    for call in made:
        if call.provider == "openrouter":
            rows.append({
                "date": day(call.day), "model": call.model, "model_permaslug": call.model, "endpoint_id": "e",
                "provider_name": "Z", "usage": float(call.cost * (2 if call.day == 4 else 1)), "byok_usage_inference": 0,
                "requests": 1, "prompt_tokens": sum(call.counts[:3]), "completion_tokens": call.counts[4],
                "reasoning_tokens": 0,
            })
    write(folder, "openrouter-activity.json", {"data": rows})


def aws(folder, made):
    endings = {0: "input-tokens", 1: "cache-read-input-token-count", 2: "cache-write-input-token-count", 4: "output-tokens"}
    lines = ["line_item_line_item_type,line_item_product_code,line_item_usage_start_date,line_item_usage_type,"
             "line_item_usage_amount,pricing_unit,line_item_unblended_cost,line_item_currency_code"]
    for call in made:
        if call.provider != "bedrock" or not call.stated:
            continue
        for index, ending in endings.items():
            if call.counts[index]:
                cost = call.price(index) * factor("bedrock", call.day, call.model, index)
                lines.append(
                    f"Usage,AmazonBedrock,{day(call.day)}T0{R.randrange(10)}:00:00Z,USE1-{CUR[call.model]}-{ending},"
                    f"{D(call.counts[index]) / 1000},1K tokens,{cost},USD")
    lines.append(f"Usage,AmazonS3,{day(3)}T00:00:00Z,USE1-Requests,5,Requests,9.99,USD")
    lines.append(f"Tax,AmazonBedrock,{day(12)}T00:00:00Z,,1,,1.50,USD")
    lines.append(f"Credit,AmazonBedrock,{day(12)}T00:00:00Z,,1,,-2.25,USD")
    write(folder, "aws-cur.csv", "\n".join(lines) + "\n")


def google(folder, made):
    lines = ["service.description,sku.description,usage_start_time,cost,currency,cost_type,credits.amount"]
    for call in made:
        if call.provider != "vertex":
            continue
        for index, words in {0: "Text Input", 1: "Cached Text Input", 4: "Text Output"}.items():
            if call.counts[index]:
                cost = call.price(index) * (3 if call.day == 9 else 1)
                credit = "-0.5" if call.day == 11 and index == 0 else "0"
                lines.append(
                    f'Vertex AI,"Gemini X {words}, Predictions",{day(call.day)} 0{R.randrange(10)}:00:00 UTC,{cost},USD,regular,{credit}')
    lines.append(f"Vertex AI,Tax,{day(12)} 00:00:00 UTC,0.77,USD,tax,0")
    write(folder, "gcp-billing.csv", "\r\n".join(lines) + "\r\n")


def focus(folder, made):
    lines = ["BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ConsumedQuantity,ConsumedUnit,"
             "ProviderName,ServiceName,SkuId,Tags"]
    for call in made:
        if call.provider != "azure" or not call.stated:
            continue
        for index in (0, 1, 4):
            if call.counts[index]:
                cost = call.price(index) * (D("1.25") if call.day == 9 else 1)
                lines.append(
                    f'{cost},USD,Usage,{day(call.day)}T00:00:00Z,{day(call.day + 1)}T00:00:00Z,{D(call.counts[index]) / 1000},'
                    f'1K Tokens,Microsoft,"Azure OpenAI, x",sku-{index},"{{""team"": ""a""}}"')
    for category, cost in (("Tax", "3.21"), ("Credit", "-1.5")):
        lines.append(f"{cost},USD,{category},{day(12)}T00:00:00Z,{day(13)}T00:00:00Z,,,Microsoft,Azure OpenAI,,")
    write(folder, "azure-focus.csv", "\n".join(lines) + "\n")


def prices(folder):
    os.makedirs(os.path.join(folder, "prices"), exist_ok=True)
    for provider, models in PRICES.items():
        text = f"provider: {provider}\ncurrency: USD\nprices:\n"
        for model, rates in models.items():
            text += f'- id: "{provider}/{model}/2026"\n  models: ["{model}"]\n  from: 2026-01-01\n'
            text += "  source: https://example.com\n  checked: 2026-10-01\n  rates:\n"
            for meter, rate in list(zip(METERS, rates)) + [("in.text.cache_write", rates[2])]:
                text += f'    {meter}: {{amount: "{rate}", per: 1000000}}\n'
            text += "  same_as: {out.text.reasoning: out.text}\n"
        write(folder, f"prices/{provider}.yaml", text)
    write(folder, "prices/openrouter.yaml", (
        "provider: openrouter\ncurrency: USD\nprices:\n- id: openrouter/any\n  models: ['*']\n  from: 2026-01-01\n"
        "  source: https://example.com\n  checked: 2026-10-01\n  rates: {provider_cost.usd: {amount: \"1\", per: 1}}\n"))


def make(folder):
    made, planted = calls(), []
    plant(made, planted)
    real = recorded_calls()
    made += real
    booked = [call for call in made if call.booked]
    write(folder, "exchanges.jsonl", "".join(json.dumps(c.exchange(i)) + "\n" for i, c in enumerate(booked)))
    write(folder, "who.json", [
        {"tenant": R.choice(["acme", "globex"]), "user": R.choice(["ada", ""]), "key_id": c.key, "upstream": c.provider,
         "provider": c.provider, "occurred_at": f"{day(c.day)}T{c.second // 3600:02d}:{c.second // 60 % 60:02d}:{c.second % 60:02d}Z"}
        for c in booked])
    for report in (openai, anthropic, openrouter, aws, google, focus):
        report(folder, made)
    prices(folder)
    write(folder, "planted.json", sorted(planted))
    write(folder, "aliases", " ".join(f"--alias {name}={model}" for model, name in CUR.items()))
    print(f"{len(made) - len(real)} synthetic calls and {len(real)} recorded ones of {len({c.provider for c in real})} providers")


def attribute(folder):
    who = json.load(open(os.path.join(folder, "who.json"), encoding="utf-8"))
    with open(os.path.join(folder, "records.jsonl"), "w", encoding="utf-8") as out:
        for line, extra in zip(open(os.path.join(folder, "normalized.jsonl"), encoding="utf-8"), who):
            out.write(json.dumps({**json.loads(line), **extra}) + "\n")


def compare(folder):
    planted = json.load(open(os.path.join(folder, "planted.json"), encoding="utf-8"))
    found = sorted([
        [f["kind"], f["day"], f["model"] or "", f["meters"] or "", f["measure"], f["class"], f["category"], f["key"] or ""]
        for f in json.load(open(os.path.join(folder, "found.json"), encoding="utf-8"))])
    for line in found:
        if line not in planted:
            print("false:", *line)
    for line in planted:
        if line not in found:
            print("missed:", *line)
    print(f"{len(planted)} planted, {len(found)} found, {'equal' if planted == found else 'DIFFERENT'}")
    return planted == found


if __name__ == "__main__":
    sys.exit(0 if {"make": make, "attribute": attribute, "compare": compare}[sys.argv[1]](sys.argv[2]) in (None, True) else 1)
