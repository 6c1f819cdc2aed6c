"""What each official SDK is asked to do, in its own words. A scenario returns what its caller would see, as text."""
import json
import re

import anthropic
import boto3
import cohere
import groq
import ollama
import openai
from botocore.config import Config
from google import genai
from google.genai import types
from mistralai.client import Mistral
from mistralai.client.utils import BackoffStrategy, RetryConfig

import provider

MESSAGES = [{"role": "user", "content": "When is tea?"}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"type": "function", "function": {"name": "weather", "description": "the weather", "parameters": SCHEMA}}
# Seconds: longer than any answer that comes, and shorter than the one that does not.
PATIENT, HASTY = 60, 1
# Of this connection, of this moment, or added by the proxy.
UNEQUAL = {"connection", "keep-alive", "transfer-encoding", "date", "x-tollbook-record"}


def shown(value):
    """An SDK's object as text, whatever it is made of."""
    if hasattr(value, "model_dump"):
        return json.dumps(value.model_dump(mode="json", exclude={"sdk_http_response"}), sort_keys=True, default=str)
    if hasattr(value, "dict") and callable(value.dict):
        return json.dumps(value.dict(), sort_keys=True, default=str)
    return json.dumps(value, sort_keys=True, default=str)


def headers(pairs):
    return sorted((name.lower(), value) for name, value in pairs if name.lower() not in UNEQUAL)


class SDK:
    """One SDK. `call` makes a call that is not streamed, `stream` gives an iterator over what is."""
    scenarios = ["plain", "stream", "tools", "tools stream", "e400", "e401", "e404", "e429", "e500", "timeout",
                 "cancel", "flaky", "raw"]

    def __init__(self, base, proxied):
        self.base, self.proxied = base, proxied

    def run(self, scenario):
        """- Returns: what the caller sees, under `returned` or `raised`."""
        try:
            return {"returned": getattr(self, scenario.replace(" ", "_"), self.error)(scenario)}
        except Exception as problem:
            return {"raised": self.exception(problem)}

    def exception(self, problem):
        kind = type(problem)
        return f"{kind.__module__}.{kind.__qualname__}: {problem}".replace(self.base, "<base>")

    def model(self, scenario):
        return f"{self.name}-{scenario}"

    def plain(self, scenario):
        return shown(self.call(self.client(), self.model("plain")))

    def stream(self, scenario):
        return [shown(one) for one in self.pieces(self.client(), self.model("plain"))]

    def tools(self, scenario):
        return shown(self.call(self.client(), self.model("tools"), tools=True))

    def tools_stream(self, scenario):
        return [shown(one) for one in self.pieces(self.client(), self.model("tools"), tools=True)]

    def error(self, scenario):
        return shown(self.call(self.client(), self.model(scenario)))

    def timeout(self, scenario):
        return shown(self.call(self.client(timeout=HASTY), self.model("slow")))

    def cancel(self, scenario):
        stream = self.pieces(self.client(), self.model("long"))
        seen = [shown(next(stream)) for _ in range(3)]
        self.close(stream)
        return seen

    def close(self, stream):
        stream.close()

    def flaky(self, scenario):
        return shown(self.call(self.client(retries=2), self.model("flaky")))


class OpenAIShaped(SDK):
    """openai, and groq, which is made by the same generator."""

    def call(self, client, model, tools=False):
        more = {"tools": [TOOL]} if tools else {}
        return client.chat.completions.create(model=model, messages=MESSAGES, **more)

    def pieces(self, client, model, tools=False):
        more = {"tools": [TOOL]} if tools else {}
        self.open = client.chat.completions.create(model=model, messages=MESSAGES, stream=True, **more)
        return iter(self.open)

    def close(self, stream):
        self.open.close()

    def raw(self, scenario):
        raw = self.client().chat.completions.with_raw_response.create(model=self.model("plain"), messages=MESSAGES)
        return [raw.status_code, headers(raw.headers.multi_items()), raw.text() if callable(raw.text) else raw.text]

    def exception(self, problem):
        more = [getattr(problem, "status_code", None), getattr(problem, "body", None),
                headers(problem.response.headers.multi_items()) if getattr(problem, "response", None) else None]
        return [SDK.exception(self, problem)] + more


class OpenAI(OpenAIShaped):
    name = "openai"

    def client(self, timeout=PATIENT, retries=0):
        return openai.OpenAI(api_key="k", base_url=self.base + "/v1", timeout=timeout, max_retries=retries)


class Groq(OpenAIShaped):
    name = "groq"

    def client(self, timeout=PATIENT, retries=0):
        return groq.Groq(api_key="k", base_url=self.base, timeout=timeout, max_retries=retries)


class Anthropic(OpenAIShaped):
    name = "anthropic"

    def client(self, timeout=PATIENT, retries=0):
        return anthropic.Anthropic(api_key="k", base_url=self.base, timeout=timeout, max_retries=retries)

    def arguments(self, model, tools=False):
        more = {"tools": [{"name": "weather", "input_schema": SCHEMA}]} if tools else {}
        return dict(model=model, max_tokens=100, messages=MESSAGES, **more)

    def call(self, client, model, tools=False):
        return client.messages.create(**self.arguments(model, tools))

    def pieces(self, client, model, tools=False):
        self.open = client.messages.create(stream=True, **self.arguments(model, tools))
        return iter(self.open)

    def raw(self, scenario):
        raw = self.client().messages.with_raw_response.create(**self.arguments(self.model("plain")))
        return [raw.status_code, headers(raw.headers.multi_items()), raw.text() if callable(raw.text) else raw.text]


class Google(SDK):
    name = "google"

    def client(self, timeout=PATIENT, retries=0):
        retry = types.HttpRetryOptions(attempts=retries + 1, initial_delay=0.01, max_delay=0.02, jitter=0)
        options = types.HttpOptions(base_url=self.base, timeout=int(timeout * 1000), retry_options=retry)
        self.open = genai.Client(api_key="k", http_options=options)
        return self.open

    def config(self, tools):
        if not tools:
            return None
        function = types.FunctionDeclaration(name="weather", parameters_json_schema=SCHEMA)
        return types.GenerateContentConfig(
            tools=[types.Tool(function_declarations=[function])],
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True))

    def call(self, client, model, tools=False):
        return client.models.generate_content(model=model, contents="When is tea?", config=self.config(tools))

    def pieces(self, client, model, tools=False):
        return client.models.generate_content_stream(model=model, contents="When is tea?", config=self.config(tools))

    def raw(self, scenario):
        answer = self.call(self.client(), self.model("plain"))
        return [shown(answer), headers(answer.sdk_http_response.headers.items())]

    def exception(self, problem):
        return [SDK.exception(self, problem), getattr(problem, "code", None), getattr(problem, "status", None)]


class MistralAI(SDK):
    name = "mistral"

    def client(self, timeout=PATIENT, retries=0):
        retry = RetryConfig("backoff", BackoffStrategy(10, 20, 1.0, 60_000), True) if retries else None
        return Mistral(api_key="k", server_url=self.base, timeout_ms=int(timeout * 1000), retry_config=retry)

    def call(self, client, model, tools=False):
        return client.chat.complete(model=model, messages=MESSAGES, **({"tools": [TOOL]} if tools else {}))

    def pieces(self, client, model, tools=False):
        self.open = client.chat.stream(model=model, messages=MESSAGES, **({"tools": [TOOL]} if tools else {}))
        return iter(self.open)

    def close(self, stream):
        self.open.response.close()

    def raw(self, scenario):
        seen = []
        client = self.client()
        client.sdk_configuration.client.event_hooks["response"].append(
            lambda answer: seen.append(headers(answer.headers.multi_items())))
        return [shown(self.call(client, self.model("plain"))), seen]

    def exception(self, problem):
        return [SDK.exception(self, problem), getattr(problem, "status_code", None), getattr(problem, "body", None),
                headers(problem.headers.multi_items()) if hasattr(problem, "headers") else None]


class Cohere(SDK):
    name = "cohere"

    def client(self, timeout=PATIENT, retries=0):
        return cohere.ClientV2(api_key="k", base_url=self.base, timeout=timeout, max_retries=retries)

    def call(self, client, model, tools=False):
        return client.chat(model=model, messages=MESSAGES, **({"tools": [TOOL]} if tools else {}))

    def pieces(self, client, model, tools=False):
        return client.chat_stream(model=model, messages=MESSAGES, **({"tools": [TOOL]} if tools else {}))

    def raw(self, scenario):
        raw = self.client().with_raw_response.chat(model=self.model("plain"), messages=MESSAGES)
        return [shown(raw.data), headers(raw.headers.items())]

    def exception(self, problem):
        more = [getattr(problem, "status_code", None), shown(getattr(problem, "body", None))]
        found = headers((getattr(problem, "headers", None) or {}).items())
        # Their order and this moment are in the text as well.
        text = SDK.exception(self, problem) if not found else type(problem).__qualname__
        return [text, found] + more


class Ollama(SDK):
    name = "ollama"
    # It has neither retries nor raw responses of its own.
    scenarios = [one for one in SDK.scenarios if one not in ("flaky", "raw")]

    def client(self, timeout=PATIENT, retries=0):
        return ollama.Client(host=self.base, timeout=timeout)

    def call(self, client, model, tools=False):
        return client.chat(model=model, messages=MESSAGES, **({"tools": [TOOL]} if tools else {}))

    def pieces(self, client, model, tools=False):
        return client.chat(model=model, messages=MESSAGES, stream=True, **({"tools": [TOOL]} if tools else {}))

    def exception(self, problem):
        return [SDK.exception(self, problem), getattr(problem, "status_code", None)]


class Bedrock(SDK):
    """Converse. Requests are signed for their host and path, so the proxy is named as one, not as the endpoint."""
    name = "bedrock"

    def client(self, timeout=PATIENT, retries=0):
        endpoint, proxy = self.base
        config = Config(read_timeout=timeout, retries={"total_max_attempts": retries + 1, "mode": "standard"},
                        proxies={"http": proxy} if proxy else {}, region_name=provider.REGION)
        client = boto3.client("bedrock-runtime", endpoint_url=endpoint, config=config,
                              aws_access_key_id=provider.KEY, aws_secret_access_key=provider.SECRET)
        return client

    def arguments(self, model, tools=False):
        more = {}
        if tools:
            tool = {"toolSpec": {"name": "weather", "inputSchema": {"json": SCHEMA}}}
            more = {"toolConfig": {"tools": [tool]}}
        return dict(modelId=model, messages=[{"role": "user", "content": [{"text": "When is tea?"}]}], **more)

    def call(self, client, model, tools=False):
        return self.clean(client.converse(**self.arguments(model, tools)))

    def pieces(self, client, model, tools=False):
        self.open = client.converse_stream(**self.arguments(model, tools))["stream"]
        return iter(self.open)

    def close(self, stream):
        self.open.close()

    def clean(self, answer):
        meta = answer["ResponseMetadata"]
        meta["HTTPHeaders"] = headers(meta["HTTPHeaders"].items())
        return answer

    def raw(self, scenario):
        return shown(self.call(self.client(), self.model("plain"))["ResponseMetadata"])

    def exception(self, problem):
        kind = type(problem)
        found = getattr(problem, "response", None)
        return [f"{kind.__module__}.{kind.__qualname__}", str(problem), shown(self.clean(found)) if found else None]


class BedrockInvoke(Bedrock):
    """InvokeModel."""
    name = "anthropic.claude"
    scenarios = ["plain", "stream", "tools", "tools stream", "e429", "cancel"]

    def arguments(self, model, tools=False):
        body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100, "messages": MESSAGES}
        return dict(modelId=model, body=json.dumps(body))

    def call(self, client, model, tools=False):
        answer = client.invoke_model(**self.arguments(model, tools))
        answer["body"] = answer["body"].read().decode()
        return self.clean(answer)

    def pieces(self, client, model, tools=False):
        self.open = client.invoke_model_with_response_stream(**self.arguments(model, tools))["body"]
        return iter(self.open)


ALL = [OpenAI, Anthropic, Google, MistralAI, Cohere, Groq, Ollama, Bedrock, BedrockInvoke]
