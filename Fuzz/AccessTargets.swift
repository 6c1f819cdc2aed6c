// What callers show to be let in: keys and tokens, read before anybody is trusted.
import Access
import Terms

private let pepper = Pepper(Array("fuzz".utf8))!
private let start = Instant(microseconds: 0)
private let noKeys = AccessSnapshot(AccessState(), peppers: Peppers(current: pepper), at: start)
private let verifier = TokenVerifier(keys: [
    TokenKey.shared(Array("a secret that no input knows: 32 bytes".utf8))!
])

let accessTargets = [
    FuzzTarget(name: "key", longest: 128) { bytes in
        let text = String(decoding: bytes.array, as: UTF8.self)
        if let prefix = KeyText.prefix(of: text) {
            law(text.hasPrefix("tb_" + prefix) && prefix.utf8.count == 8, "a prefix is part of its key")
        }
        if case .valid = noKeys.verdict(on: text, at: start) { law(false, "somebody got in without a key") }
    },
    FuzzTarget(name: "token") { bytes in
        let text = String(decoding: bytes.array, as: UTF8.self)
        law((try? verifier.verify(text, at: start)) == nil, "a token that nobody signed was believed")
    },
    FuzzTarget(name: "token-keys") { bytes in
        if let keys = try? TokenKey.set(bytes.array) { law(!keys.isEmpty, "a set without keys is refused") }
    },
    FuzzTarget(name: "access-file") { bytes in
        let state = AccessFile.state(from: bytes.array, peppers: Peppers(current: pepper))
        law(state == nil, "a copy that nobody signed was believed")
    },
]
