"""A provider of invented answers in the real shapes of eight APIs, the same every time. The model's name says what
happens: `plain`, `tools`, `e400` … `e500`, `slow` (no answer for a while), `long` (a stream of many pieces),
`flaky` (a 429, then the answer). It bills 11 tokens of input and 7 of output. Signed requests are checked."""
import hashlib
import hmac
import json
import re
import struct
import threading
import time
import urllib.parse
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

INPUT, OUTPUT = 11, 7
KEY, SECRET, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1"
WORDS = ["Tea", " is", " at", " five", "."]
TEXT = "".join(WORDS)
ARGUMENTS = {"city": "Paris"}


class Provider:
    def __init__(self):
        self.seen = {}          # requests by model
        self.lock = threading.Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def version_string(self):
                return "provider"

            def date_time_string(self, timestamp=None):
                return "Sun, 22 Nov 2026 00:00:00 GMT"

            def log_message(self, *words):
                pass

            def do_POST(self):
                length = int(self.headers.get("content-length") or 0)
                self.body = self.rfile.read(length)
                try:
                    provider.answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request, address):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forget(self):
        with self.lock:
            self.seen = {}

    # -- What comes --

    def answer(self, call):
        path = urllib.parse.urlsplit(call.path).path
        body = json.loads(call.body or b"{}")
        if path.startswith("/model/"):
            self.bedrock(call, path, body)
            return
        if ":" in path.rpartition("/")[2]:
            model, _, verb = path.rpartition("/")[2].partition(":")
            shape, streams = GEMINI, verb == "streamGenerateContent"
        else:
            model, streams = body["model"], body.get("stream", False)
            shape = {"/v1/messages": ANTHROPIC, "/api/chat": OLLAMA, "/v2/chat": COHERE}.get(path, OPENAI)
        self.act(call, shape, model, streams, body)

    def act(self, call, shape, model, streams, body):
        scenario = re.sub(r".*?(plain|tools|e4..|e500|slow|long|flaky).*", r"\1", model)
        with self.lock:
            self.seen[model] = self.seen.get(model, 0) + 1
            count = self.seen[model]
        if scenario == "flaky" and count % 2 == 1:
            scenario = "e429"
        if scenario.startswith("e"):
            status = int(scenario[1:])
            self.send(call, status, shape.error(status), shape.kind, {"retry-after": "0", **shape.headers(status)})
            return
        if scenario == "slow":
            time.sleep(4)
        if streams:
            self.stream(call, shape, scenario, model, body)
        else:
            self.send(call, 200, shape.whole(scenario == "tools", model), shape.kind, shape.headers(200))

    def send(self, call, status, body, kind, headers):
        data = json.dumps(body).encode()
        call.send_response(status)
        call.send_header("Content-Type", kind)
        for name, value in headers.items():
            call.send_header(name, value)
        call.send_header("Set-Cookie", "a=1")
        call.send_header("Set-Cookie", "b=2")
        call.send_header("Content-Length", str(len(data)))
        call.end_headers()
        call.wfile.write(data)

    def stream(self, call, shape, scenario, model, body):
        call.send_response(200)
        call.send_header("Content-Type", shape.stream_kind)
        for name, value in shape.headers(200).items():
            call.send_header(name, value)
        call.send_header("Transfer-Encoding", "chunked")
        call.end_headers()
        for piece in shape.pieces(scenario == "tools", model, body, 100 if scenario == "long" else 1):
            call.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            call.wfile.flush()
            if scenario == "long":
                time.sleep(0.01)
        call.wfile.write(b"0\r\n\r\n")

    # -- Bedrock: the path names the model, and the request is signed --

    def bedrock(self, call, path, body):
        problem = unsigned(call)
        if problem:
            self.send(call, 403, {"message": problem}, "application/json", BEDROCK.headers(403))
            return
        model, verb = urllib.parse.unquote(path).removeprefix("/model/").rsplit("/", 1)
        self.act(call, INVOKE if verb.startswith("invoke") else BEDROCK, model,
                 verb in ("converse-stream", "invoke-with-response-stream"), body)


def unsigned(call):
    """What is wrong with a request's signature, by Amazon's rules (Signature Version 4)."""
    found = re.match(r"AWS4-HMAC-SHA256 Credential=([^/]+)/([^/]+)/([^/]+)/([^/]+)/aws4_request, "
                     r"SignedHeaders=([^,]+), Signature=([0-9a-f]+)", call.headers.get("authorization", ""))
    if not found:
        return "there is no signature"
    _, day, region, service, names, signature = found.groups()
    target = call.path if call.path.startswith("/") else "/" + call.path.split("/", 3)[3]
    path = urllib.parse.quote(urllib.parse.urlsplit(target).path, safe="/-_.~")
    fields = "".join(f"{name}:{' '.join(call.headers[name].split())}\n" for name in names.split(";"))
    digest = hashlib.sha256(call.body).hexdigest()
    wanted = "\n".join(["POST", path, "", fields, names, digest])
    scope = f"{day}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", call.headers["x-amz-date"], scope,
                      hashlib.sha256(wanted.encode()).hexdigest()])
    key = ("AWS4" + SECRET).encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    made = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return None if made == signature else "The request signature we calculated does not match the signature you provided."


def event(data, name=None):
    line = f"event: {name}\n".encode() if name else b""
    return line + b"data: " + json.dumps(data).encode() + b"\n\n"


class Shape:
    kind, stream_kind = "application/json", "text/event-stream"

    def headers(self, status):
        return {"x-request-id": "req_1", "x-ratelimit-remaining": "9"}

    def error(self, status):
        return {"error": {"message": f"this is {status}", "type": "invented", "param": None, "code": "invented"}}


class OpenAI(Shape):
    usage = {"prompt_tokens": INPUT, "completion_tokens": OUTPUT, "total_tokens": INPUT + OUTPUT}

    def calls(self, index=False):
        call = {"id": "call_123456", "type": "function",
                "function": {"name": "weather", "arguments": json.dumps(ARGUMENTS)}}
        return [{"index": 0, **call}] if index else [call]

    def whole(self, tools, model):
        message = {"role": "assistant", "content": None if tools else TEXT}
        if tools:
            message["tool_calls"] = self.calls()
        return {"id": "c-1", "object": "chat.completion", "created": 1, "model": model, "usage": self.usage,
                "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if tools else "stop"}]}

    def pieces(self, tools, model, body, rounds):
        def chunk(delta, finish=None):
            return {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": model,
                    "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        yield event(chunk({"role": "assistant", "content": ""}))
        if tools:
            yield event(chunk({"tool_calls": self.calls(index=True)}))
        else:
            for word in WORDS * rounds:
                yield event(chunk({"content": word}))
        last = chunk({}, "tool_calls" if tools else "stop")
        # Mistral and Groq state usage unasked, in the last chunk; OpenAI in one of its own, if asked.
        if model.startswith(("mistral", "groq")):
            last["usage"] = self.usage
            if model.startswith("groq"):
                last["x_groq"] = {"id": "req_1", "usage": self.usage}
        yield event(last)
        if (body.get("stream_options") or {}).get("include_usage"):
            yield event({**chunk({}), "choices": [], "usage": self.usage})
        yield b"data: [DONE]\n\n"


class Anthropic(Shape):
    def headers(self, status):
        return {"request-id": "req_1", "anthropic-organization-id": "org"}

    def error(self, status):
        kinds = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error",
                 429: "rate_limit_error", 500: "api_error"}
        return {"type": "error", "error": {"type": kinds[status], "message": f"this is {status}"}}

    def whole(self, tools, model):
        content = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": ARGUMENTS} if tools else \
            {"type": "text", "text": TEXT}
        return {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [content],
                "stop_reason": "tool_use" if tools else "end_turn", "stop_sequence": None,
                "usage": {"input_tokens": INPUT, "output_tokens": OUTPUT}}

    def pieces(self, tools, model, body, rounds):
        start = {**self.whole(tools, model), "content": [], "stop_reason": None,
                 "usage": {"input_tokens": INPUT, "output_tokens": 1}}
        yield event({"type": "message_start", "message": start}, "message_start")
        block = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}} if tools else \
            {"type": "text", "text": ""}
        yield event({"type": "content_block_start", "index": 0, "content_block": block}, "content_block_start")
        yield event({"type": "ping"}, "ping")
        deltas = [{"type": "input_json_delta", "partial_json": json.dumps(ARGUMENTS)}] if tools else \
            [{"type": "text_delta", "text": word} for word in WORDS * rounds]
        for delta in deltas:
            yield event({"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta")
        yield event({"type": "content_block_stop", "index": 0}, "content_block_stop")
        stop = {"stop_reason": "tool_use" if tools else "end_turn", "stop_sequence": None}
        yield event({"type": "message_delta", "delta": stop, "usage": {"output_tokens": OUTPUT}}, "message_delta")
        yield event({"type": "message_stop"}, "message_stop")


class Gemini(Shape):
    def error(self, status):
        words = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED",
                 500: "INTERNAL"}
        return {"error": {"code": status, "message": f"this is {status}", "status": words[status]}}

    def part(self, parts, finish=None):
        found = {"candidates": [{"index": 0, "content": {"role": "model", "parts": parts}}], "modelVersion": "g",
                 "responseId": "r-1", "usageMetadata": {"promptTokenCount": INPUT, "totalTokenCount": INPUT}}
        if finish:
            found["candidates"][0]["finishReason"] = finish
            found["usageMetadata"] = {"promptTokenCount": INPUT, "candidatesTokenCount": OUTPUT,
                                      "totalTokenCount": INPUT + OUTPUT}
        return found

    def whole(self, tools, model):
        return self.part([{"functionCall": {"name": "weather", "args": ARGUMENTS}}] if tools else [{"text": TEXT}],
                         "STOP")

    def pieces(self, tools, model, body, rounds):
        if not tools:
            for word in (WORDS * rounds)[:-1]:
                yield event(self.part([{"text": word}])).replace(b"\n\n", b"\r\n\r\n")
        yield event(self.whole(True, model) if tools else self.part([{"text": WORDS[-1]}], "STOP")).replace(
            b"\n\n", b"\r\n\r\n")


class Cohere(Shape):
    usage = {"billed_units": {"input_tokens": INPUT, "output_tokens": OUTPUT},
             "tokens": {"input_tokens": INPUT, "output_tokens": OUTPUT}}

    def error(self, status):
        return {"id": "e-1", "message": f"this is {status}"}

    def whole(self, tools, model):
        message = {"role": "assistant"}
        if tools:
            message["tool_calls"] = OpenAI().calls()
        else:
            message["content"] = [{"type": "text", "text": TEXT}]
        return {"id": "c-1", "finish_reason": "TOOL_CALL" if tools else "COMPLETE", "message": message,
                "usage": self.usage}

    def pieces(self, tools, model, body, rounds):
        yield event({"type": "message-start", "id": "c-1", "delta": {"message": {"role": "assistant", "content": []}}})
        if tools:
            call = OpenAI().calls()[0]
            yield event({"type": "tool-call-start", "index": 0, "delta": {"message": {"tool_calls": call}}})
            yield event({"type": "tool-call-end", "index": 0})
        else:
            yield event({"type": "content-start", "index": 0,
                         "delta": {"message": {"content": {"type": "text", "text": ""}}}})
            for word in WORDS * rounds:
                yield event({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": word}}}})
            yield event({"type": "content-end", "index": 0})
        yield event({"type": "message-end", "delta": {"finish_reason": "TOOL_CALL" if tools else "COMPLETE",
                                                      "usage": self.usage}})


class Ollama(Shape):
    stream_kind = "application/x-ndjson"

    def error(self, status):
        return {"error": f"this is {status}"}

    def line(self, model, message, done):
        found = {"model": model, "created_at": "2026-11-22T00:00:00Z",
                 "message": {"role": "assistant", **message}, "done": done}
        if done:
            found.update(done_reason="stop", total_duration=5, load_duration=1, prompt_eval_count=INPUT,
                         prompt_eval_duration=2, eval_count=OUTPUT, eval_duration=2)
        return found

    def tool(self):
        return {"content": "", "tool_calls": [{"function": {"name": "weather", "arguments": ARGUMENTS}}]}

    def whole(self, tools, model):
        return self.line(model, self.tool() if tools else {"content": TEXT}, True)

    def pieces(self, tools, model, body, rounds):
        messages = [self.tool()] if tools else [{"content": word} for word in WORDS * rounds]
        for message in messages:
            yield json.dumps(self.line(model, message, False)).encode() + b"\n"
        yield json.dumps(self.line(model, {"content": ""}, True)).encode() + b"\n"


def frame(kind, data, **more):
    """A message of Amazon's event streams."""
    fields = {":event-type": kind, ":content-type": "application/json", ":message-type": "event", **more}
    head = b"".join(bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
                    for name, value in fields.items())
    body = json.dumps(data).encode()
    start = struct.pack(">II", 16 + len(head) + len(body), len(head))
    start += struct.pack(">I", zlib.crc32(start))
    return start + head + body + struct.pack(">I", zlib.crc32(start + head + body))


class Bedrock(Shape):
    stream_kind = "application/vnd.amazon.eventstream"
    usage = {"inputTokens": INPUT, "outputTokens": OUTPUT, "totalTokens": INPUT + OUTPUT}

    def headers(self, status):
        kinds = {400: "ValidationException", 401: "UnrecognizedClientException", 403: "InvalidSignatureException",
                 404: "ResourceNotFoundException", 429: "ThrottlingException", 500: "InternalServerException"}
        found = {"x-amzn-requestid": "req-1"}
        if status in kinds:
            found["x-amzn-errortype"] = kinds[status] + ":http://internal.amazon.com/"
        return found

    def error(self, status):
        return {"message": f"this is {status}"}

    def whole(self, tools, model):
        content = {"toolUse": {"toolUseId": "t-1", "name": "weather", "input": ARGUMENTS}} if tools else {"text": TEXT}
        return {"output": {"message": {"role": "assistant", "content": [content]}},
                "stopReason": "tool_use" if tools else "end_turn", "usage": self.usage, "metrics": {"latencyMs": 5}}

    def pieces(self, tools, model, body, rounds):
        yield frame("messageStart", {"role": "assistant"})
        if tools:
            yield frame("contentBlockStart", {"contentBlockIndex": 0,
                                              "start": {"toolUse": {"toolUseId": "t-1", "name": "weather"}}})
            deltas = [{"toolUse": {"input": json.dumps(ARGUMENTS)}}]
        else:
            deltas = [{"text": word} for word in WORDS * rounds]
        for delta in deltas:
            yield frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": delta})
        yield frame("contentBlockStop", {"contentBlockIndex": 0})
        yield frame("messageStop", {"stopReason": "tool_use" if tools else "end_turn"})
        yield frame("metadata", {"usage": self.usage, "metrics": {"latencyMs": 5}})


class Invoke(Bedrock):
    """InvokeModel of a model of Anthropic."""

    def headers(self, status):
        return {**Bedrock.headers(self, status), "x-amzn-bedrock-input-token-count": str(INPUT),
                "x-amzn-bedrock-output-token-count": str(OUTPUT)} if status == 200 else Bedrock.headers(self, status)

    def whole(self, tools, model):
        return ANTHROPIC.whole(tools, "claude")

    def pieces(self, tools, model, body, rounds):
        import base64
        for piece in ANTHROPIC.pieces(tools, "claude", body, rounds):
            data = piece.split(b"data: ")[1].strip()
            yield frame("chunk", {"bytes": base64.b64encode(data).decode()})


OPENAI, ANTHROPIC, GEMINI, COHERE, OLLAMA, BEDROCK, INVOKE = \
    OpenAI(), Anthropic(), Gemini(), Cohere(), Ollama(), Bedrock(), Invoke()
