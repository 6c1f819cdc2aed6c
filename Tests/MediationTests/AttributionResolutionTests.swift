import Mediation
import Terms
import Testing

@Suite struct AttributionResolutionTests {
    private static let key = AttributionClaim(
        tenant: "acme", user: "svc", labels: [Label(key: "team", value: "search")])
    private static let token = AttributionClaim(
        tenant: "acme", user: "alice",
        labels: [Label(key: "team", value: "t"), Label(key: "role", value: "dev")])
    private static let rule = AttributionClaim(labels: [Label(key: "kind", value: "batch")])

    private static func claim(_ tenant: String?, _ user: String? = nil, _ labels: [Label] = [])
        -> AttributionClaim
    {
        AttributionClaim(tenant: tenant, user: user, labels: labels)
    }

    @Test("a key's tenant, user and labels stand, whatever else is said and in whatever order")
    func keyWins() throws {
        var rules = AttributionRules(defaultTenant: "lobby")
        rules.order.user = [.body, .header]
        let claims = AttributionClaims(
            key: Self.key, header: Self.claim("acme", "mallory", [Label(key: "team", value: "x")]),
            body: Self.claim(nil, "eve", [Label(key: "app", value: "chat")]), rule: Self.rule)
        for trusted in [true, false] {
            let found = try rules.resolve(claims, trusted: trusted, keyID: "key_1")
            #expect(found.tenant == "acme" && found.user == "svc" && found.keyID == "key_1")
            #expect(
                found.labels == [
                    Label(key: "app", value: "chat"), Label(key: "kind", value: "batch"),
                    Label(key: "team", value: "search"),
                ])
        }
    }

    @Test("no source may name another tenant than the proven one, trusted or not", arguments: [true, false])
    func contradiction(trusted: Bool) {
        let rules = AttributionRules()
        func refusal(_ claims: AttributionClaims) -> AttributionRefusal? {
            do throws(AttributionRefusal) {
                _ = try rules.resolve(claims, trusted: trusted)
                return nil
            } catch { return error }
        }
        let other = Self.claim("globex")
        #expect(
            refusal(AttributionClaims(key: Self.key, header: other))
                == .otherTenant(source: "header", stated: "globex", proven: "acme"))
        #expect(
            refusal(AttributionClaims(key: Self.key, body: other))
                == .otherTenant(source: "body", stated: "globex", proven: "acme"))
        #expect(
            refusal(AttributionClaims(key: Self.key, token: other))
                == .otherTenant(source: "token", stated: "globex", proven: "acme"))
        #expect(
            refusal(AttributionClaims(token: Self.token, body: other))
                == .otherTenant(source: "body", stated: "globex", proven: "acme"))
        #expect(refusal(AttributionClaims(key: Self.key, token: Self.token)) == nil)
    }

    @Test("the configured order decides between sources without proof; one that is left out is not asked")
    func order() throws {
        var rules = AttributionRules()
        let claims = AttributionClaims(
            token: Self.claim(nil, "alice"), header: Self.claim("one", "bob"),
            body: Self.claim("two", "carol"))
        #expect(try rules.resolve(claims, trusted: true).tenant == "one")
        #expect(try rules.resolve(claims, trusted: true).user == "alice")
        rules.order.tenant = [.body]
        rules.order.user = [.body, .token]
        #expect(try rules.resolve(claims, trusted: true).tenant == "two")
        #expect(try rules.resolve(claims, trusted: true).user == "carol")
        rules.order.tenant = []
        rules.order.user = []
        #expect(try rules.resolve(claims, trusted: true).tenant == "unattributed")
        #expect(try rules.resolve(claims, trusted: true).user == "")
        rules.requireTenant = true
        #expect(throws: AttributionRefusal.noTenant) { try rules.resolve(claims, trusted: true) }
        #expect(try rules.resolve(AttributionClaims(token: Self.token), trusted: false).tenant == "acme")
    }

    @Test("a record keeps sixteen labels, the key's first")
    func limit() throws {
        let many = (0..<20).map { Label(key: "k\($0)", value: "v") }
        let found = try AttributionRules().resolve(
            AttributionClaims(key: Self.key, header: Self.claim(nil, nil, many)), trusted: true)
        #expect(found.labels.count == AttributionRules.labelLimit)
        #expect(found.labels.contains(Label(key: "team", value: "search")))
    }
}
