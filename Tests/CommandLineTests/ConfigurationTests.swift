// The configuration from outside: layers and their order, what each value means, and what is refused
// with which words.
import Terms
import Testing

@testable import Commands

/// Files in memory, so that a test says in one place what is where.
struct FakeFiles {
    var files: [String: String] = [:]

    func read(_ path: String) throws(FileProblem) -> [UInt8]? {
        guard let text = files[path] else { return nil }
        if text == "DENIED" { throw FileProblem(path: path, reason: "Permission denied") }
        return Array(text.utf8)
    }
}

enum Loading {
    static func load(
        _ yaml: String, environment: [String: String] = [:], flags: [ConfigurationFlag] = []
    ) throws -> Configuration {
        let files = FakeFiles(files: ["/etc/t/tollbook.yaml": yaml])
        return try Configuration.load(
            path: "/etc/t/tollbook.yaml", environment: environment, flags: flags, reading: files.read)
    }

    /// `code: problem` of each problem.
    static func problems(
        _ yaml: String, environment: [String: String] = [:], flags: [ConfigurationFlag] = []
    ) -> [String] {
        do {
            _ = try load(yaml, environment: environment, flags: flags)
            return []
        } catch let error as ConfigurationProblems {
            return error.diagnoses.map { "\($0.code): \($0.problem)" }
        } catch {
            return ["\(error)"]
        }
    }
}

@Suite struct ConfigurationTests {
    static let design = """
        listen: 127.0.0.1:4141
        admin: 127.0.0.1:4142
        database: postgresql:///tollbook
        data_dir: ./tollbook-data
        durability: strict
        default_upstream: openai
        upstreams:
          openai:
            url: https://api.openai.com
            api_key: "${OPENAI_API_KEY}"
          anthropic:
            url: https://api.anthropic.com
            api_key: "${ANTHROPIC_API_KEY}"
          ollama:
            url: http://127.0.0.1:11434
        attribution:
          require_tenant: false
          trust_headers: loopback
        prices: [pricing/]
        limits:
          request_body: 1 GiB
        """

    @Test("the file of the documentation means what it says")
    func documented() throws {
        let configuration = try Loading.load(
            Self.design, environment: ["OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-2"])
        #expect(configuration.listen == [.tcp(host: "127.0.0.1", port: 4141)])
        #expect(configuration.admin == .tcp(host: "127.0.0.1", port: 4142))
        #expect(configuration.database == .conninfo("postgresql:///tollbook"))
        #expect(configuration.dataDirectory == "/etc/t/tollbook-data")
        #expect(configuration.durability == .strict)
        #expect(configuration.upstreams.map(\.name) == ["anthropic", "ollama", "openai"])
        #expect(configuration.upstreams.map(\.apiKey) == ["sk-2", nil, "sk-1"])
        #expect(configuration.upstreams[1].url.port == 11434 && !configuration.upstreams[1].url.isTLS)
        #expect(configuration.upstreams[2].url.port == 443 && configuration.upstreams[2].url.isTLS)
        #expect(configuration.prices == ["/etc/t/pricing/"])
        #expect(configuration.limits.requestBodyBytes == 1 << 30)
        #expect(configuration.limits.inspectBodyBytes == 16 << 20)
        #expect(
            configuration.spool
                == .init(maxBytes: 1 << 30, policy: .refuse, keepSeconds: 86_400, openAfterSeconds: 0))
        #expect(configuration.missingForServing == nil)
    }

    @Test("without any file the defaults hold, and serving names what is missing")
    func defaults() throws {
        let configuration = try Configuration.load(environment: [:], reading: FakeFiles().read)
        #expect(configuration.file == nil && configuration.upstreams.isEmpty && configuration.prices == nil)
        #expect(configuration.attribution.defaultTenant == "unattributed")
        #expect(configuration.attribution.trustedCallers.loopback)
        #expect(configuration.threads == nil && configuration.drainTimeoutMilliseconds == 30_000)
        #expect(configuration.missingForServing?.code == "config.no-upstream")
    }

    @Test("--config, then the variable, then the two places, in this order")
    func order() throws {
        var files = FakeFiles(files: [
            "tollbook.yaml": "durability: relaxed", "/etc/tollbook/tollbook.yaml": "threads: 3",
            "mine.yaml": "threads: 5",
        ])
        func load(_ path: String?, _ environment: [String: String] = [:]) throws -> Configuration {
            try Configuration.load(path: path, environment: environment, reading: files.read)
        }
        #expect(try load(nil).durability == .relaxed)
        #expect(try load(nil, ["TOLLBOOK_CONFIG": "mine.yaml"]).threads == 5)
        #expect(try load("mine.yaml", ["TOLLBOOK_CONFIG": "absent.yaml"]).file == "mine.yaml")
        files.files["tollbook.yaml"] = nil
        #expect(try load(nil).threads == 3)
        #expect(throws: ConfigurationProblems.self) { try load("absent.yaml") }
        #expect(throws: ConfigurationProblems.self) { try load(nil, ["TOLLBOOK_CONFIG": "absent.yaml"]) }
        files.files["tollbook.yaml"] = "DENIED"
        #expect(throws: ConfigurationProblems.self) { try load(nil) }
    }

    @Test("command line over environment over file over default, and an empty variable says nothing")
    func precedence() throws {
        let yaml = "spool: {policy: pass, keep: 1h}\nlisten: 0.0.0.0:80"
        let environment = [
            "TOLLBOOK_SPOOL__KEEP": "2h", "TOLLBOOK_LISTEN": "[::1]:4141, unix:/run/t.sock",
            "TOLLBOOK_ADMIN": "",
        ]
        let flag = ConfigurationFlag(name: "--keep", key: "spool.keep", value: "3h")
        let configuration = try Loading.load(yaml, environment: environment, flags: [flag])
        #expect(configuration.spool.policy == .pass && configuration.spool.keepSeconds == 10_800)
        #expect(configuration.listen.map(\.text) == ["[::1]:4141", "unix:/run/t.sock"])
        #expect(configuration.admin?.text == "127.0.0.1:4142")
        let origins = Dictionary(
            uniqueKeysWithValues: configuration.settings.map { ($0.path, $0.origin.text) })
        #expect(origins["spool.keep"] == "--keep")
        #expect(origins["spool.policy"] == "/etc/t/tollbook.yaml:1")
        #expect(origins["listen"] == "TOLLBOOK_LISTEN")
        #expect(origins["admin"] == "default")
    }

    @Test("variables reach upstreams, also new ones; stray ones are warned of")
    func upstreamVariables() throws {
        let environment = [
            "TOLLBOOK_UPSTREAMS__MY_VLLM__API_KEY": "k1", "TOLLBOOK_UPSTREAMS__EXTRA__URL": "http://h:1/v1/",
            "TOLLBOOK_LISTN": "x", "TOLLBOOK_CORPUS": "/somewhere",
        ]
        let configuration = try Loading.load(
            "upstreams: {My-vLLM: {url: 'http://127.0.0.1:8000'}}", environment: environment)
        #expect(configuration.upstreams.map(\.name) == ["My-vLLM", "extra"])
        #expect(configuration.upstreams[0].apiKey == "k1")
        #expect(configuration.upstreams[1].url.prefix == "/v1")
        #expect(configuration.warnings == ["the variable TOLLBOOK_LISTN is no setting and has no effect"])
    }

    @Test("a variable in the file is text, whatever it holds")
    func expansion() throws {
        let configuration = try Loading.load(
            "data_dir: '/d/${A}$$${B:-}x'\nattribution: {default_tenant: \"${C}\"}",
            environment: ["A": "1: [2, {", "C": "true"])
        #expect(configuration.dataDirectory == "/d/1: [2, {$x")
        #expect(configuration.attribution.defaultTenant == "true")
    }

    @Test(
        "sizes and times",
        arguments: [
            ("16 MiB", 16 << 20), ("1GiB", 1 << 30), ("1.5 KiB", 1536), ("10 MB", 10_000_000), ("77", 77),
        ])
    func sizes(text: String, bytes: Int) throws {
        #expect(try Loading.load("limits: {drain_bytes: \(text)}").limits.drainBytes == bytes)
    }

    @Test(
        "times",
        arguments: [
            ("250ms", 250), ("30s", 30_000), ("5m", 300_000), ("24h", 86_400_000), ("7d", 604_800_000),
            ("12", 12_000), ("1.5s", 1500),
        ])
    func times(text: String, milliseconds: Int) throws {
        #expect(try Loading.load("drain_timeout: \(text)").drainTimeoutMilliseconds == milliseconds)
    }

    @Test("trusted callers are loopback, none, or networks")
    func callers() throws {
        func callers(_ text: String) throws -> TrustedCallers {
            try Loading.load("attribution: {trust_headers: \(text)}").attribution.trustedCallers
        }
        let loopback = try callers("loopback")
        #expect(loopback.trusts(nil) && loopback.trusts([127, 0, 0, 1]) && loopback.trusts([127, 9, 9, 9]))
        #expect(loopback.trusts(Array(repeating: 0, count: 15) + [1]))
        #expect(loopback.trusts(Array(repeating: 0, count: 10) + [255, 255, 127, 0, 0, 1]))
        #expect(!loopback.trusts([10, 0, 0, 1]))
        let none = try callers("none")
        #expect(!none.trusts(nil) && !none.trusts([127, 0, 0, 1]))
        let networks = try callers("[10.0.0.0/8, 192.168.7.128/25, 'fd00::/8', loopback]")
        #expect(networks.trusts([10, 200, 3, 4]) && networks.trusts([127, 0, 0, 1]))
        #expect(networks.trusts([192, 168, 7, 200]) && !networks.trusts([192, 168, 7, 100]))
        #expect(networks.trusts([0xfd, 1] + Array(repeating: 0, count: 14)))
        #expect(!networks.trusts([11, 0, 0, 1]))
    }
}
