// `key rotate`, `key expire` and `key revoke`: the three ways in which a secret stops working. Each reaches
// every sidecar within 5 seconds.
import Terms

struct KeyRotateCommand: Command {
    static let help = Help(
        "key rotate", "give a key a new secret and end the old one",
        operands: [KeyOperand.help],
        options: [
            .init("--overlap", "DURATION", "how long the old secret goes on working", fallback: "0s"),
            Format.option([.text, .json]), AccessOptions.help,
        ],
        examples: [.init("tollbook key rotate acme/checkout --overlap 24h", "a day to bring out the new one")]
    )

    private let options: AccessOptions
    private let name: String
    private let overlap: Int64
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        options = AccessOptions(arguments)
        name = try arguments.operand(0) ?? ""
        overlap =
            try arguments.value("--overlap", expected: "a duration such as 24h") { text -> Int64? in
                guard case .number(let milliseconds)? = try? SettingKind.duration.read(text) else {
                    return nil
                }
                return milliseconds / 1000
            } ?? 0
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let made = try options.withDesk(in: world) { desk throws(Failure) -> ShownSecret in
            let key = try desk.key(named: name)
            guard key.state(at: desk.now) == .active else { throw Self.ended(key) }
            return ShownSecret(key, try desk.rotate(key, overlap: overlap))
        }
        made.show(format, in: world)
        return .done
    }

    private static func ended(_ key: GatewayKey) -> Failure {
        Failure(
            .couldNot,
            Diagnosis(
                code: "key.ended", problem: "the key \(key.id) is revoked or expired",
                effect: "it got no new secret", remedy: "make another with `tollbook key create`"))
    }
}

struct KeyExpireCommand: Command {
    static let help = Help(
        "key expire", "set when a key stops working",
        operands: [KeyOperand.help],
        options: [
            .init("--at", "TIME", "a date, a time, or a duration such as 90d", fallback: "now"),
            AccessOptions.help,
        ],
        examples: [.init("tollbook key expire acme/checkout --at 2027-01-01", "the end of a contract")])

    private let options: AccessOptions
    private let name: String
    private let at: Moment?

    init(_ arguments: Arguments) throws(UsageError) {
        options = AccessOptions(arguments)
        name = try arguments.operand(0) ?? ""
        at = try arguments.moment("--at")
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let key = try options.withDesk(in: world) { desk throws(Failure) -> GatewayKey in
            var key = try desk.key(named: name)
            key.expiresAt = at?.instant(from: desk.now) ?? desk.now
            try desk.save(key, action: "key.expire")
            return key
        }
        world.out.write("key \(key.id) expires at \(key.expiresAt?.rfc3339 ?? "")\n")
        return .done
    }
}

struct KeyRevokeCommand: Command {
    static let help = Help(
        "key revoke", "end a key at once and for good",
        details:
            "Every sidecar that reaches PostgreSQL refuses it within 5 seconds. What it spent stays booked.",
        operands: [KeyOperand.help], options: [AccessOptions.help],
        examples: [.init("tollbook key revoke k7qmz2ab", "a secret that got out, by its prefix")])

    private let options: AccessOptions
    private let name: String

    init(_ arguments: Arguments) throws(UsageError) {
        options = AccessOptions(arguments)
        name = try arguments.operand(0) ?? ""
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let (key, wasRevoked) = try options.withDesk(in: world) {
            desk throws(Failure) -> (GatewayKey, Bool) in
            var key = try desk.key(named: name)
            guard key.revokedAt == nil else { return (key, true) }
            key.revokedAt = desk.now
            try desk.save(key, action: "key.revoke")
            return (key, false)
        }
        world.out.write("key \(key.id) \(wasRevoked ? "was revoked already" : "is revoked")\n")
        return .done
    }
}
