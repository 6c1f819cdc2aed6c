// From the settings about callers to the rules that loops work with.
import Access
import Mediation
import Terms

extension CallerRules {
    /// Reads the key files.
    ///
    /// - Throws: exit code 78 for a key that is missing, broken or too short.
    static func load(_ settings: CallerSettings) throws(Failure) -> CallerRules {
        var rules = CallerRules()
        rules.requiresKey = settings.requiresKey
        rules.labels = LabelRules(headers: settings.labelHeaders, paths: settings.pathLabels)
        guard let tokens = settings.tokens else { return rules }
        var keys: [TokenKey] = []
        if let secret = tokens.secret {
            guard let key = TokenKey.shared(Array(secret.utf8)) else {
                throw refusal(
                    "jwt.secret has fewer than \(TokenKey.secretLimit) bytes",
                    "use a random text of that length at least (`openssl rand -hex 32`)")
            }
            keys.append(key)
        }
        if let file = tokens.keyFile { keys += try read(file) }
        var verifier = TokenVerifier(keys: keys)
        verifier.issuer = tokens.issuer
        verifier.audience = tokens.audience
        verifier.leeway = tokens.leewaySeconds
        verifier.tenantClaim = tokens.tenantClaim
        verifier.userClaim = tokens.userClaim
        verifier.labelClaims = tokens.labelClaims
        rules.tokens = verifier
        return rules
    }

    private static func read(_ file: String) throws(Failure) -> [TokenKey] {
        let bytes: [UInt8]?
        do throws(FileProblem) { bytes = try Files.read(file) } catch {
            throw refusal(
                "\(file) cannot be read: \(error.reason)", "let this user read jwt.jwks")
        }
        guard let bytes else { throw refusal("there is no file \(file)", "correct jwt.jwks") }
        do throws(TokenKeyProblem) { return try TokenKey.set(bytes) } catch {
            throw refusal("\(file) \(error.words)", "put a JWKS (RFC 7517) there")
        }
    }

    private static func refusal(_ problem: String, _ remedy: String) -> Failure {
        Failure(
            .configuration,
            Diagnosis(
                code: "config.token-keys", problem: problem,
                effect: "tokens could not be checked, so nothing was started", remedy: remedy))
    }
}

extension AttributionOrder {
    init(_ settings: CallerSettings) {
        self.init()
        if let words = settings.tenantOrder { tenant = words.compactMap(AttributionSource.init) }
        if let words = settings.userOrder { user = words.compactMap(AttributionSource.init) }
        if let words = settings.labelOrder { labels = words.compactMap(AttributionSource.init) }
    }
}
