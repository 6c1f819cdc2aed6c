// `config show` and `config example`: origins are told, secrets are not, and the example loads.
import Foundation
import Terms
import Testing

@testable import Commands

@Suite struct ConfigurationShowTests {
    @Test("no secret is shown, in neither form")
    func masking() throws {
        let configuration = try Loading.load(
            """
            database: postgresql://me:p%40ss@word@db/tollbook?password=hidden
            upstreams:
              a: {url: "https://h", api_key: sk-hidden, headers: {X-Token: hidden}}
            """,
            environment: [
                "TOLLBOOK_UPSTREAMS__B__API_KEY": "hidden", "TOLLBOOK_UPSTREAMS__B__URL": "http://b",
            ])
        for text in [configuration.text(), configuration.json()] {
            #expect(!text.contains("hidden") && !text.contains("p%40ss") && !text.contains("word@"))
            #expect(text.contains("postgresql://me:********@db/tollbook?password=********"))
        }
    }

    @Test(
        "passwords in connection texts",
        arguments: [
            ("host=h password=abc user=u", "host=h password=******** user=u"),
            ("password = 'a b\\'c' host=h", "password = ******** host=h"),
            ("postgresql://u@h/d", "postgresql://u@h/d"),
            ("postgresql://u:x@[::1]:5/d", "postgresql://u:********@[::1]:5/d"),
            ("postgresql:///d?host=/run&password=x&a=b", "postgresql:///d?host=/run&password=********&a=b"),
            ("password='open", "password=********"), ("password=", "password=********"), ("", ""),
        ])
    func conninfo(text: String, masked: String) {
        #expect(Configuration.masked(conninfo: text) == masked)
    }

    @Test("JSON tells key, value, origin and variable of each setting")
    func json() throws {
        let configuration = try Loading.load("listen: ['127.0.0.1:1', '127.0.0.1:2']\nspool: {keep: 1h}")
        let data = Data(configuration.json().utf8)
        let whole = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let settings = try #require(whole["settings"] as? [[String: Any]])
        let keep = try #require(settings.first { $0["key"] as? String == "spool.keep" })
        #expect(keep["value"] as? String == "1h")
        #expect(keep["origin"] as? String == "/etc/t/tollbook.yaml:2")
        #expect(keep["variable"] as? String == "TOLLBOOK_SPOOL__KEEP")
        let listen = try #require(settings.first { $0["key"] as? String == "listen" })
        #expect(listen["value"] as? [String] == ["127.0.0.1:1", "127.0.0.1:2"])
    }

    @Test("the example loads as it is, means the defaults, and has every setting")
    func example() throws {
        let example = Configuration.example()
        let loaded = try Loading.load(example)
        let defaults = try Configuration.load(environment: [:], reading: FakeFiles().read)
        #expect(loaded.upstreams.map(\.name) == ["anthropic", "ollama", "openai"])
        #expect(loaded.upstreams.allSatisfy { $0.apiKey == nil })
        #expect(loaded.limits == defaults.limits && loaded.spool == defaults.spool)
        #expect(loaded.attribution == defaults.attribution && loaded.listen == defaults.listen)
        for key in ConfigurationTable.keys {
            #expect(example.contains("\(key.levels.last!):"), "\(key.path)")
            #expect(example.contains(key.meaning), "\(key.path)")
        }
        #expect(example.split(separator: "\n").allSatisfy { $0.count <= 110 })
    }

    @Test("every default is a value of its kind")
    func defaults() throws {
        for key in ConfigurationTable.keys {
            if let standard = key.standard { #expect(throws: Never.self) { try key.kind.read(standard) } }
        }
    }

    @Test("no text makes loading trap: mutated examples from a seed")
    func mutations() {
        var state: UInt64 = 42
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let example = Array(Configuration.example().utf8)
        for _ in 0..<500 {
            var bytes = example
            for _ in 0...next(8) {
                switch next(3) {
                case 0: bytes[next(bytes.count)] = UInt8(next(256))
                case 1: bytes.remove(at: next(bytes.count))
                default: bytes.insert(UInt8(ascii: "$"), at: next(bytes.count))
                }
            }
            _ = try? Loading.load(String(decoding: bytes, as: UTF8.self))
        }
    }
}
