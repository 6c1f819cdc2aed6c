// What the text of a setting may mean: the kinds of value and how each is read. Reading depends on the
// kind alone, so the file, the environment and the command line spell every value alike.
import Glibc
import Terms

/// The kinds of value in the table of settings.
enum SettingKind: Hashable, Sendable {
    case text
    case flag
    /// One of these words.
    case word([String])
    /// A whole number in a range.
    case count(ClosedRange<Int64>)
    /// `30s`, `5m`, `24h`, `7d`, `250ms`; a bare number is seconds. In milliseconds.
    case duration
    /// `64 KiB`, `16 MiB`, `1 GiB`, `10 MB`; a bare number is bytes.
    case size
    /// `127.0.0.1:4141`, `[::1]:4141`, `unix:/path`.
    case address
    /// As ``address``, or `off`.
    case optionalAddress
    /// `http` or `https`, host, port, and a path prefix.
    case url
    case path
    /// Permission bits of a file in octal, such as `0660`.
    case mode
    /// `private`, or what libpq takes for a connection.
    case database
    /// `loopback`, `none`, or networks such as `10.0.0.0/8`.
    case callers
    /// `auto`, or a number of threads.
    case threads
    /// One or more of a kind.
    indirect case list(SettingKind)
    /// Names with texts.
    case map

    var isList: Bool {
        if case .list = self { return true }
        return self == .callers
    }
}

/// A setting, read.
enum SettingValue: Hashable, Sendable {
    case text(String)
    case flag(Bool)
    case number(Int64)
    case address(ListenAddress?)
    case url(UpstreamURL)
    case database(DatabaseSetting)
    case callers(TrustedCallers)
    case list([SettingValue])
    case map([String: String])
}

/// Why a text is no value of its kind, in words that fit behind "`key` …".
struct ValueProblem: Error, Hashable {
    let words: String
}

extension SettingKind {
    /// Reads one value. Lists and maps are taken apart by the caller, except ``callers``.
    func read(_ text: String) throws(ValueProblem) -> SettingValue {
        switch self {
        case .text, .path: return .text(text)
        case .flag:
            switch text {
            case "true", "yes", "on": return .flag(true)
            case "false", "no", "off": return .flag(false)
            default: throw ValueProblem(words: "must be true or false, not `\(text)`")
            }
        case .word(let words):
            guard words.contains(text) else {
                let hint = nearest(to: text, among: words).map { "; did you mean `\($0)`?" } ?? ""
                throw ValueProblem(words: "must be \(words.joined(separator: " or ")), not `\(text)`\(hint)")
            }
            return .text(text)
        case .count(let range): return .number(try Self.whole(text, range))
        case .duration: return .number(try Self.scaled(text, Self.durations, "a time such as 30s or 24h"))
        case .size: return .number(try Self.scaled(text, Self.sizes, "a size such as 16 MiB"))
        case .address: return .address(try ListenAddress(text))
        case .optionalAddress: return .address(text == "off" ? nil : try ListenAddress(text))
        case .url: return .url(try UpstreamURL(text))
        case .database: return .database(try DatabaseSetting(text))
        case .callers: return .callers(try TrustedCallers([text]))
        case .mode:
            guard (3...4).contains(text.utf8.count), let bits = Int64(text, radix: 8), bits <= 0o777,
                text.utf8.allSatisfy({ (0x30...0x37).contains($0) })
            else { throw ValueProblem(words: "must be permission bits such as 0660, not `\(text)`") }
            return .number(bits)
        case .threads: return .number(text == "auto" ? 0 : try Self.whole(text, 1...1024))
        case .list(let kind): return .list([try kind.read(text)])
        case .map: throw ValueProblem(words: "must be a map of names and texts")
        }
    }

    private static func whole(_ text: String, _ range: ClosedRange<Int64>) throws(ValueProblem) -> Int64 {
        guard let number = Int64(text), range.contains(number) else {
            throw ValueProblem(
                words: "must be a whole number from \(range.lowerBound) to \(range.upperBound), not `\(text)`"
            )
        }
        return number
    }

    private static let durations: [String: Int64] = [
        "ms": 1, "": 1000, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]

    private static let sizes: [String: Int64] = [
        "": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40, "kb": 1000,
        "mb": 1_000_000, "gb": 1_000_000_000, "tb": 1_000_000_000_000,
    ]

    private static func scaled(
        _ text: String, _ units: [String: Int64], _ shape: String
    ) throws(ValueProblem) -> Int64 {
        let number = text.prefix { $0.isNumber || $0 == "." }
        let unit = text[number.endIndex...].drop { $0 == " " }.lowercased()
        guard let factor = units[unit], let decimal = DecimalText(number),
            let thousandths = decimal.fixed(places: 3)
        else { throw ValueProblem(words: "must be \(shape), not `\(text)`") }
        let (product, overflow) = thousandths.multipliedReportingOverflow(by: Int128(factor))
        guard !overflow, let value = Int64(exactly: product / 1000), value <= Int64.max / 1_000_000 else {
            throw ValueProblem(words: "is too large: `\(text)`")
        }
        return value
    }
}

/// Where the ledger is.
public enum DatabaseSetting: Hashable, Sendable {
    /// The program runs its own PostgreSQL below the data directory.
    case `private`
    /// A URL or key=value text, as libpq takes it. It may hold a password.
    case conninfo(String)

    static func isConninfo(_ text: String) -> Bool {
        text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") || text.contains("=")
    }

    init(_ text: String) throws(ValueProblem) {
        if text == "private" {
            self = .private
        } else if Self.isConninfo(text) {
            self = .conninfo(text)
        } else {
            // The text is not repeated here: it may hold a password.
            throw ValueProblem(words: "must be `private`, postgresql://…, or key=value pairs")
        }
    }
}
