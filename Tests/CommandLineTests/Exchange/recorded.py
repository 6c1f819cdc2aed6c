"""Real exchanges as calls for providers.py: usage counted from the raw usage objects by rules of its own.

Only answers whose bill follows from text tokens alone are taken: no audio, images or searches, no batches and
no streams. What a rule here and the product read differently shows as a false finding.
"""
import json
import re
import urllib.parse


def openai(usage, model):
    given = usage.get("prompt_tokens", usage.get("input_tokens"))
    made = usage.get("completion_tokens", usage.get("output_tokens", 0))
    inner = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    outer = usage.get("completion_tokens_details") or usage.get("output_tokens_details") or {}
    if inner.get("audio_tokens") or inner.get("image_tokens") or outer.get("audio_tokens") or usage.get("server_tool_use"):
        return None
    if inner.get("cache_write_tokens"):
        return None
    read = inner.get("cached_tokens") or 0
    return [given - read, read, 0, 0, made] if given is not None else None


def anthropic(usage, model):
    if usage.get("iterations") or any((usage.get("server_tool_use") or {}).values()):
        return None
    split = usage.get("cache_creation") or {}
    written = usage.get("cache_creation_input_tokens") or 0
    hour = split.get("ephemeral_1h_input_tokens") or 0
    five = split.get("ephemeral_5m_input_tokens", written - hour) or 0
    if five + hour != written or (usage.get("service_tier") or "standard") != "standard":
        return None
    return [usage["input_tokens"], usage.get("cache_read_input_tokens") or 0, five, hour, usage["output_tokens"]]


def bedrock(usage, model):
    if any(d.get("ttl") == "1h" for d in usage.get("cacheDetails") or []) or "inputTokens" not in usage:
        return None
    return [usage["inputTokens"], usage.get("cacheReadInputTokens") or 0, usage.get("cacheWriteInputTokens") or 0, 0,
            usage["outputTokens"]]


def gemini(usage, model):
    details = [d for name in ("promptTokensDetails", "candidatesTokensDetails", "cacheTokensDetails") for d in usage.get(name) or []]
    if any(d.get("modality") not in ("TEXT", 1) for d in details) or usage.get("toolUsePromptTokenCount"):
        return None
    read, given = usage.get("cachedContentTokenCount") or 0, usage.get("promptTokenCount") or 0
    return [given - read, read, 0, 0, (usage.get("candidatesTokenCount") or 0) + (usage.get("thoughtsTokenCount") or 0)]


RULES = {
    ("openai", "chat_completions"): ("openai", "usage", openai), ("openai", "responses"): ("openai", "usage", openai),
    ("azure", "chat_completions"): ("azure", "usage", openai), ("azure", "responses"): ("azure", "usage", openai),
    ("openrouter", "chat_completions"): ("openrouter", "usage", openai),
    ("anthropic", "messages"): ("anthropic", "usage", anthropic), ("bedrock", "converse"): ("bedrock", "usage", bedrock),
    ("google", "generate_content"): ("vertex", "usageMetadata", gemini),
    ("vertex", "generate_content"): ("vertex", "usageMetadata", gemini),
}


def exchanges(path):
    """(provider, model, counts, stated cost or None, raw exchange) of each recording that is taken."""
    for line in open(path, encoding="utf-8"):
        raw = json.loads(line)
        rule = RULES.get((raw["provider"], raw["api"]))
        if raw["stream"] or raw["response"]["status"] != 200 or rule is None or raw["request"].get("synthetic"):
            continue
        provider, name, count = rule
        body = json.loads(raw["response"]["body"])
        usage = body.get(name) or {}
        asked = json.loads(raw["request"].get("body") or "{}")
        items = body.get("output") or [] if raw["api"] == "responses" else []
        if not usage or asked.get("background") or any(
                item.get("type") not in ("message", "reasoning", "function_call") for item in items):
            continue
        model = body.get("model") or body.get("modelVersion") or asked.get("model")
        if provider == "bedrock":
            model = urllib.parse.unquote(re.match(r"/model/([^/]+)/", raw["request"]["path"]).group(1))
        if model is None or not re.fullmatch(r"[A-Za-z0-9._:/-]+", model):
            continue
        counts = count(usage, model)
        if counts is None or min(counts) < 0 or sum(counts) == 0:
            continue
        cost = usage.get("cost") if provider == "openrouter" else None
        if provider == "openrouter" and (cost is None or usage.get("is_byok")):
            continue
        yield provider, model, counts, cost, {k: raw[k] for k in ("request", "response")}
