import Mediation
import Terms
import Testing

@Suite struct AttributionTests {
    let headers = AttributionClaim(
        tenant: "acme", user: "ada", labels: [Label(key: "team", value: "search")])
    let body = AttributionClaim(
        tenant: "globex", user: "bob",
        labels: [Label(key: "app", value: "chat"), Label(key: "team", value: "x")])

    @Test("headers come before the body, field by field")
    func order() throws {
        let both = try #require(AttributionRules().resolve(headers: headers, body: body, trusted: true))
        #expect(both.tenant == "acme" && both.user == "ada")
        #expect(both.labels == [Label(key: "app", value: "chat"), Label(key: "team", value: "search")])
        var silent = headers
        silent.tenant = nil
        silent.user = nil
        let mixed = try #require(AttributionRules().resolve(headers: silent, body: body, trusted: true))
        #expect(mixed.tenant == "globex" && mixed.user == "bob")
    }

    @Test("an untrusted caller says who used it, never who pays")
    func untrusted() throws {
        let rules = AttributionRules(defaultTenant: "lobby")
        let attribution = try #require(rules.resolve(headers: headers, body: body, trusted: false))
        #expect(attribution.tenant == "lobby" && attribution.user == "ada")
        let none = try #require(AttributionRules().resolve(headers: headers, body: body, trusted: false))
        #expect(none.tenant == "unattributed")
        #expect(
            AttributionRules(requireTenant: true).resolve(headers: headers, body: body, trusted: false) == nil
        )
    }

    @Test("header values are percent-decoded")
    func decoding() throws {
        let claim = try AttributionClaim(tenant: "Caf%C3%A9 %26 Co", user: nil, labels: "a=1, b = x%2Cy ,c=")
        #expect(claim.tenant == "Café & Co")
        #expect(
            claim.labels == [
                Label(key: "a", value: "1"), Label(key: "b", value: "x,y"), Label(key: "c", value: ""),
            ])
    }

    @Test("a header that cannot be read is refused and says why")
    func refused() {
        let long = String(repeating: "x", count: 257)
        let many = (0..<17).map { "k\($0)=v" }.joined(separator: ",")
        #expect(throws: AttributionProblem.badValue(header: "x-tollbook-tenant")) {
            try AttributionClaim(tenant: "a%zz", user: nil, labels: nil)
        }
        #expect(throws: AttributionProblem.badValue(header: "x-tollbook-user")) {
            try AttributionClaim(tenant: nil, user: long, labels: nil)
        }
        #expect(throws: AttributionProblem.badValue(header: "x-tollbook-tenant")) {
            try AttributionClaim(tenant: "a%0Ab", user: nil, labels: nil)
        }
        #expect(throws: AttributionProblem.badLabel("novalue")) {
            try AttributionClaim(tenant: nil, user: nil, labels: "a=1,novalue")
        }
        #expect(throws: AttributionProblem.repeatedLabel("a")) {
            try AttributionClaim(tenant: nil, user: nil, labels: "a=1,a=2")
        }
        #expect(throws: AttributionProblem.tooManyLabels(17)) {
            try AttributionClaim(tenant: nil, user: nil, labels: many)
        }
    }

    @Test("names from bodies are cut at a character and lose control characters")
    func names() {
        #expect(AttributionRules.name("ad\u{0}a\n") == "ada")
        #expect(
            AttributionRules.name(String(repeating: "é", count: 200)) == String(repeating: "é", count: 128))
        #expect(AttributionRules.name("\u{1}") == nil)
    }
}
