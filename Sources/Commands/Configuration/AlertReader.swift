// `alerts`: webhooks and the secret that signs what they get. Without a secret nobody could tell an alert
// from somebody else's, so there is no webhook without one.

extension ConfigurationReader {
    /// Bytes of the shortest secret.
    private static let shortestSecret = 16

    mutating func alerts() -> AlertSettings {
        var settings = AlertSettings()
        let items: [SettingValue] =
            switch value("alerts.webhooks") {
            case .list(let items)?: items
            case .url(let url)?: [.url(url)]
            default: []
            }
        for item in items {
            guard case .url(let url) = item else { continue }
            let host = url.host.contains(":") ? "[\(url.host)]" : url.host
            settings.endpoints.append(
                AlertSettings.Endpoint(
                    text: "\(url.isTLS ? "https" : "http")://\(host):\(url.port)\(url.prefix)", url: url))
        }
        guard !settings.endpoints.isEmpty else { return settings }
        let secret = text("alerts.secret") ?? ""
        if secret.utf8.count < Self.shortestSecret {
            problems.append(
                .contradiction(
                    "`alerts.webhooks` needs `alerts.secret` of at least \(Self.shortestSecret) bytes: "
                        + "`openssl rand -hex 32` makes one"))
        }
        settings.secret = secret
        return settings
    }
}
