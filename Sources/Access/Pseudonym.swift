// The name under which a user is recorded where `privacy.user` is `hmac`: the same for the same user of the
// same tenant on every sidecar with the same pepper, and of no use to whoever does not have the pepper.

extension Pepper {
    /// `u_` and 24 hexadecimal digits.
    public func pseudonym(of user: String, tenant: String) -> String {
        // The length keeps `a` of `bc` apart from `ab` of `c`.
        let message = "\(tenant.utf8.count):\(tenant)\(user)"
        return "u_" + Pepper.hex(derived(for: "user").digest(of: message.utf8)[..<12])
    }
}
