// Keys: their spelling, what is kept of them, and what a snapshot says when one is presented.
import Foundation
import Terms
import Testing

@testable import Access

let pepper = Pepper(Array("a pepper for tests".utf8))!
let other = Pepper(Array("another pepper".utf8))!

func at(_ text: String) -> Instant { Instant(rfc3339: text)! }
let noon = at("2026-11-21T12:00:00Z")

/// A key of acme with a secret made from one repeated byte.
func made(
    _ byte: UInt8, pepper: Pepper = pepper, change: (inout GatewayKey) -> Void = { _ in }
) -> (text: String, key: GatewayKey, secret: KeySecret) {
    let text = KeyText.secret(random: [UInt8](repeating: byte, count: KeyText.randomBytes))
    var key = GatewayKey(id: "key_\(byte)", tenant: "acme", createdAt: noon)
    change(&key)
    let secret = KeySecret(
        tenant: key.tenant, keyID: key.id, prefix: KeyText.prefix(of: text)!, pepperID: pepper.id,
        digest: pepper.digest(of: text.utf8), createdAt: noon)
    return (text, key, secret)
}

func snapshot(_ all: [(text: String, key: GatewayKey, secret: KeySecret)], peppers: Peppers? = nil)
    -> AccessSnapshot
{
    AccessSnapshot(
        AccessState(version: 1, keys: all.map(\.key), secrets: all.map(\.secret)),
        peppers: peppers ?? Peppers(current: pepper), at: noon)
}

extension KeyVerdict {
    var words: String {
        switch self {
        case .valid(let grant): "valid \(grant.key.id)"
        case .unknown: "unknown"
        case .expired(let id): "expired \(id)"
        case .revoked(let id): "revoked \(id)"
        case .archived(let tenant): "archived \(tenant)"
        case .notKnownYet: "not known yet"
        }
    }
}

@Suite struct KeyTests {
    @Test("a key is tb_, eight characters of prefix and 32 random bytes")
    func spelling() {
        var random = [UInt8](repeating: 0, count: KeyText.randomBytes)
        for index in random.indices { random[index] = UInt8(index) }
        let text = KeyText.secret(random: random)
        #expect(text == "tb_aaaqeayeBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQ")
        #expect(text.utf8.count == KeyText.length)
        #expect(KeyText.prefix(of: text) == "aaaqeaye")
        #expect(KeyText.id(random: [UInt8](repeating: 255, count: 10)) == "key_7777777777777777")
    }

    @Test(
        "what is not spelled like a key has no prefix",
        arguments: [
            "", "tb_", "tb_aaaqeaye", "sk-aaaqeayeBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQ",
            "tb_AAAQEAYEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQ",
            "tb_aaaqeayeBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQ=",
            "tb_aaaqeayeBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiI+Q",
            "tb_aaaqeayeBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyR",
        ])
    func misspelled(text: String) { #expect(KeyText.prefix(of: text) == nil) }

    @Test("an empty pepper is none; two peppers have two names and two digests")
    func peppers() {
        #expect(Pepper([]) == nil)
        #expect(pepper.id != other.id && pepper.id.count == 8)
        #expect(pepper.digest(of: "x".utf8) != other.digest(of: "x".utf8))
        // RFC 4231, case 2.
        let known = Pepper(Array("Jefe".utf8))!.digest(of: "what do ya want for nothing?".utf8)
        #expect(Pepper.hex(known) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test("the right secret is valid, any other is not, whatever it shares with it")
    func lookup() {
        let one = made(1)
        let two = made(2)
        let all = snapshot([one, two])
        #expect(all.verdict(on: one.text, at: noon).words == "valid key_1")
        #expect(all.verdict(on: two.text, at: noon).words == "valid key_2")
        // The same prefix, another secret.
        let forged = String(one.text.prefix(11)) + String(two.text.dropFirst(11))
        #expect(KeyText.prefix(of: forged) == one.secret.prefix)
        #expect(all.verdict(on: forged, at: noon).words == "unknown")
        #expect(all.verdict(on: made(3).text, at: noon).words == "unknown")
        #expect(all.verdict(on: "tb_", at: noon).words == "unknown")
        #expect(AccessSnapshot().verdict(on: one.text, at: noon).words == "not known yet")
    }

    @Test("expired, revoked and archived are told apart, at the instant itself")
    func ends() {
        let expiring = made(1) { $0.expiresAt = at("2026-11-21T13:00:00Z") }
        let revoked = made(2) { $0.revokedAt = noon }
        let archived = made(3) { $0.tenant = "gone" }
        var rotated = made(4)
        rotated.secret.expiresAt = at("2026-11-21T12:30:00Z")
        let all = [expiring, revoked, archived, rotated]
        let state = AccessState(
            version: 1, tenants: [Tenant(name: "gone", createdAt: noon, archivedAt: noon)],
            keys: all.map(\.key), secrets: all.map(\.secret))
        let found = AccessSnapshot(state, peppers: Peppers(current: pepper), at: noon)
        #expect(
            found.verdict(on: expiring.text, at: at("2026-11-21T12:59:59.999999Z")).words == "valid key_1")
        #expect(found.verdict(on: expiring.text, at: at("2026-11-21T13:00:00Z")).words == "expired key_1")
        #expect(found.verdict(on: revoked.text, at: noon).words == "revoked key_2")
        #expect(found.verdict(on: archived.text, at: noon).words == "archived gone")
        #expect(found.verdict(on: rotated.text, at: noon).words == "valid key_4")
        #expect(found.verdict(on: rotated.text, at: at("2026-11-21T12:30:00Z")).words == "expired key_4")
    }

    @Test("keys of the previous pepper work while it is given, and a missing pepper is named")
    func twoPeppers() {
        let old = made(1, pepper: other)
        #expect(
            snapshot([old], peppers: Peppers(current: pepper, previous: other)).verdict(
                on: old.text, at: noon
            ).words == "valid key_1")
        let without = snapshot([old])
        #expect(without.verdict(on: old.text, at: noon).words == "not known yet")
        #expect(without.missingPeppers == [other.id])
        #expect(snapshot([made(1, pepper: other) { $0.revokedAt = noon }]).missingPeppers == [])
    }

    @Test("restrictions: upstreams by name, models by name or pattern")
    func restrictions() throws {
        let key = made(1) {
            $0.upstreams = ["openai"]
            $0.models = ["gpt-5*", "text-*-small", "o3"]
        }
        guard case .valid(let grant) = snapshot([key]).verdict(on: key.text, at: noon) else {
            Issue.record("the key is valid")
            return
        }
        #expect(grant.allows(upstream: "openai") && !grant.allows(upstream: "openai2"))
        for model in ["gpt-5", "gpt-5-mini", "text-embedding-3-small", "o3"] {
            #expect(grant.allows(model: model), "\(model)")
        }
        for model in ["gpt-4o", "xgpt-5", "text-small", "text-embedding-3-small2", "o3-pro", ""] {
            #expect(!grant.allows(model: model), "\(model)")
        }
        #expect(Glob("*").matches("") && Glob("a**b").matches("ab") && !Glob("a*a").matches("a"))
    }
}

@Suite struct AccessFileTests {
    private let state = AccessState(
        version: 7,
        tenants: [
            Tenant(name: "acme \"quoted\"\n", currency: "EUR", costCenter: "47", createdAt: noon),
            Tenant(name: "old", createdAt: noon, archivedAt: noon),
        ],
        keys: [
            GatewayKey(
                id: "key_1", tenant: "acme", name: "n", user: "null", upstreams: ["openai"], models: ["*"],
                labels: [Label(key: "a", value: "true"), Label(key: "b", value: "")], createdAt: noon,
                expiresAt: at("2027-01-01T00:00:00Z"))
        ],
        secrets: [made(1).secret])

    @Test("what was written is read back, signed with either pepper")
    func roundTrip() {
        let bytes = AccessFile.bytes(of: state, signedWith: pepper)
        #expect(AccessFile.state(from: bytes, peppers: Peppers(current: pepper)) == state)
        #expect(AccessFile.state(from: bytes, peppers: Peppers(current: other, previous: pepper)) == state)
    }

    @Test("a file of another pepper, or with any byte changed, is not believed")
    func forged() {
        let bytes = AccessFile.bytes(of: state, signedWith: pepper)
        #expect(AccessFile.state(from: bytes, peppers: Peppers(current: other)) == nil)
        #expect(AccessFile.state(from: bytes, peppers: Peppers()) == nil)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            #expect(AccessFile.state(from: changed, peppers: Peppers(current: pepper)) == nil, "\(index)")
        }
        #expect(AccessFile.state(from: Array(bytes.dropLast()), peppers: Peppers(current: pepper)) == nil)
    }
}
