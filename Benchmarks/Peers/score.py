"""Scores usage parsers on the same recorded exchanges: Tollbook, genai-prices and LiteLLM.

Called by scripts/compare-parsers: score.py CORPUS NORMALIZED. Prints a Markdown table.

The peers are libraries that want a whole answer as JSON. Streams are put together for them first, in
their favour: Anthropic's closing counts laid over its opening ones, elsewhere the last event that states
usage. Tollbook reads the recorded bytes. Compared are the four counts that every peer can state; a
count that is not stated is the same as zero here. An exchange counts when the recording says that the
provider reported usage; a peer without a parser for a surface has not read it.
"""

import collections
import json
import os
import sys

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LITELLM_LOG"] = "CRITICAL"

FIELDS = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"]
FLAVORS = {
    "chat_completions": ["chat", "default"], "completions": ["chat", "default"],
    "embeddings": ["embeddings", "default"], "responses": ["responses"],
    "messages": ["default", "anthropic"], "generate_content": ["default"], "converse": ["default"],
    "invoke_model": ["anthropic"], "cohere_chat_v2": ["tokens", "default"],
    "cohere_chat_v1": ["default"], "cohere_embed_v2": ["embeddings"], "cohere_embed": ["embeddings"],
    "ocr": ["ocr", "default"],
}
NAMES = {"xai": "x-ai", "bedrock": "aws", "moonshot": "moonshotai", "vertex": "google", "gemini": "google"}


def documents(text):
    """Every JSON document of a body, whatever frames them."""
    text = text.strip()
    try:
        whole = json.loads(text)
        return whole if isinstance(whole, list) else [whole]
    except ValueError:
        pass
    found = []
    for line in text.splitlines():
        line = line.strip()
        line = line[5:].strip() if line.startswith("data:") else line
        if line.startswith("{"):
            try:
                found.append(json.loads(line))
            except ValueError:
                pass
    return found


def answer(exchange):
    """The answer as one JSON document, None when there is none."""
    found = documents(exchange["response"].get("body") or "")
    found = [d for d in found if isinstance(d, dict)]
    if not exchange["stream"] or len(found) == 1:
        return found[0] if found else None
    start = next((d["message"] for d in found if d.get("type") == "message_start"), None)
    if start is not None:
        usage = dict(start.get("usage") or {})
        for document in found:
            if document.get("type") == "message_delta":
                usage.update({k: v for k, v in (document.get("usage") or {}).items() if v is not None})
        return {**start, "usage": usage}
    best = None
    for document in found:
        if isinstance(document.get("response"), dict) and "type" in document:
            document = document["response"]
        delta = document.get("delta") if isinstance(document.get("delta"), dict) else {}
        stated = document.get("usage") or document.get("usageMetadata") or document.get("x_groq")
        stated = stated or document.get("eval_count") or delta.get("usage")
        if stated:
            best = document
            if not document.get("usage") and delta.get("usage"):
                best = {**document, "usage": delta["usage"]}
            if isinstance(document.get("x_groq"), dict) and not document.get("usage"):
                best = {**document, "usage": document["x_groq"].get("usage")}
    return best


def by_genai_prices(exchange, body):
    from genai_prices import extract_usage

    provider = NAMES.get(exchange["provider"], exchange["provider"])
    for name in [provider, "anthropic" if exchange["api"] == "messages" else None]:
        for flavor in FLAVORS.get(exchange["api"], []):
            if name is None:
                continue
            try:
                usage = extract_usage(body, provider_id=name, api_flavor=flavor).usage
            except Exception:
                continue
            return {field: getattr(usage, field, None) for field in FIELDS}
    return None


def from_litellm(usage):
    details = getattr(usage, "prompt_tokens_details", None)
    read = getattr(usage, "cache_read_input_tokens", None) or getattr(details, "cached_tokens", None)
    write = getattr(usage, "cache_creation_input_tokens", None)
    write = write or getattr(details, "cache_creation_tokens", None)
    return dict(zip(FIELDS, [usage.prompt_tokens, usage.completion_tokens, read, write]))


def by_litellm(exchange, body):
    from litellm.llms.anthropic.chat.transformation import AnthropicConfig
    from litellm.llms.bedrock.chat.converse_transformation import AmazonConverseConfig
    from litellm.llms.vertex_ai.gemini.vertex_and_google_ai_studio_gemini import VertexGeminiConfig
    from litellm.responses.utils import ResponseAPILoggingUtils
    from litellm.types.utils import Usage

    api, usage = exchange["api"], body.get("usage")
    if api in ("chat_completions", "completions", "embeddings"):
        return from_litellm(Usage(**usage))
    if api == "messages" or (api == "invoke_model" and "input_tokens" in (usage or {})):
        return from_litellm(AnthropicConfig().calculate_usage(usage_object=usage, reasoning_content=None))
    if api == "generate_content":
        return from_litellm(VertexGeminiConfig._calculate_usage(body))
    if api == "responses":
        return from_litellm(ResponseAPILoggingUtils._transform_response_api_usage_to_chat_usage(usage))
    if api == "converse":
        return from_litellm(AmazonConverseConfig().transform_usage(usage))
    if api in ("ollama_chat", "ollama_generate"):
        # What its Ollama transformation does inline: missing counts come from its own tokenizer.
        return dict(zip(FIELDS, [body["prompt_eval_count"], body["eval_count"], None, None]))
    if api.startswith("cohere_chat"):
        # What its Cohere transformation does inline.
        units = body["usage"]["tokens"] if api.endswith("v2") else body["meta"]["billed_units"]
        return dict(zip(FIELDS, [units["input_tokens"], units["output_tokens"], None, None]))
    return None


def agrees(found, expected, fields):
    return found is not None and all((found.get(f) or 0) == (expected.get(f) or 0) for f in fields)


def main():
    corpus, normalized = sys.argv[1:3]
    made = {}
    for line in open(normalized):
        record = json.loads(line)
        made[record["id"]] = record
    scores = collections.defaultdict(lambda: collections.Counter())
    for line in open(corpus):
        exchange = json.loads(line)
        expected = exchange["expected"]
        if not expected["usage_present"]:
            continue
        body = answer(exchange)
        results = {"tollbook": made.get(exchange["id"])}
        for name, parse in [("genai", by_genai_prices), ("litellm", by_litellm)]:
            try:
                results[name] = parse(exchange, body) if body else None
            except Exception:
                results[name] = None
        for row in [exchange["api"], "all"]:
            scores[row]["total"] += 1
            for name, found in results.items():
                scores[row][name, 2] += agrees(found, expected, FIELDS[:2])
                scores[row][name, 4] += agrees(found, expected, FIELDS)
    rows = sorted((r for r in scores if r != "all"), key=lambda r: (-scores[r]["total"], r))
    names = ["tollbook", "genai", "litellm"]
    print("| API | exchanges | Tollbook | genai-prices | LiteLLM |")
    print("| --- | ---: | ---: | ---: | ---: |")
    few = [r for r in rows if scores[r]["total"] < 15]
    for row in [r for r in rows if r not in few] + ["other", "all"]:
        score = scores[row]
        if row == "other":
            score = sum((scores[r] for r in few), collections.Counter())
        cells = [f"{score[n, 2]:,} / {score[n, 4]:,}" for n in names]
        if row == "all":
            row, cells = "**all**", [f"**{c}**" for c in cells]
        print(f"| {row} | {score['total']:,} | " + " | ".join(cells) + " |")


main()
