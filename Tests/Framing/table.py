"""The two tables of probes: their lines, their escapes, and the bytes that they stand for."""
import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ESCAPES = {"r": "\r", "n": "\n", "t": "\t", "0": "\0", "\\": "\\"}


def unescaped(text):
    text = re.sub(r"\{(\d+)\*([^}]*)\}", lambda m: m.group(2) * int(m.group(1)), text)

    def one(match):
        word = match.group(0)
        if word == "~":
            return "\r\n"
        return chr(int(word[2:], 16)) if word[1] == "x" else ESCAPES[word[1]]

    return re.sub(r"~|\\x[0-9a-f]{2}|\\[rnt0\\]", one, text).encode("latin-1")


@dataclass
class Probe:
    kind: str
    name: str
    outcomes: list          # of requests: [(word or status, reason)]; of responses one of them
    method: str
    data: bytes
    wanted: bytes           # what arrives at the other side, where the table says it
    closes: bool            # the upstream closes its connection


def read(kind):
    probes = []
    for line in (HERE / f"{kind}s.txt").read_text(encoding="latin-1").splitlines():
        if not line or line.startswith("#"):
            continue
        parts = line.split(" | ", 2 if kind == "request" else 3)
        name, outcome, text = parts[0], parts[1], parts[-1]
        text, arrow, wanted = text.partition(" => ")
        closes = text.endswith("<EOF>")
        outcomes = [tuple((word.split(" ") + [""])[:2]) for word in outcome.split(", ")]
        probes.append(Probe(
            kind, name, outcomes, parts[2] if kind == "response" else "",
            unescaped(text.removesuffix("<EOF>")), unescaped(wanted) if arrow else None, closes))
    names = [probe.name for probe in probes]
    repeated = {name for name in names if names.count(name) > 1}
    assert not repeated, f"names that stand twice among {kind}s: {repeated}"
    return probes
