"""Every scenario of every SDK twice: straight to the provider, and through the program. What the caller sees must be
the same, and the ledger must have each call exactly. Run by scripts/real-clients.

run.py PROGRAM [--only SDK]"""
import argparse
import collections
import json
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "Framing"))
import proxies
import provider
import sdks

# Upstreams but the one that `proxies` configures, which is the default one and serves signed requests.
MORE = """  openai: {{url: "http://127.0.0.1:{port}", provider: openai}}
  anthropic: {{url: "http://127.0.0.1:{port}", provider: anthropic}}
  google: {{url: "http://127.0.0.1:{port}", provider: google}}
  mistral: {{url: "http://127.0.0.1:{port}", provider: mistral}}
  cohere: {{url: "http://127.0.0.1:{port}", provider: cohere}}
  groq: {{url: "http://127.0.0.1:{port}", provider: groq}}
  ollama: {{url: "http://127.0.0.1:{port}", provider: ollama}}
limits: {{drain_seconds: 60}}
"""

COMPLETE = ("complete", "reported", 200, provider.INPUT, provider.OUTPUT)
DRAINED = ("client_aborted_drained", "reported", 200, provider.INPUT, provider.OUTPUT)


def refused(status):
    return ("upstream_error", "absent", status, None, None)


def expected(scenario):
    """The records of a scenario: completeness, usage, status, input, output."""
    if scenario.startswith("e"):
        return [refused(int(scenario[1:]))]
    return {"timeout": [DRAINED], "cancel": [DRAINED], "flaky": [refused(429), COMPLETE]}.get(scenario, [COMPLETE])


def model_of(sdk, scenario):
    word = {"stream": "plain", "tools stream": "tools", "timeout": "slow", "cancel": "long", "raw": "plain"}
    return f"{sdk.name}-{word.get(scenario, scenario)}"


def streams(scenario):
    return scenario in ("stream", "tools stream", "cancel")


def records(program, config):
    out = subprocess.run([program, "records", "--format", "jsonl", "--config", config], check=True,
                         stdout=subprocess.PIPE).stdout
    return [json.loads(line) for line in out.splitlines()]


def base(sdk, direct, proxy):
    """Where an SDK sends its calls: `proxy` is None for straight to the provider."""
    if issubclass(sdk, sdks.Bedrock):
        return (direct, proxy)
    return f"{proxy}/{sdk.name}" if proxy else direct


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--only", default="")
    options = options.parse_args()
    os.environ["no_proxy"] = ""
    chosen = [sdk for sdk in sdks.ALL if options.only in sdk.__name__.lower()]
    source = provider.Provider()
    direct = f"http://127.0.0.1:{source.port}"
    proxy = proxies.tollbook(options.program, source.port, MORE.format(port=source.port))
    through = f"http://127.0.0.1:{proxy.port}"
    failures, wanted = 0, collections.Counter()
    try:
        for sdk in chosen:
            row = []
            for scenario in sdk.scenarios:
                results = []
                for where in (None, through):
                    source.forget()
                    one = sdk(base(sdk, direct, where), where is not None)
                    results.append(json.dumps(one.run(scenario), default=str, sort_keys=True))
                    if isinstance(one.base, str):
                        results[-1] = results[-1].replace(one.base, "<base>")
                for record in expected(scenario):
                    wanted[(model_of(sdk, scenario), streams(scenario)) + record] += 1
                raises = scenario.startswith("e") or scenario == "timeout"
                same = results[0] == results[1] and results[0].startswith('{"raised"' if raises else '{"returned"')
                failures += not same
                row.append(f"{scenario}{'' if same else ' FAIL'}")
                if not same:
                    print(f"FAIL  {sdk.name}, {scenario}:\n  direct   {results[0][:1500]}\n  through  {results[1][:1500]}")
            print(f"{sdk.__name__:14} {', '.join(row)}", flush=True)
        failures += compare(options.program, proxy, wanted)
    finally:
        proxy.stop()
    sys.exit(1 if failures else 0)


def compare(program, proxy, wanted):
    """The ledger against what was called."""
    end = time.monotonic() + 60
    while True:
        found = records(program, proxy.config)
        if len(found) >= sum(wanted.values()) or time.monotonic() > end:
            break
        time.sleep(0.2)
    seen = collections.Counter(
        (one["model_requested"], bool(one["stream"]), one["completeness"], one["usage_status"], one["http_status"],
         one["input_tokens"], one["output_tokens"]) for one in found)
    for key, count in sorted((wanted - seen).items(), key=str):
        print(f"FAIL  {count} records are missing: {key}")
    for key, count in sorted((seen - wanted).items(), key=str):
        print(f"FAIL  {count} records too many: {key}")
    same = seen == wanted
    print(f"records: {len(found)}, {'each as it was called' if same else 'not as called'}")
    return 0 if same else 1


main()
