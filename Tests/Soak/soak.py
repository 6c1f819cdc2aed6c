"""Hours of mixed traffic with faults, in minutes: unary calls and streams of every dialect, clients that leave, an
upstream that refuses, breaks off and is slow, a database that goes away, new connections and kept ones. Memory,
descriptors and the spool's backlog are sampled; the last half must be as the first. At the end every call must be
in the ledger once, with the tokens that were billed. Run by scripts/soak.

soak.py PROGRAM MINUTES [--callers N]"""
import argparse
import collections
import http.client
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "Framing"))
import proxies

# How much more the last half may have than the first, and a floor below which a difference is noise of counting.
TOLERANCE = 0.05
FLOORS = {"PSS (MiB)": 1.0, "descriptors": 10, "backlog (records)": 200, "upstream connections": 10}

CONFIG = """listen: 127.0.0.1:{port}
admin: 127.0.0.1:{admin}
database: "host=127.0.0.1 port={door} user=postgres dbname=postgres"
data_dir: {folder}/data
log: {{level: error}}
spool: {{keep: 60s}}
upstreams:
  openai: {{url: "http://{provider}", provider: openai}}
  anthropic: {{url: "http://{provider}", provider: anthropic}}
  google: {{url: "http://{provider}", provider: google}}
  ollama: {{url: "http://{provider}", provider: ollama}}
"""

MESSAGES = [{"role": "user", "content": "When is tea?"}]
# upstream, path, body, and the path of its stream where that is another one
SURFACES = [
    ("openai", "/v1/chat/completions", {"model": "gpt-4o-mini", "messages": MESSAGES}, None),
    ("openai", "/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": "When is tea?"}, None),
    ("openai", "/v1/responses", {"model": "gpt-4o-mini", "input": "When is tea?"}, None),
    ("anthropic", "/v1/messages", {"model": "claude-haiku-4-5", "max_tokens": 50, "messages": MESSAGES}, None),
    ("google", "/v1beta/models/gemini-2.5-flash:generateContent",
     {"contents": [{"role": "user", "parts": [{"text": "When is tea?"}]}]},
     "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"),
    ("ollama", "/api/chat", {"model": "llama3.2", "messages": MESSAGES}, None),
    ("ollama", "/api/generate", {"model": "llama3.2", "prompt": "When is tea?"}, None),
]
KINDS = ["unary"] * 8 + ["stream"] * 6 + ["gzip", "large", "leaves", "refused", "broken", "slow"]


class Door:
    """A TCP door to PostgreSQL's socket that can be shut."""

    def __init__(self, folder):
        self.path = folder + "/.s.PGSQL.5432"
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open, self.ends, self.lock = True, [], threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            if not self.open:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.path)
            with self.lock:
                self.ends += [client, server]
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    def pump(self, a, b):
        try:
            while data := a.recv(1 << 16):
                b.sendall(data)
        except OSError:
            pass
        for end in (a, b):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        with self.lock:
            self.ends = [end for end in self.ends if end not in (a,)]

    def shut(self):
        self.open = False
        with self.lock:
            ends, self.ends = self.ends, []
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Caller(threading.Thread):
    """One client: a kept connection most of the time, one call after the other."""

    def __init__(self, number, world):
        super().__init__(daemon=True)
        self.random, self.world, self.line = random.Random(number), world, None
        self.counts = collections.Counter()
        self.odd = []

    def run(self):
        while not self.world.over.is_set():
            kind = self.random.choice(KINDS)
            surface = self.random.choice(SURFACES)
            try:
                self.call(kind, *surface)
                self.counts[kind] += 1
            except (OSError, http.client.HTTPException) as problem:
                self.line = None
                if kind == "broken":
                    self.counts[kind] += 1
                elif not self.world.over.is_set():
                    self.odd.append(f"{kind} of {surface[1]}: {problem!r}")
            self.world.over.wait(self.random.uniform(0.005, 0.03))
        if self.line:
            self.line.close()

    def call(self, kind, upstream, path, body, streamed):
        fields = {"Content-Type": "application/json", "x-sim-input": "12", "x-sim-output": "6",
                  "X-Tollbook-Tenant": "soak"}
        streams = kind in ("stream", "leaves", "broken", "slow")
        if streams and streamed:
            path = streamed
        elif streamed is None:
            body = {**body, "stream": streams}
        if kind == "gzip":
            fields.update({"Accept-Encoding": "gzip", "x-sim-gzip": "always"})
        if kind == "large":
            body = {**body, "padding": "x" * 100_000}
        if kind == "refused":
            fields["x-sim-status"] = str(self.random.choice([400, 429, 500]))
        if kind == "broken":
            fields["x-sim-cut"] = "2"
        if kind == "leaves":
            fields.update({"x-sim-frames": "40", "x-sim-pace": "5000"})
        if kind == "slow":
            fields.update({"x-sim-first": "200", "x-sim-pace": "10000"})
        if self.line is None or self.random.random() < 0.05:
            if self.line:
                self.line.close()
            self.line = http.client.HTTPConnection("127.0.0.1", self.world.port, timeout=120)
        self.world.called()
        self.line.request("POST", f"/{upstream}{path}", json.dumps(body), fields)
        answer = self.line.getresponse()
        if kind == "leaves":
            answer.read(64)
            self.line.close()
            self.line = None
            return
        answer.read()
        wanted = {"refused": (400, 429, 500)}.get(kind, (200,))
        if answer.status not in wanted:
            self.odd.append(f"{kind} of {path}: {answer.status}")


class World:
    def __init__(self, program):
        cluster = re.search(r"host=(\S+)", os.environ["TOLLBOOK_TEST_DATABASE"]).group(1)
        self.program, self.door = program, Door(cluster)
        self.folder = tempfile.mkdtemp(prefix="tollbook-soak.")
        self.port, self.admin = proxies.free_port(), proxies.free_port()
        self.simulator = subprocess.Popen([program, "simulate"], stdout=subprocess.PIPE, text=True)
        provider = self.simulator.stdout.readline().split()[-1]
        self.config = self.folder + "/tollbook.yaml"
        Path(self.config).write_text(CONFIG.format(
            port=self.port, admin=self.admin, door=self.door.port, folder=self.folder, provider=provider))
        subprocess.run([program, "migrate", "--config", self.config], check=True, stdout=subprocess.DEVNULL)
        self.proxy = proxies.Proxy("tollbook", [program, "serve", "--config", self.config], self.port, self.folder)
        self.over, self.lock, self.calls = threading.Event(), threading.Lock(), 0

    def called(self):
        with self.lock:
            self.calls += 1

    def metrics(self):
        line = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=120)
        line.request("GET", "/metrics")
        page = line.getresponse().read().decode()
        line.close()
        return {name: float(value) for name, value in re.findall(r"^(tollbook_\w+) (\S+)$", page, re.M)}

    def sample(self):
        pid = self.proxy.process.pid
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        metrics = self.metrics()
        return {
            "PSS (MiB)": int(re.search(r"\nPss:\s+(\d+)", rollup).group(1)) / 1024,
            "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
            "backlog (records)": metrics["tollbook_spool_records"],
            "upstream connections": metrics["tollbook_upstream_connections"],
        }


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("minutes", type=float)
    options.add_argument("--callers", type=int, default=12)
    options = options.parse_args()
    world = World(options.program)
    callers = [Caller(number, world) for number in range(options.callers)]
    for caller in callers:
        caller.start()
    try:
        samples = watch(world, options.minutes * 60)
        world.over.set()
        for caller in callers:
            caller.join(180)
        sys.exit(report(world, callers, samples))
    finally:
        world.over.set()
        world.proxy.stop()
        world.simulator.terminate()


def watch(world, seconds):
    """Samples while the callers call. The database goes away for three seconds of every thirty; both halves have the
    same faults at the same times, and the first tenth, in which pools and books are filled, is not counted."""
    begun, samples, step = time.monotonic(), [], 0
    period = 30
    while (now := time.monotonic() - begun) < seconds:
        in_period = now % period
        if 20 <= in_period < 23:
            if world.door.open:
                world.door.shut()
        else:
            world.door.open = True
        if world.proxy.process.poll() is not None:
            sys.exit(f"the program ended:\n{world.proxy.log.read_text()[-2000:]}")
        samples.append((now, world.sample()))
        step += 1
        time.sleep(max(0.0, begun + step * 0.5 - time.monotonic()))
    world.door.open = True
    return samples


def report(world, callers, samples):
    counts = sum((caller.counts for caller in callers), collections.Counter())
    odd = [one for caller in callers for one in caller.odd]
    print(f"{world.calls} calls: {', '.join(f'{kind} {count}' for kind, count in sorted(counts.items()))}")
    failures = len(odd)
    for one in odd[:10]:
        print(f"FAIL  {one}")
    last = samples[-1][0]
    counted = [(now, sample) for now, sample in samples if now >= last / 10]
    middle = (last / 10 + last) / 2
    print(f"{'medians':24} {'first half':>10} {'last half':>10} {'change':>8} {'highest':>9}")
    for name in FLOORS:
        first = statistics.median(sample[name] for now, sample in counted if now < middle)
        second = statistics.median(sample[name] for now, sample in counted if now >= middle)
        highest = max(sample[name] for _, sample in counted)
        grown = second - first
        fails = grown > max(first * TOLERANCE, FLOORS[name])
        failures += fails
        change = f"{grown / first * 100:+.1f} %" if first else f"{grown:+.1f}"
        print(f"{name:24} {first:10.1f} {second:10.1f} {change:>8} {highest:9.1f}" + ("  FAIL" if fails else ""))
    return 1 if failures + ledger(world) else 0


def ledger(world):
    """Every call once, and what is known of its usage is what the provider billed."""
    end = time.monotonic() + 120
    while (metrics := world.metrics())["tollbook_spool_records"] or metrics["tollbook_open_exchanges"]:
        if time.monotonic() > end:
            print("FAIL  the spool did not empty")
            return 1
        time.sleep(0.2)
    listing = subprocess.Popen([world.program, "records", "--tenant", "soak", "--format", "jsonl", "--config", world.config],
                               stdout=subprocess.PIPE)
    seen, ids, wrong = collections.Counter(), set(), 0
    for line in listing.stdout:
        record = json.loads(line)
        ids.add(record["record_id"])
        seen[record["completeness"]] += 1
        if record["usage_status"] == "reported" and (record["input_tokens"], record["output_tokens"]) != (12, 6):
            wrong += record["completeness"] in ("complete", "client_aborted_drained")
    print(f"ledger: {len(ids)} records ({', '.join(f'{word} {count}' for word, count in sorted(seen.items()))}), "
          f"{wrong} with other tokens than billed")
    if listing.wait() != 0 or len(ids) != world.calls or wrong:
        print(f"FAIL  {world.calls} calls, {len(ids)} records, {wrong} wrong")
        return 1
    return 0


main()
