// Tokens: those that are accepted, and the ways in which others tried to be.
import Foundation
import Terms
import Testing

@testable import Access

@Suite struct TokenTests {
    private static let secret = Array("a shared secret of more than thirty-two bytes".utf8)
    private static let head = #"{"alg":"HS256","typ":"JWT"}"#
    private static let body = #"{"tenant":"acme","sub":"alice","exp":1795305600}"#  // noon and 12 hours

    private static func token(
        _ head: String = TokenTests.head, _ body: String = TokenTests.body,
        secret: [UInt8] = TokenTests.secret
    ) -> String {
        let message = Base64URL.text(head.utf8) + "." + Base64URL.text(body.utf8)
        return message + "." + Base64URL.text(hmac(secret, Array(message.utf8)))
    }

    private static func verifier(_ change: (inout TokenVerifier) -> Void = { _ in }) -> TokenVerifier {
        var verifier = TokenVerifier(keys: [TokenKey.shared(secret)!])
        change(&verifier)
        return verifier
    }

    private static func publicVerifier() throws -> TokenVerifier {
        var verifier = TokenVerifier(keys: try TokenKey.set(Array(TokenFixtures.keys.utf8)))
        verifier.issuer = "https://login.example.com"
        verifier.audience = "tollbook"
        verifier.tenantClaim = "org.tenant"
        verifier.labelClaims = ["team": "team"]
        return verifier
    }

    private func problem(_ text: String, _ verifier: TokenVerifier) -> TokenProblem? {
        do throws(TokenProblem) {
            _ = try verifier.verify(text, at: noon)
            return nil
        } catch { return error }
    }

    @Test("HS256, RS256 and ES256 are accepted, with the claims that are mapped")
    func accepted() throws {
        let claims = try Self.verifier().verify(Self.token(), at: noon)
        #expect(claims.tenant == "acme" && claims.user == "alice" && claims.labels.isEmpty)
        #expect(claims.expiresAt == Instant(microseconds: (1_795_305_600 + 30) * 1_000_000))
        for token in [TokenFixtures.rs256, TokenFixtures.es256] {
            let claims = try Self.publicVerifier().verify(token, at: noon)
            #expect(claims.tenant == "acme" && claims.user == "alice")
            #expect(claims.labels == [Label(key: "team", value: "search")])
        }
    }

    @Test(
        "no algorithm, and every other one than the key's, is refused",
        arguments: [
            #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":"nOnE"}"#, #"{"alg":""}"#, "{}",
            #"{"alg":null}"#,
            #"{"alg":"HS384"}"#, #"{"alg":"HS512"}"#, #"{"alg":"PS256"}"#, #"{"alg":["HS256"]}"#,
            #"{"alg":"hs256"}"#,
        ])
    func algorithms(head: String) {
        let signed = Self.token(head)
        guard case .algorithm? = problem(signed, Self.verifier()) else {
            Issue.record("\(head) was not refused for its algorithm")
            return
        }
        let unsigned = signed[...signed.lastIndex(of: ".")!]
        #expect(problem(String(unsigned), Self.verifier()) != nil)
    }

    @Test("a public key is no secret: HS256 signed with it is refused")
    func confusion() throws {
        let verifier = try Self.publicVerifier()
        let claims = #"{"iss":"https://login.example.com","aud":"tollbook","exp":4102444800}"#
        for secret in [TokenFixtures.publicPEM, TokenFixtures.publicPEM + "\n", TokenFixtures.keys] {
            for head in [Self.head, #"{"alg":"HS256","kid":"r1"}"#] {
                #expect(
                    problem(Self.token(head, claims, secret: Array(secret.utf8)), verifier) == .unknownKey)
            }
        }
        // The signature of one algorithm under the name of the other.
        let parts = TokenFixtures.rs256.split(separator: ".")
        let renamed = Base64URL.text(#"{"alg":"ES256","kid":"e1"}"#.utf8) + "." + parts[1] + "." + parts[2]
        #expect(problem(renamed, verifier) == .badSignature)
        let otherKey = Base64URL.text(#"{"alg":"RS256","kid":"e1"}"#.utf8) + "." + parts[1] + "." + parts[2]
        #expect(problem(otherKey, verifier) == .unknownKey)
    }

    @Test("a token with any character changed is refused")
    func changed() throws {
        let verifier = try Self.publicVerifier()
        for token in [TokenFixtures.rs256, TokenFixtures.es256] {
            let bytes = Array(token.utf8)
            for index in stride(from: 0, to: bytes.count, by: 7) {
                var changed = bytes
                changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                #expect(problem(String(decoding: changed, as: UTF8.self), verifier) != nil, "\(index)")
            }
        }
    }

    @Test(
        "what can be read in two ways is refused",
        arguments: [
            (#"{"alg":"HS256","alg":"none"}"#, TokenTests.body),
            (#"{"alg":"HS256","crit":["exp"]}"#, TokenTests.body),
            (TokenTests.head, #"{"tenant":"acme","tenant":"globex","exp":1795305600}"#),
            (TokenTests.head, "[]"), (TokenTests.head, ""),
            ("[]", TokenTests.body), ("", TokenTests.body),
            (TokenTests.head, #"{"tenant":"acme","exp":1795305600} "x""#),
        ])
    func ambiguous(head: String, body: String) {
        #expect(problem(Self.token(head, body), Self.verifier()) == .malformed)
    }

    @Test("parts that are missing, too many, padded or endless are refused")
    func shapes() {
        let token = Self.token()
        for text in [
            "", ".", "..", "...", "a.b.c", token + ".", "." + token, token + "=", token + "A",
            " " + token, token.replacingOccurrences(of: ".", with: ".."),
        ] {
            #expect(
                problem(text, Self.verifier()) == .malformed
                    || problem(text, Self.verifier()) == .badSignature)
            #expect(problem(text, Self.verifier()) != nil, "\(text)")
        }
        let long = #"{"tenant":"\#(String(repeating: "x", count: 9000))","exp":1795305600}"#
        #expect(problem(Self.token(Self.head, long), Self.verifier()) == .malformed)
    }

    @Test(
        "times, issuer and audience are checked",
        arguments: [
            (#""exp":1795262370"#, TokenProblem.expired as TokenProblem?), (#""exp":1795262371"#, nil),
            (#""sub":"x""#, .noExpiry), (#""exp":"1795305600""#, .noExpiry), (#""exp":null"#, .noExpiry),
            (#""exp":-1"#, .noExpiry), (#""exp":99999999999999999999"#, .noExpiry),
            (#""exp":1795305600.9"#, nil),
            (#""exp":1795305600,"nbf":1795262431"#, .notYetValid),
            (#""exp":1795305600,"nbf":1795262430"#, nil),
            (#""exp":1795305600,"nbf":"soon""#, .notYetValid),
            (#""exp":1795305600,"aud":"them""#, .otherAudience),
            (#""exp":1795305600,"aud":[]"#, .otherAudience),
        ])
    func claims(fields: String, expected: TokenProblem?) {
        // The clocks may differ by 30 seconds.
        #expect(noon.seconds == 1_795_305_600 - 43_200)
        #expect(
            problem(Self.token(Self.head, "{\"tenant\":\"acme\",\(fields)}"), Self.verifier()) == expected)
    }

    @Test("issuer and audience must be the configured ones")
    func parties() {
        let verifier = Self.verifier {
            $0.issuer = "us"
            $0.audience = "tollbook"
        }
        let words: [(String, TokenProblem?)] = [
            (#""iss":"us","aud":"tollbook""#, nil), (#""iss":"us","aud":["a","tollbook"]"#, nil),
            (#""iss":"them","aud":"tollbook""#, .otherIssuer), (#""aud":"tollbook""#, .otherIssuer),
            (#""iss":["us"],"aud":"tollbook""#, .otherIssuer), (#""iss":"us""#, .otherAudience),
            (#""iss":"us","aud":"toll""#, .otherAudience),
            (#""iss":"us","aud":{"tollbook":1}"#, .otherAudience),
        ]
        for (fields, expected) in words {
            #expect(
                problem(Self.token(Self.head, "{\"exp\":1795305600,\(fields)}"), verifier) == expected,
                "\(fields)")
        }
    }

    @Test(
        "a key file is refused with words that say why",
        arguments: [
            ("", "is no JSON"), ("{}", "is no JSON"), (#"{"keys":[]}"#, "has no key for"),
            (#"{"keys":[{"kty":"oct","k":"c2hvcnQ"}]}"#, "fewer than 32 bytes"),
            (#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#, "fewer than 2048 bits"),
            (#"{"keys":[{"kty":"RSA","e":"AQAB"}]}"#, "without a readable `n`"),
            (#"{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}"#, "not of P-256"),
        ])
    func keyFiles(text: String, words: String) {
        #expect {
            try TokenKey.set(Array(text.utf8))
        } throws: { error in
            (error as? TokenKeyProblem)?.words.contains(words) == true
        }
    }

    @Test("a point that is not on the curve is no key")
    func curve() {
        let zeros = String(repeating: "A", count: 42) + "E"
        let text = #"{"keys":[{"kty":"EC","crv":"P-256","x":"\#(zeros)","y":"\#(zeros)"}]}"#
        #expect(throws: TokenKeyProblem.self) { try TokenKey.set(Array(text.utf8)) }
    }
}
