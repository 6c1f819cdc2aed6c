"""How many readings a stream of HTTP/1.1 messages has: one strict reader, and several that are lenient each in one
way in which real programs are. Bytes on which all of them agree cannot mean one thing here and another there."""
import re
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Habits:
    """Where a lenient reader differs from the strict one."""
    name: str
    strict: bool = False
    bare_lf: bool = True          # a line may end in LF alone
    bare_cr: bool = False         # or in CR alone
    length_first: bool = False    # Content-Length beats Transfer-Encoding
    last_length: bool = False     # the last Content-Length counts, not the first
    any_chunked: bool = False     # "chunked" anywhere in the value is chunked
    odd_names: bool = False       # blanks, NUL and underscores in names are forgiven
    fold: str = "field"           # a folded line: a field of its own, or part of the one before ("join")
    prefix_size: bool = False     # a chunk size is read as far as it goes, 0x and signs included
    loose_chunks: bool = False    # the line behind a chunk is skipped whatever it is


LENIENT = Habits("lenient")
READERS = [
    Habits("strict", strict=True, bare_lf=False), LENIENT,
    replace(LENIENT, name="bare CR", bare_cr=True),
    replace(LENIENT, name="length first", length_first=True),
    replace(LENIENT, name="last length", last_length=True),
    replace(LENIENT, name="last length first", last_length=True, length_first=True),
    replace(LENIENT, name="any chunked", any_chunked=True),
    replace(LENIENT, name="odd names", odd_names=True, any_chunked=True),
    replace(LENIENT, name="folds joined", fold="join", any_chunked=True),
    replace(LENIENT, name="sizes as far as they go", prefix_size=True),
    replace(LENIENT, name="loose chunks", prefix_size=True, loose_chunks=True),
]

TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*\Z")


class Refused(Exception):
    """This reader does not take these bytes."""


class Short(Exception):
    """The bytes end in the middle of a message."""


def line_at(data, at, habits):
    end = data.find(b"\n", at)
    if habits.bare_cr:
        cr = data.find(b"\r", at)
        if cr >= 0 and (end < 0 or cr < end) and data[cr:cr + 2] != b"\r\n":
            return data[at:cr], cr + 1
    if end < 0:
        raise Short
    if data[end - 1:end] == b"\r" and end > at:
        return data[at:end - 1], end + 1
    if not habits.bare_lf:
        raise Refused("bare LF")
    return data[at:end], end + 1


def head_at(data, at, habits):
    """The start line, the fields, and where the body begins."""
    start, at = line_at(data, at, habits)
    if not start and not habits.strict:
        start, at = line_at(data, at, habits)
    fields = []
    while True:
        line, at = line_at(data, at, habits)
        if not line:
            return start, fields, at
        if line[:1] in b" \t":
            if habits.strict:
                raise Refused("folded")
            if habits.fold == "join" and fields:
                fields[-1] = (fields[-1][0], fields[-1][1] + b" " + line.strip())
                continue
        name, colon, value = line.partition(b":")
        if habits.strict:
            if not colon or not TOKEN.match(name) or not VALUE.match(value):
                raise Refused("field")
        elif habits.odd_names:
            name = name.strip(b" \t\0\x0b\x0c").replace(b"_", b"-")
        else:
            name = name.strip(b" \t") if habits.fold == "field" else name
        fields.append((name.lower(), value.strip(b" \t\0\x0b\x0c" if not habits.strict else b" \t")))


def number(text, habits):
    if habits.strict and not re.fullmatch(rb"[0-9]{1,19}", text):
        raise Refused("length")
    found = re.match(rb"\s*\+?(\d+)", text)
    if not found:
        raise Refused("length")
    return int(found.group(1))


def body_at(data, at, fields, habits, ends_with_connection):
    """The body, where the next message begins, and how it was framed."""
    lengths = [value for name, value in fields if name == b"content-length"]
    codings = [value.lower() for name, value in fields if name == b"transfer-encoding"]
    if habits.strict and (len(lengths) > 1 or len(codings) > 1 or (lengths and codings)):
        raise Refused("framing")
    if habits.strict and codings and codings[0] != b"chunked":
        raise Refused("encoding")
    chunked = any(b"chunked" in coding if habits.any_chunked else coding.split(b",")[-1].strip() == b"chunked"
                  for coding in codings)
    if chunked and not (habits.length_first and lengths):
        return chunks_at(data, at, habits)
    if lengths:
        count = number(lengths[-1 if habits.last_length else 0], habits)
        if len(data) < at + count:
            raise Short
        return data[at:at + count], at + count
    return (data[at:], len(data)) if ends_with_connection else (b"", at)


def chunks_at(data, at, habits):
    body = b""
    while True:
        line, at = line_at(data, at, habits)
        size = line.split(b";")[0]
        if habits.strict and not re.fullmatch(rb"[0-9a-fA-F]{1,16}", size):
            raise Refused("chunk size")
        found = re.match(rb"\s*\+?(?:0[xX])?([0-9a-fA-F]+)" if habits.prefix_size else rb"\s*([0-9a-fA-F]+)\s*\Z", size)
        if not found:
            raise Refused("chunk size")
        count = int(found.group(1), 16)
        if count == 0:
            break
        if len(data) < at + count:
            raise Short
        body += data[at:at + count]
        at += count
        rest, at = line_at(data, at, habits)
        if rest and not habits.loose_chunks:
            raise Refused("chunk end")
    while True:
        line, at = line_at(data, at, habits)
        if not line:
            return body, at


def requests(data, habits):
    """What one reader finds: a list of messages; its last element says how it ended where it ended early."""
    found, at = [], 0
    while at < len(data):
        try:
            start, fields, at = head_at(data, at, habits)
            words = start.split(b" ")
            if habits.strict and (len(words) != 3 or words[2] not in (b"HTTP/1.1", b"HTTP/1.0")
                                  or not TOKEN.match(words[0]) or not re.fullmatch(rb"[\x21-\x7e]+", words[1])):
                raise Refused("request line")
            hosts = [value for name, value in fields if name == b"host"]
            if habits.strict and len(hosts) != 1:
                raise Refused("host")
            body, at = body_at(data, at, fields, habits, False)
            found.append((words[0], words[1] if len(words) > 1 else b"", tuple(hosts[:1]), body))
        except Refused as reason:
            return found + [("refused", str(reason))]
        except Short:
            return found + ["short"]
    return found


def responses(data, methods, closed, habits):
    """The same for what a client got; `methods` are those of its requests, `closed`: the connection ended."""
    found, at, methods = [], 0, list(methods)
    while at < len(data):
        try:
            start, fields, at = head_at(data, at, habits)
            words = start.split(b" ", 2)
            if habits.strict and not re.fullmatch(rb"HTTP/1\.[01] [1-5][0-9][0-9](?: .*)?", start):
                raise Refused("status line")
            if len(words) < 2 or not words[1][:3].isdigit():
                raise Refused("status line")
            status = int(words[1][:3])
            if status < 200:
                continue
            method = methods.pop(0) if methods else b"?"
            body = b""
            if method != b"HEAD" and status not in (204, 304):
                body, at = body_at(data, at, fields, habits, closed)
            found.append((status, body))
        except Refused as reason:
            return found + [("refused", str(reason))]
        except Short:
            return found + ["short"]
    return found


def reading(read):
    """- Returns: the strict reading, and the names of the readers who find another one."""
    strict = read(READERS[0])
    return strict, [habits.name for habits in READERS[1:] if read(habits) != strict]
