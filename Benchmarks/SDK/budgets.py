"""What the official SDKs do with the answers of a budget: run by scripts/sdk-budgets."""
import os, re, signal, socket, subprocess, sys, tempfile, threading, time, uuid

import anthropic
import openai

try:  # the SDKs' own HTTP client, by its present and by its former name
    import httpx2 as httpx
except ImportError:
    import httpx

PROGRAM = os.path.abspath(sys.argv[1])
CLUSTER = os.environ["TOLLBOOK_TEST_DATABASE"]
FOLDER = re.search(r"host=(\S+)", CLUSTER).group(1)

PRICES = """provider: openai
currency: USD
prices:
- id: m-1/2026
  models: [m-1]
  from: 2026-01-01
  source: https://example.com
  checked: 2026-01-01
  rates:
    in.text.fresh: {amount: "0", per: 1000000}
    out.text: {amount: "100", per: 1000000}
"""


class Door:
    """A TCP door to PostgreSQL's socket that can be shut."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = True
        self.pairs = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            if not self.open:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(FOLDER + "/.s.PGSQL.5432")
            self.pairs.append((client, server))
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    def pump(self, a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass
        for end in (a, b):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def shut(self):
        self.open = False
        for pair in self.pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.pairs = []


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"waited too long until {what}")
        time.sleep(0.02)


failures = []


def check(what, holds, detail=""):
    print(("ok    " if holds else "FAIL  ") + what, detail if not holds else "")
    if not holds:
        failures.append(what)


class Counted:
    """Counts what an SDK sends."""

    def __init__(self, base):
        self.sent = 0
        self.base = base

    def __call__(self, request):
        self.sent += 1


def main():
    door = Door()
    folder = tempfile.mkdtemp()
    name = "s" + uuid.uuid4().hex
    subprocess.run(["psql", CLUSTER, "-qc", f"CREATE DATABASE {name}"], check=True)
    simulator = subprocess.Popen([PROGRAM, "simulate"], stdout=subprocess.PIPE, text=True)
    provider = simulator.stdout.readline().split()[-1]
    port, admin = free_port(), free_port()
    config = folder + "/tollbook.yaml"
    with open(config, "w") as file:
        file.write(
            f"""listen: 127.0.0.1:{port}
admin: 127.0.0.1:{admin}
database: "host=127.0.0.1 port={door.port} user=postgres dbname={name}"
data_dir: {folder}/data
budgets:
  lease: 1s
upstreams:
  openai: {{url: "http://{provider}", provider: openai, api_key: k}}
""")
    with open(folder + "/prices.yaml", "w") as file:
        file.write(PRICES)

    def tollbook(*words):
        subprocess.run([PROGRAM, *words, "--config", config], check=True, stdout=subprocess.DEVNULL)

    tollbook("migrate")
    tollbook("prices", "load", "--prices", folder + "/prices.yaml")
    tollbook("budget", "set", "spent", "--tenant", "spent", "--limit", "0")
    tollbook("budget", "set", "rich", "--tenant", "rich", "--limit", "1000")
    for sdk in ("openai", "anthropic"):
        tollbook("budget", "set", "rate-" + sdk, "--tenant", "fast-" + sdk, "--limit", "1", "--unit", "requests",
                 "--window", "rolling:2s")
    serve = subprocess.Popen([PROGRAM, "serve", "--config", config], stderr=open(folder + "/log", "w"))
    try:
        until("serve listens", lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
        base = f"http://127.0.0.1:{port}/openai"
        sims = {"x-sim-input": "5", "x-sim-output": "10"}

        def clients(tenant):
            count = Counted(base)
            hooks = {"request": [lambda request: count(request)]}
            headers = {"X-Tollbook-Tenant": tenant, **sims}
            return count, {
                "openai": openai.OpenAI(
                    api_key="k", base_url=base + "/v1", default_headers=headers, timeout=30,
                    http_client=httpx.Client(event_hooks=hooks)),
                "anthropic": anthropic.Anthropic(
                    api_key="k", base_url=base, default_headers=headers, timeout=30,
                    http_client=httpx.Client(event_hooks=hooks)),
            }

        def call(sdk, client):
            messages = [{"role": "user", "content": "When is tea?"}]
            if sdk == "openai":
                return client.chat.completions.create(model="m-1", max_tokens=20, messages=messages)
            return client.messages.create(model="m-1", max_tokens=20, messages=messages)

        def refused():
            count, sdks = clients("spent")
            try:
                call("openai", sdks["openai"].with_options(max_retries=0))
            except openai.RateLimitError:
                return True
            except openai.APIError:
                return False
            return False

        until("the budgets are in force", refused)
        for sdk, error in (("openai", openai.RateLimitError), ("anthropic", anthropic.RateLimitError)):
            count, sdks = clients("spent")
            begun = time.monotonic()
            raised = None
            try:
                call(sdk, sdks[sdk])
            except Exception as problem:
                raised = problem
            took = time.monotonic() - begun
            check(f"{sdk}: an exhausted budget raises {error.__name__}", isinstance(raised, error), repr(raised))
            check(f"{sdk}: at once, with one request", count.sent == 1 and took < 2, f"{count.sent} in {took:.2f} s")
            check(f"{sdk}: the message names the budget and its numbers", "spent (tenant=spent)" in str(raised), str(raised))
        for sdk in ("openai", "anthropic"):
            count, sdks = clients("fast-" + sdk)
            call(sdk, sdks[sdk])
            begun = time.monotonic()
            problem = None
            try:
                call(sdk, sdks[sdk].with_options(max_retries=4))
            except Exception as raised:
                problem = raised
            took = time.monotonic() - begun
            check(f"{sdk}: a rate limit is retried after the stated 2 s, and succeeds",
                  problem is None and count.sent >= 3 and took >= 2, f"{problem!r} {count.sent} in {took:.2f} s")
        count, sdks = clients("rich")
        for sdk in sdks:
            call(sdk, sdks[sdk])
        check("both: calls within a budget pass", count.sent == 2, str(count.sent))
        door.shut()

        def away():
            count, sdks = clients("rich")
            try:
                call("openai", sdks["openai"].with_options(max_retries=0))
            except openai.InternalServerError:
                return True
            except openai.APIError:
                return False
            return False

        until("the lease is over", away)
        for sdk in ("openai", "anthropic"):
            door.shut()
            until("the lease is over", away)
            count, sdks = clients("rich")
            begun = time.monotonic()
            threading.Timer(1.0, lambda: setattr(door, "open", True)).start()
            problem = None
            try:
                call(sdk, sdks[sdk].with_options(max_retries=4))
            except Exception as raised:
                problem = raised
            took = time.monotonic() - begun
            check(f"{sdk}: 503 while PostgreSQL is away is retried after the stated 2 s, and succeeds",
                  problem is None and count.sent >= 2 and took >= 2, f"{problem!r} {count.sent} in {took:.2f} s")
    finally:
        serve.send_signal(signal.SIGTERM)
        serve.wait(60)
        simulator.terminate()
    sys.exit(1 if failures else 0)


main()
