"""Attacks on the running program: callers and upstreams that are slow, endless, enormous or deep. During each of them
another caller goes on; its calls must succeed and be in the ledger, and memory may grow by a bound only.
Run by scripts/probe-attacks.

attacks.py PROGRAM [--only WORD] [--bytes N]"""
import argparse
import gzip
import json
import multiprocessing
import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
import zlib

import proxies

MIB = 1 << 20
MORE = """  good: {{url: "http://127.0.0.1:{good}", provider: openai}}
  openai: {{url: "http://127.0.0.1:{upstream}", provider: openai}}
  away: {{url: "http://2852039166:{upstream}", provider: openai}}
limits:
  header_timeout: 2s
  body_timeout: 2s
  client_timeout: 2s
  keep_alive: 20s
  idle_timeout: 3s
  response_timeout: 3s
  connect_timeout: 3s
  drain_seconds: 2
  drain_bytes: 8 MiB
"""


def until(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain until {what}")
        time.sleep(0.02)


class Evil:
    """An upstream that answers by the path of the request."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.received = multiprocessing.Value("q", 0)
        self.answers = {}

    def start(self):
        """Serves in a process of its own, so that it takes no time from who measures."""
        self.process = multiprocessing.Process(target=self.accept, daemon=True)
        self.process.start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            waiting = b""
            while True:
                while b"\r\n\r\n" not in waiting:
                    data = client.recv(1 << 16)
                    if not data:
                        return
                    waiting += data
                head, _, waiting = waiting.partition(b"\r\n\r\n")
                waiting = self.body(client, head, waiting)
                name = re.match(rb"\S+ \S*/([a-z-]+)", head).group(1).decode()
                if self.answers[name](client):
                    return
        except OSError:
            pass
        finally:
            client.close()

    def count(self, bytes):
        with self.received.get_lock():
            self.received.value += bytes

    def body(self, client, head, waiting):
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        if length:
            left = int(length.group(1)) - len(waiting)
            self.count(int(length.group(1)) - max(left, 0))
            while left > 0:
                got = len(client.recv(min(left, 1 << 20)))
                if not got:
                    raise OSError
                left -= got
                self.count(got)
            return b""
        if re.search(rb"(?i)\r\ntransfer-encoding: chunked", head):
            self.count(len(waiting))
            while not waiting.endswith(b"0\r\n\r\n"):
                data = client.recv(1 << 20)
                if not data:
                    raise OSError
                self.count(len(data))
                waiting = waiting[-4:] + data
            return b""
        return waiting


def head(*fields):
    return ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + "".join(f + "\r\n" for f in fields) + "\r\n").encode()


USAGE = b'{"id":"x","object":"chat.completion","model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant",' \
    b'"content":"%s"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":9,"total_tokens":16}}'


def sized(body, *fields):
    def answer(client):
        client.sendall(head(f"Content-Length: {len(body)}", *fields) + body)
    return answer


def squeezed(size, rounds=1):
    """A chat completion whose content is zeros, compressed: a thousand times smaller than it is."""
    maker = zlib.compressobj(9, zlib.DEFLATED, 31)
    before, after = USAGE.split(b"%s")
    parts = [maker.compress(before)]
    for _ in range(size // MIB):
        parts.append(maker.compress(b"0" * MIB))
    parts += [maker.compress(after), maker.flush()]
    body = b"".join(parts)
    for _ in range(rounds - 1):
        body = gzip.compress(body)
    return body


def outside(command, size):
    before, after = USAGE.split(b"%s")
    return subprocess.run(command, input=before + b"0" * size + after, stdout=subprocess.PIPE, check=True).stdout


def zeros(size):
    """So many bytes of a stated length."""
    def answer(client):
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % size)
        piece = bytes(MIB)
        for _ in range(size // MIB):
            client.sendall(piece)
    return answer


def endless(client):
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    event = b'data: {"id":"x","object":"chat.completion.chunk","model":"gpt-4o-mini","choices":[{"index":0,"delta":' \
        b'{"content":"aaaaaaaa"}}]}\n\n' * 64
    piece = b"%x\r\n%s\r\n" % (len(event), event)
    while True:
        client.sendall(piece)


def line_without_end(client):
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"%x\r\n%s\r\n" % (1 << 16, b"data: " + b"a" * ((1 << 16) - 6))
    for _ in range(2048):
        client.sendall(piece)
    return True


def heads_without_end(client):
    client.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        client.sendall(b"X: " + b"a" * 60_000 + b"\r\n")


def drip(client):
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
    # Until the proxy has had enough of it.
    client.settimeout(120)
    client.recv(1)
    return True


class World:
    def __init__(self, program, size):
        self.program, self.size = program, size
        simulator = self.simulator = subprocess.Popen([program, "simulate"], stdout=subprocess.PIPE, text=True)
        good = simulator.stdout.readline().split()[-1].rpartition(":")[2]
        self.evil = Evil()
        self.evil.answers["zeros"] = zeros(size)
        arm(self.evil)
        self.evil.start()
        self.proxy = proxies.tollbook(program, self.evil.port, MORE.format(good=good, upstream=self.evil.port))
        self.peak, self.ends = 0, multiprocessing.Event()
        self.numbers = multiprocessing.Array("d", 3)
        self.caller = multiprocessing.Process(target=self.other, daemon=True)
        self.caller.start()
        threading.Thread(target=self.measure, daemon=True).start()

    @property
    def calls(self):
        return int(self.numbers[0])

    @property
    def failed(self):
        return int(self.numbers[1])

    def connect(self, receive=None):
        line = socket.socket()
        if receive:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        line.settimeout(120)
        line.connect(("127.0.0.1", self.proxy.port))
        return line

    def ask(self, path, body=b"{}", kind="application/json", more=""):
        line = self.connect()
        request = (f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\n{more}"
                   f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n").encode()
        try:
            line.sendall(request + body)
        except OSError:
            pass
        return line

    def read(self, line, keep=1 << 16):
        """All of an answer, of which the beginning is kept."""
        kept, count = b"", 0
        try:
            while data := line.recv(1 << 20):
                kept += data[:max(0, keep - len(kept))]
                count += len(data)
        except OSError:
            pass
        line.close()
        return kept, count

    def other(self):
        """The caller who must not notice."""
        body = b'{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}]}'
        while not self.ends.is_set():
            begun = time.monotonic()
            answer, _ = self.read(self.ask(
                "/good/v1/chat/completions", body, more="X-Tollbook-Tenant: bystander\r\nx-sim-input: 3\r\nx-sim-output: 5\r\n"))
            self.numbers[0] += 1
            self.numbers[2] = max(self.numbers[2], time.monotonic() - begun)
            if not answer.startswith(b"HTTP/1.1 200") or b'"completion_tokens":5' not in answer:
                self.numbers[1] += 1
                print("      the other caller got", answer[:200])
            time.sleep(0.02)

    def pss(self):
        text = open(f"/proc/{self.proxy.process.pid}/smaps_rollup").read()
        return int(re.search(r"\nPss:\s+(\d+)", text).group(1)) / 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.proxy.process.pid}/fd"))

    def measure(self):
        while not self.ends.is_set():
            self.peak = max(self.peak, self.pss())
            time.sleep(0.05)

    def records(self, *words):
        out = subprocess.run([self.program, "records", *words, "--format", "jsonl", "--config", self.proxy.config],
                             check=True, stdout=subprocess.PIPE).stdout
        return [json.loads(line) for line in out.splitlines()]

    def metric(self, name):
        line = socket.create_connection(("127.0.0.1", self.proxy.admin))
        line.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        page, _ = self.read(line, 1 << 20)
        return float(re.search(rf"\n{name} (\S+)".encode(), page).group(1))

    def stop(self):
        self.ends.set()
        self.proxy.stop()
        self.evil.process.kill()
        self.simulator.terminate()


def status(answer):
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else None


# Each attack returns what went otherwise than it must, or nothing.

def slow_heads(world):
    lines = [world.connect() for _ in range(1000)]
    for line in lines:
        line.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
    # A byte now and then does not prolong it.
    for line in lines:
        try:
            line.send(b"a")
        except OSError:
            pass
    answers = [status(world.read(line)[0]) for line in lines]
    if answers != [408] * 1000:
        return f"answered {sorted(set(map(str, answers)))}, not 408"


def slow_bodies(world):
    lines = []
    for _ in range(500):
        line = world.connect()
        line.send(b"POST /openai/v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                  b"Content-Length: 1000\r\n\r\n{")
        lines.append(line)
    if any(world.read(line)[1] for line in lines):
        return "a body that never came was answered"


def slow_readers(world):
    lines = []
    for _ in range(100):
        line = world.connect(receive=4096)
        line.send(b"GET /openai/v1/huge HTTP/1.1\r\nHost: a\r\n\r\n")
        lines.append(line)
    until("the slow readers count as gone", lambda: world.metric("tollbook_client_connections") < 20)
    for line in lines:
        line.close()


def flood(world):
    lines = [world.connect() for _ in range(3000)]
    # Silent connections end by themselves, when the time for a head is over.
    until("the silent connections are closed", lambda: world.metric("tollbook_client_connections") < 20)
    for line in lines:
        line.close()


def head_bombs(world):
    for _ in range(200):
        line = world.connect()
        try:
            line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: " + b"a" * 64_000 + b"\r\n\r\n")
        except OSError:
            pass
        answer, _ = world.read(line)
        if status(answer) != 431:
            return f"answered {answer[:60]}, not 431"


def response_head_bombs(world):
    for _ in range(50):
        answer, _ = world.read(world.ask("/openai/v1/heads"))
        if status(answer) != 502:
            return f"answered {answer[:60]}, not 502"


def dripping_head(world):
    lines = [world.ask("/openai/v1/drip") for _ in range(50)]
    answers = [status(world.read(line)[0]) for line in lines]
    if answers != [504] * 50:
        return f"answered {set(answers)}, not 504"


def bombs(world, name):
    lines = [world.ask(f"/openai/v1/{name}", b'{"model":"gpt-4o-mini","messages":[]}', more="Accept-Encoding: gzip, br, zstd\r\n")
             for _ in range(8)]
    answers = [world.read(line) for line in lines]
    if any(status(answer) != 200 for answer, _ in answers):
        return f"answered {answers[0][0][:100]}"
    if any(not count > world.evil.sizes[name] for _, count in answers):
        return "the client did not get all of it"


def deep_request(world):
    for body in (b"[" * 4_000_000, b'{"a":' * 1_000_000, b'{"model":"gpt-4o-mini","messages":' + b"[" * 1_000_000):
        answer, _ = world.read(world.ask("/openai/v1/plain", body))
        if status(answer) != 200:
            return f"answered {answer[:100]}"


def deep_response(world):
    for name in ("deep", "deeper"):
        answer, count = world.read(world.ask(f"/openai/v1/{name}"))
        if status(answer) != 200 or count < 4_000_000:
            return f"answered {answer[:100]} and {count} bytes"


def endless_streams(world):
    lines = [world.ask("/openai/v1/endless", b'{"model":"gpt-4o-mini","stream":true,"messages":[]}') for _ in range(20)]
    for line in lines:
        for _ in range(50):
            line.recv(1 << 16)
        line.close()
    until("the streams are no longer read on", lambda: world.metric("tollbook_upstream_connections") < 10)


def endless_line(world):
    answer, count = world.read(world.ask("/openai/v1/line", b'{"model":"gpt-4o-mini","stream":true,"messages":[]}'))
    if count < 100 * MIB:
        return f"{count} bytes came through"


def download(world):
    _, count = world.read(world.ask("/openai/v1/zeros"))
    if count < world.size:
        return f"{count} bytes came through"


def upload(world, kind="application/octet-stream", chunked=False):
    before = world.evil.received.value
    line = world.connect()
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {world.size}"
    line.sendall(f"POST /openai/v1/plain HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\n{framing}\r\nConnection: close\r\n\r\n".encode())
    piece = b" " * MIB
    for _ in range(world.size // MIB):
        line.sendall(b"100000\r\n" + piece + b"\r\n" if chunked else piece)
    if chunked:
        line.sendall(b"0\r\n\r\n")
    answer, _ = world.read(line)
    arrived = world.evil.received.value - before
    if status(answer) != 200 or arrived < world.size:
        return f"answered {answer[:100]}, {arrived} bytes arrived"


def too_large(world):
    line = world.connect()
    line.sendall(b"POST /openai/v1/plain HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741825\r\n\r\n")
    answer, _ = world.read(line)
    if status(answer) != 413:
        return f"answered {answer[:100]}, not 413"


def small_chunks(world):
    line = world.connect()
    line.sendall(b"POST /openai/v1/plain HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
                 b"Connection: close\r\n\r\n" + b"1\r\n \r\n" * 300_000 + b"0\r\n\r\n")
    answer, _ = world.read(line)
    if status(answer) != 200:
        return f"answered {answer[:100]}"


def pipelines(world):
    line = world.connect()
    count = 20_000
    sender = threading.Thread(target=lambda: line.sendall(b"GET /openai/v1/plain HTTP/1.1\r\nHost: a\r\n\r\n" * count))
    sender.start()
    seen = b""
    got = 0
    while got < count:
        data = line.recv(1 << 16)
        if not data:
            return f"closed after {got} answers"
        seen += data
        got += seen.count(b"HTTP/1.1 ")
        seen = seen[-8:] if not seen.endswith(b"HTTP/1.1 ") else b""
    sender.join()
    line.close()


def metadata_name(world):
    answer, _ = world.read(world.ask("/away/v1/chat/completions"))
    if status(answer) != 502 or b"upstream.address-not-allowed" not in answer:
        return f"answered {answer[:300]}"


def injected_names(world):
    answer, _ = world.read(world.ask(
        "/openai/v1/plain", more="X-Tollbook-Tenant: a%0d%0aX-Evil: 1\r\nX-Tollbook-Labels: b=%0d%0a%00c\r\n"))
    if b"evil" in answer.lower().split(b"\r\n\r\n")[0]:
        return f"a value broke out of its field: {answer[:200]}"


ATTACKS = [
    # name, attack, MiB by which memory may grow
    ("1,000 heads that do not end", slow_heads, 16),
    ("500 bodies that do not come", slow_bodies, 32),
    ("100 clients that do not read 64 MiB each", slow_readers, 64),
    ("3,000 silent connections", flood, 16),
    ("200 heads of 64 KB", head_bombs, 16),
    ("50 response heads without end", response_head_bombs, 16),
    ("50 response heads that stop", dripping_head, 16),
    ("8 gzip bombs of 256 MiB", lambda world: bombs(world, "gzip"), 48),
    ("8 gzip bombs in gzip", lambda world: bombs(world, "nested"), 48),
    ("8 brotli bombs of 256 MiB", lambda world: bombs(world, "brotli"), 192),
    ("8 zstd bombs of 256 MiB", lambda world: bombs(world, "zstd"), 96),
    ("requests of a million brackets", deep_request, 48),
    ("responses of a million brackets", deep_response, 48),
    ("20 streams without end, left by their clients", endless_streams, 48),
    ("an event of 128 MiB", endless_line, 48),
    ("a download of {size}", download, 32),
    ("an upload of {size}", upload, 32),
    ("a chunked upload of {size}", lambda world: upload(world, chunked=True), 32),
    ("a JSON upload of {size}", lambda world: upload(world, kind="application/json"), 48),
    ("an upload beyond the limit", too_large, 16),
    ("300,000 chunks of a byte", small_chunks, 32),
    ("20,000 requests sent ahead", pipelines, 48),
    ("a name that resolves to a metadata service", metadata_name, 8),
    ("names with encoded line ends", injected_names, 8),
]


def arm(evil):
    deep = b'{"usage":' + b"[" * 4_000_000
    bodies = {"gzip": squeezed(256 * MIB), "nested": squeezed(256 * MIB, 2),
              "brotli": outside(["brotli", "-c"], 256 * MIB), "zstd": outside(["zstd", "-qc"], 256 * MIB)}
    evil.sizes = {name: len(body) for name, body in bodies.items()}
    codings = {"gzip": "gzip", "nested": "gzip, gzip", "brotli": "br", "zstd": "zstd"}
    for name, body in bodies.items():
        evil.answers[name] = sized(body, f"Content-Encoding: {codings[name]}")
    evil.answers.update(
        plain=sized(b"{}"), huge=zeros(64 * MIB), heads=heads_without_end, drip=drip, endless=endless,
        line=line_without_end, deep=sized(deep), deeper=sized(b'{"a":' * 1_000_000))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--only", default="")
    options.add_argument("--bytes", type=int, default=1 << 30, help="of the large bodies")
    options = options.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    world = World(options.program, options.bytes)
    until("the other caller is served", lambda: world.calls > 5)
    failures = 0
    print(f"{'':48} {'':>8} {'MiB more':>9} {'':>6}  {'other calls':>12}")
    print(f"{'attack':48} {'seconds':>8} {'(PSS)':>9} {'bound':>6} {'number':>7} {'slowest':>8}")
    try:
        for name, attack, bound in ATTACKS:
            name = name.format(size=f"{options.bytes // MIB} MiB")
            if options.only not in name:
                continue
            before, calls, failed, begun = world.pss(), world.calls, world.failed, time.monotonic()
            world.peak, world.numbers[2] = before, 0
            problem = attack(world)
            until("the other caller was served meanwhile", lambda: world.calls >= calls + 3)
            more = world.peak - before
            if more > bound:
                problem = problem or "memory grew beyond the bound"
            if world.failed > failed:
                problem = problem or f"{world.failed - failed} calls of the other caller failed"
            if world.proxy.process.poll() is not None:
                problem = "the program ended"
            failures += bool(problem)
            print(f"{name:48} {time.monotonic() - begun:8.1f} {more:9.1f} {bound:6} {world.calls - calls:7} {world.numbers[2]:6.2f} s"
                  + (f"  FAIL {problem}" if problem else ""), flush=True)
            if world.proxy.process.poll() is not None:
                sys.exit(f"{world.proxy.log.read_text()[-2000:]}")
        world.ends.set()
        world.caller.join(120)
        until("all is posted", lambda: world.metric("tollbook_spool_records") == 0)
        records = world.records("--tenant", "bystander")
        exact = [r for r in records if r["completeness"] == "complete" and r["input_tokens"] == 3 and r["output_tokens"] == 5]
        print(f"the other caller: {world.calls} calls, {world.failed} failed, {len(exact)} recorded exactly")
        if len(exact) != world.calls:
            failures += 1
            print(f"FAIL  {len(records)} records, {len(exact)} exact, of {world.calls} calls")
    finally:
        world.stop()
    sys.exit(1 if failures else 0)


main()
