// What a configuration is refused for: one reproducer for each message.
import Terms
import Testing

@testable import Commands

@Suite struct ConfigurationRefusalTests {
    static let cases: [(yaml: String, problem: String)] = [
        ("listn: x", "unknown-key: F:1: there is no setting `listn`; did you mean `listen`?"),
        (
            "spool:\n  polcy: pass",
            "unknown-key: F:2: there is no setting `spool.polcy`; did you mean `spool.policy`?"
        ),
        (
            "drain_seconds: 5",
            "unknown-key: F:1: there is no setting `drain_seconds`; did you mean `limits.drain_seconds`?"
        ),
        ("zzz: 1", "unknown-key: F:1: there is no setting `zzz`"),
        (
            "upstreams: {a: {url: 'http://h', key: x}}",
            "unknown-key: F:1: there is no setting `upstreams.a.key`"
        ),
        ("- a", "shape: F:1: `the file` must be a map of settings"),
        ("durability: [strict]", "shape: F:1: `durability` must be one value, not a list"),
        ("durability: {a: b}", "shape: F:1: `durability` must be a value, not a map"),
        ("limits: 5", "shape: F:1: `limits` must be a map of settings"),
        (
            "upstreams: {'a b': {url: 'http://h'}}",
            "shape: F:1: `upstreams.a b` must be named with letters, digits, `-`, `_` and `.`"
        ),
        (
            "durability: strickt",
            "value: F:1: `durability` must be strict or relaxed, not `strickt`; did you mean `strict`?"
        ),
        ("listen: 4141", "value: F:1: `listen` must be host:port or unix:/path, not `4141`"),
        (
            "listen: 127.0.0.1:70000",
            "value: F:1: `listen` must be host:port or unix:/path, not `127.0.0.1:70000`"
        ),
        ("listen: 'unix:'", "value: F:1: `listen` must name a socket of 1 to 107 bytes"),
        ("threads: 0", "value: F:1: `threads` must be a whole number from 1 to 1024, not `0`"),
        ("drain_timeout: soon", "value: F:1: `drain_timeout` must be a time such as 30s or 24h, not `soon`"),
        ("spool: {max_bytes: -1}", "value: F:1: `spool.max_bytes` must be a size such as 16 MiB, not `-1`"),
        ("spool: {max_bytes: 99999999 TiB}", "value: F:1: `spool.max_bytes` is too large: `99999999 TiB`"),
        (
            "database: somewhere",
            "value: F:1: `database` must be `private`, postgresql://…, or key=value pairs"
        ),
        (
            "attribution: {trust_headers: 10.0.0.0/33}",
            "value: F:1: `attribution.trust_headers` must be loopback, none, or networks such as 10.0.0.0/8, "
                + "not `10.0.0.0/33`"
        ),
        (
            "upstreams: {a: {url: 'ftp://h'}}",
            "value: F:1: `upstreams.a.url` must begin with http:// or https://: `ftp://h`"
        ),
        (
            "upstreams: {a: {url: 'http://h:0'}}",
            "value: F:1: `upstreams.a.url` has no valid port: `http://h:0`"
        ),
        (
            "upstreams: {a: {url: 'http://me:secret@h'}}",
            "value: F:1: `upstreams.a.url` must not hold a credential; put it under `api_key`"
        ),
        ("data_dir: $HOME/x", "expansion: F:1: `data_dir` has a `$` that begins no ${NAME}"),
        ("data_dir: '${A:-b}'", "expansion: F:1: `data_dir` has `${A:-b}`, which names no variable"),
        (
            "upstreams:\n  a:\n    url: http://h\n    api_key: ${NOT_SET}",
            "unset-variable: F:4: `upstreams.a.api_key` needs the variable NOT_SET, which is not set"
        ),
        ("upstreams: {a: {api_key: x}}", "contradiction: `upstreams.a` has no `url`"),
        (
            "default_upstream: openai\nupstreams: {opnai: {url: 'http://h'}}",
            "contradiction: `default_upstream` is `openai`, which is no upstream; did you mean `opnai`?"
        ),
        ("listen: 127.0.0.1:1\nadmin: 127.0.0.1:1", "contradiction: the address 127.0.0.1:1 is used twice"),
        ("tls: {certificate: a.pem}", "contradiction: `tls` needs both `certificate` and `key`"),
        (
            "limits: {request_body: 1 MiB, inspect_body: 2 MiB}",
            "contradiction: `limits.inspect_body` is larger than `limits.request_body`"
        ),
        (
            "upstreams: {a: {url: 'http://h', ca_file: x}}",
            "contradiction: `upstreams.a.ca_file` needs a `url` that begins with https://"
        ),
        (
            "upstreams: {a: {url: 'http://h', headers: {'a b': c}}}",
            "contradiction: `upstreams.a.headers` has `a b`, which names no header field"
        ),
        (
            "upstreams: {a: {url: 'http://h', api_key: 'a b'}}",
            "contradiction: `upstreams.a.api_key` has a blank or a character that no key has"
        ),
    ]

    @Test("each mistake is named with its place", arguments: cases)
    func refused(yaml: String, problem: String) {
        let expected = "config." + problem.replacing("F:", with: "/etc/t/tollbook.yaml:")
        #expect(Loading.problems(yaml) == [expected])
    }

    @Test("broken YAML is told with line and column")
    func syntax() {
        let problems = Loading.problems("listen: [a\nb: c")
        #expect(problems.count == 1 && problems[0].hasPrefix("document.syntax: /etc/t/tollbook.yaml:2:"))
    }

    @Test("all problems are told at once")
    func several() {
        #expect(Loading.problems("durability: x\nthreads: y\nnope: z").count == 3)
    }

    @Test("a flag and a variable are named where they are wrong")
    func otherLayers() {
        #expect(
            Loading.problems("", environment: ["TOLLBOOK_THREADS": "x"])
                == [
                    "config.value: TOLLBOOK_THREADS: `threads` must be a whole number from 1 to 1024, not `x`"
                ])
        #expect(
            Loading.problems("", flags: [ConfigurationFlag(name: "--listen", key: "listen", value: "x")])
                == ["config.value: --listen: `listen` must be host:port or unix:/path, not `x`"])
    }
}
