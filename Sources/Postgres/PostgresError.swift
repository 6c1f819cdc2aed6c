// What can go wrong between this program and PostgreSQL, with PostgreSQL's own words. Whether a call
// may be repeated follows from the class of the error, so callers never compare message texts.

/// The five characters by which PostgreSQL names an error condition, such as `23505`.
public struct SQLState: Hashable, Sendable, CustomStringConvertible {
    public let code: String
    public init(_ code: String) { self.code = code }

    /// The first two characters.
    public var category: Substring { code.prefix(2) }
    public var description: String { code }

    public static let noPartition = SQLState("23514")
    public static let queryCanceled = SQLState("57014")
    public static let undefinedTable = SQLState("42P01")
    public static let undefinedSchema = SQLState("3F000")
    public static let insufficientPrivilege = SQLState("42501")
}

public enum PostgresError: Error, Hashable, Sendable {
    /// No session could be opened; libpq's words.
    case unreachable(reason: String)
    /// The session broke while a call was under way. Whether it took effect is unknown.
    case connectionLost(reason: String)
    /// No answer in time. The session is of no more use; whether the call took effect is unknown.
    case timedOut(milliseconds: Int)
    /// PostgreSQL refused the statement.
    case refused(state: SQLState, message: String, detail: String)
    /// An answer that is not of the shape that was asked for.
    case unexpected(String)

    public enum Remedy: Hashable, Sendable {
        /// The same call may succeed later, on this session or a new one.
        case retry
        /// The data is at fault: the same call fails again, without it the rest may pass.
        case data
        /// Somebody has to change schema, privileges or configuration.
        case administrator
    }

    public var remedy: Remedy {
        switch self {
        case .unreachable, .connectionLost, .timedOut: return .retry
        case .unexpected: return .administrator
        case .refused(let state, _, _):
            switch state.category {
            // Data exceptions, broken constraints, limits of an index or of nesting.
            case "22", "23", "54": return .data
            // Connection, transaction rollback (deadlock, serialization), resources, operator
            // intervention, system errors, wrong object state, read-only standby.
            case "08", "25", "40", "53", "55", "57", "58": return .retry
            default: return .administrator
            }
        }
    }

    public var message: String {
        switch self {
        case .unreachable(let reason): "cannot connect: \(reason)"
        case .connectionLost(let reason): "connection lost: \(reason)"
        case .timedOut(let milliseconds): "no answer within \(milliseconds) ms"
        case .refused(let state, let message, let detail):
            detail.isEmpty ? "\(message) (\(state))" : "\(message) (\(state)): \(detail)"
        case .unexpected(let what): "unexpected answer: \(what)"
        }
    }
}
