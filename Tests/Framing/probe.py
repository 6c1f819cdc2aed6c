"""Sends every probe of the two tables through Tollbook, nginx and haproxy in front of a recording upstream, and
judges what arrived on the other side. Run by scripts/probe-framing.

probe.py PROGRAM [--table FILE] [--only WORD]"""
import argparse
import os
import socket
import sys
import threading
import time
from dataclasses import dataclass, field

import proxies
import readings
import table
from upstream import Upstream

# Seconds for an answer that must come, and for a peer's that may not.
PATIENCE, PEER_PATIENCE = float(os.environ.get("PROBE_PATIENCE", 60)), 5


@dataclass
class Seen:
    """What one proxy did with one probe."""
    answers: list = field(default_factory=list)     # (status, body) as the client reads them
    raw: bytes = b""
    closed: bool = False
    arrived: list = field(default_factory=list)     # bytes by upstream connection
    passed: int = 0                                 # complete requests that arrived, or responses that came through
    ambiguous: list = field(default_factory=list)   # readers who see something else
    poisoned: bool = False                          # a later call got another answer than its own
    reused: bool = False

    @property
    def text(self):
        words = [str(answer[0]) if isinstance(answer, tuple) else "cut" for answer in self.answers]
        if not words:
            words = ["closed" if self.closed else "waits"]
        return " ".join(words) + (" AMBIGUOUS" if self.ambiguous else "") + (" POISONED" if self.poisoned else "")


class Line:
    """A client's connection to a proxy."""

    def __init__(self, port, patience):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.end = time.monotonic() + patience
        self.data, self.closed = b"", False

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass        # refused while it was sent; the answer is still to be read

    def read(self, methods, count):
        """Reads until `count` final responses are there, the connection ends, or patience does."""
        while not self.closed:
            found = readings.responses(self.data, methods, False, readings.LENIENT)
            if count is not None and len([one for one in found if isinstance(one, tuple)]) >= count:
                return
            left = self.end - time.monotonic()
            if left <= 0:
                return
            self.socket.settimeout(left)
            try:
                more = self.socket.recv(1 << 20)
            except socket.timeout:
                return
            except OSError:
                more = b""
            self.closed = not more
            self.data += more

    def close(self):
        self.socket.close()


class Runner:
    def __init__(self, name, start, patience):
        self.upstream = Upstream()
        self.proxy = start(self.upstream.port)
        self.name, self.patience, self.canaries = name, patience, 0

    def canary(self, line=None):
        """Whether a call that has nothing to do with the probe gets its own answer."""
        self.canaries += 1
        target = b"/canary-%d" % self.canaries
        own = line is None
        line = line or Line(self.proxy.port, PATIENCE)
        before = len(line.data)
        line.data, line.end = b"", time.monotonic() + PATIENCE
        line.send(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % target)
        line.read([b"GET"], 1)
        answered = b'{"upstream":"' + target + b'"}' in line.data
        closed = line.closed and not line.data
        if own:
            line.close()
        return answered or (closed and before > 0)

    def run(self, probe):
        begun = time.monotonic()
        seen = self.request(probe) if probe.kind == "request" else self.response(probe)
        seen.poisoned = seen.poisoned or not self.canary()
        seen.reused = self.upstream.reused
        took = time.monotonic() - begun
        if took > 10:
            print(f"slow  {self.name} took {took:.0f} s for {probe.kind}: {probe.name}", flush=True)
        return seen

    def request(self, probe):
        seen = Seen()
        self.upstream.forget()
        methods = [b"HEAD"] if probe.data.startswith(b"HEAD") else [b"GET"]
        line = Line(self.proxy.port, self.patience)
        line.send(probe.data)
        outcomes = [word for word, _ in probe.outcomes]
        ours = self.name == "tollbook"
        if "wait" not in outcomes or not ours:
            line.read(methods * 9, None if ours and outcomes[-1] != "pass" else len(outcomes))
        seen.raw, seen.closed = line.data, line.closed
        seen.answers = readings.responses(line.data, methods * 9, line.closed, readings.LENIENT)
        line.close()
        seen.arrived = self.upstream.taken()
        for part in seen.arrived:
            strict, others = readings.reading(lambda habits: readings.requests(part, habits))
            seen.ambiguous += others + ["strict"] * any(one[0] == "refused" for one in strict)
            seen.passed += len([one for one in strict if one != "short" and one[0] != "refused"])
        return seen

    def response(self, probe):
        seen = Seen()
        self.upstream.forget((probe.data, probe.closes))
        methods = [probe.method.encode()]
        line = Line(self.proxy.port, self.patience)
        line.send(b"%s /probe HTTP/1.1\r\nHost: a\r\n\r\n" % methods[0])
        line.read(methods, 1)
        seen.raw, seen.closed = line.data, line.closed
        strict, others = readings.reading(
            lambda habits: readings.responses(line.data, methods, line.closed, habits))
        seen.ambiguous = others + ["strict"] * any(one[0] == "refused" for one in strict)
        seen.answers = strict
        local = strict and strict[0] != "short" and strict[0][0] in (502, 504)
        seen.passed = 0 if local or not strict or strict[0] == "short" else 1
        if not line.closed:
            seen.poisoned = not self.canary(line)
        line.close()
        return seen


def without(raw, *names):
    """A message without some header fields."""
    head, blank, body = raw.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if line.split(b":")[0].lower() not in names]
    return b"\r\n".join(lines) + blank + body


def faults(probe, seen):
    """What Tollbook did otherwise than the table says."""
    found = []
    if seen.ambiguous:
        found.append(f"forwarded ambiguously: {sorted(set(seen.ambiguous))}")
    if seen.poisoned:
        found.append("a later call got another answer than its own")
    if probe.kind == "request":
        expected = [200 if word == "pass" else int(word) for word, _ in probe.outcomes if word != "wait"]
        got = [one[0] if isinstance(one, tuple) else one for one in seen.answers]
        if got != expected:
            found.append(f"answered {got}, not {expected}: {seen.raw[:200]!r}")
        for (word, reason), one in zip(probe.outcomes, seen.answers):
            if reason and f"relay.{reason}".encode() not in one[1]:
                found.append(f"refused for another reason than {reason}: {one[1][:120]!r}")
        passes = len([1 for word, _ in probe.outcomes if word == "pass"])
        if seen.passed != passes:
            found.append(f"{seen.passed} requests arrived, not {passes}: {seen.arrived}")
        if probe.wanted is not None and [without(part, b"host") for part in seen.arrived] != [probe.wanted]:
            found.append(f"what arrived is {seen.arrived}, not {probe.wanted}")
        return found
    word = probe.outcomes[0][0]
    got = seen.answers[0] if seen.answers else "nothing"
    status = got[0] if isinstance(got, tuple) else got
    if word == "cut" and got not in ("short", "nothing"):
        found.append(f"answered {got}, not a broken response")
    if word == "502" and status != 502:
        found.append(f"answered {got}, not 502")
    if word in ("pass", "spoilt") and (status == "short" or status == 502 or status == "nothing"):
        found.append(f"answered {got} instead of what the upstream said")
    if word in ("spoilt", "502", "cut") and seen.reused:
        found.append("the upstream's connection was used again")
    if probe.wanted is not None and without(seen.raw, b"connection", b"x-tollbook-record") != probe.wanted:
        found.append(f"the client got {seen.raw}, not {probe.wanted}")
    return found


def refused(seen):
    """Whether a peer has said no: not a silence, not an answer of the upstream."""
    if not seen.answers:
        return seen.closed
    last = seen.answers[-1]
    return isinstance(last, tuple) and isinstance(last[0], int) and last[0] >= 400


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--table", help="write the table of all probes there, as Markdown")
    options.add_argument("--only", default="", help="probes whose names have this word")
    options = options.parse_args()
    probes = [probe for kind in ("request", "response") for probe in table.read(kind) if options.only in probe.name]
    runners = [
        Runner("tollbook", lambda port: proxies.tollbook(options.program, port), PATIENCE),
        Runner("nginx", proxies.nginx, PEER_PATIENCE), Runner("haproxy", proxies.haproxy, PEER_PATIENCE)]
    seen = {runner.name: [] for runner in runners}
    try:
        threads = [threading.Thread(target=lambda one=runner: seen[one.name].extend(map(one.run, probes)))
                   for runner in runners]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        again(probes, seen, runners)
    finally:
        for runner in runners:
            runner.proxy.stop()
    if any(len(each) != len(probes) for each in seen.values()):
        sys.exit("a proxy did not get through all probes")
    sys.exit(report(probes, seen, options.table))


def again(probes, seen, runners):
    """Asks a peer twice more before its refusal counts: on a loaded machine one of its short times may be over."""
    for runner in runners[1:]:
        for index, probe in enumerate(probes):
            for _ in range(2):
                other = seen[runner.name][index]
                if refused(other) and seen["tollbook"][index].passed > other.passed:
                    seen[runner.name][index] = runner.run(probe)


def report(probes, seen, path):
    failures, softer, rows = 0, 0, []
    for index, probe in enumerate(probes):
        ours = seen["tollbook"][index]
        found = faults(probe, ours)
        for peer in ("nginx", "haproxy"):
            other = seen[peer][index]
            if refused(other) and ours.passed > other.passed:
                softer += 1
                found.append(f"{peer} refuses it: {other.text}")
        if found:
            failures += 1
            print(f"FAIL  {probe.kind}: {probe.name}")
            for fault in found:
                print(f"      {fault}")
        rows.append([probe.kind, probe.name] + [seen[name][index].text for name in seen])
    print()
    print(f"{'probes':34} {'tollbook':>9} {'nginx':>9} {'haproxy':>9}")
    sums = [
        ("requests refused", lambda p, s: p.kind == "request" and s.passed == 0),
        ("requests forwarded", lambda p, s: p.kind == "request" and s.passed > 0),
        ("responses refused", lambda p, s: p.kind == "response" and s.passed == 0),
        ("responses forwarded", lambda p, s: p.kind == "response" and s.passed > 0),
        ("forwarded with two readings", lambda p, s: bool(s.ambiguous)),
        ("a later call got another answer", lambda p, s: s.poisoned),
    ]
    lines = []
    for title, counts in sums:
        numbers = [sum(1 for p, s in zip(probes, seen[name]) if counts(p, s)) for name in seen]
        lines.append((title, numbers))
        print(f"{title:34} {numbers[0]:9} {numbers[1]:9} {numbers[2]:9}")
    print(f"{'of ' + str(len(probes)) + ' otherwise than the table says':34} {failures:6}")
    print(f"{'accepted here, refused by a peer':34} {softer:9}")
    if path:
        with open(path, "w") as file:
            file.write(f"| {len(probes)} probes | Tollbook | nginx | haproxy |\n|---|---|---|---|\n")
            for title, numbers in lines:
                file.write(f"| **{title}** | {numbers[0]} | {numbers[1]} | {numbers[2]} |\n")
            for kind, name, *cells in rows:
                name = name.replace("|", "\\|")
                file.write(f"| {kind}: {name} | {' | '.join(cells)} |\n")
    return 1 if failures else 0


main()
