#!/usr/bin/env python3
"""What the load generators cannot tell: probe.py start|idle|latency ...

start PORT PATH COMMAND...          milliseconds from the start of COMMAND to its first whole answer
idle PORT PATH COUNT SECONDS        COUNT kept connections, one answer each, then silence; prints `open`
latency PORT PATH SECONDS RATE      p50 and p99 in microseconds of RATE calls a second
first-chunk PORT PATH COUNT         p50 and p99 in microseconds until a stream's first byte of body
"""
import signal
import socket
import subprocess
import sys
import time

BODY = b'{"model":"gpt-4o-mini","max_tokens":200,"messages":[{"role":"user","content":"' + b"a" * 1900 + b'"}]}'
STREAM = BODY[:-1] + b',"stream":true}'


def request(path, body=BODY, hints=b""):
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer sk-simulated\r\nContent-Length: {len(body)}\r\n"
    )
    return head.encode() + hints + b"\r\n" + body


def connect(port):
    made = socket.create_connection(("127.0.0.1", port))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def answer(made):
    """Reads one whole answer with a length."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = made.recv(65536)
        if not more:
            raise ConnectionError("closed")
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise ConnectionError(head.split(b"\r\n")[0].decode())
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    while len(rest) < length:
        rest += made.recv(65536)


def start(port, path, *command):
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.monotonic() - began < 120:
            try:
                made = connect(port)
                made.sendall(request(path))
                answer(made)
                print(f"{(time.monotonic() - began) * 1000:.1f}")
                return
            except OSError:
                time.sleep(0.0005)
        sys.exit("probe: no answer within two minutes")
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait()


def idle(port, path, count, seconds):
    made = []
    for _ in range(count):
        one = connect(port)
        one.sendall(request(path))
        answer(one)
        made.append(one)
    print("open", flush=True)
    time.sleep(seconds)


def quantiles(times):
    times.sort()
    print(f"{times[len(times) // 2] * 1e6:.0f} {times[len(times) * 99 // 100] * 1e6:.0f}")


def latency(port, path, seconds, rate):
    made, times = connect(port), []
    text = request(path)
    began = time.monotonic()
    for index in range(seconds * rate):
        due = began + index / rate
        while (now := time.monotonic()) < due:
            if due - now > 0.0015:
                time.sleep(due - now - 0.001)
        made.sendall(text)
        answer(made)
        times.append(time.monotonic() - max(due, now))
    quantiles(times[rate:])


def first_chunk(port, path, count):
    made, times = connect(port), []
    text = request(path, STREAM, b"x-sim-frames: 3\r\nx-sim-pace: 2000\r\n")
    for _ in range(count):
        began = time.monotonic()
        made.sendall(text)
        data = b""
        while b"data: " not in data:
            data += made.recv(65536)
        times.append(time.monotonic() - began)
        while not data.endswith(b"0\r\n\r\n"):
            data += made.recv(65536)
    quantiles(times[count // 10:])


kind, port, path, *rest = sys.argv[1:]
if kind == "start":
    start(int(port), path, *rest)
else:
    {"idle": idle, "latency": latency, "first-chunk": first_chunk}[kind](int(port), path, *map(int, rest))
