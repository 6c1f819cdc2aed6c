// How the process shows itself: the modes of its sockets, who may read its pages, the shape of its log, and
// what is left behind when it crashes.
import Terms

extension ConfigurationReader {
    /// Bytes of the shortest token: a shorter one can be guessed.
    private static let shortestToken = 16

    mutating func process() -> Configuration.Process {
        Configuration.Process(
            socketMode: UInt32(truncatingIfNeeded: number("socket_mode")), adminToken: text("admin_token"),
            adminTLS: flag("admin_tls"),
            logFormat: text("log.format").flatMap(Configuration.LogFormat.init) ?? .json,
            series: Int(number("metrics.series")), coreDumps: flag("core_dumps"))
    }

    /// A token has to fit into a header field, whole and hard to guess.
    mutating func checkToken() {
        guard let token = text("admin_token") else { return }
        if token.utf8.count < Self.shortestToken {
            problems.append(
                .contradiction(
                    "`admin_token` needs at least \(Self.shortestToken) bytes: "
                        + "`openssl rand -hex 32` makes one"
                ))
        } else if !token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) {
            problems.append(.contradiction("`admin_token` has a blank or a character that no token has"))
        }
    }
}
