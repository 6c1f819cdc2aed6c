// Seals: proof that nothing which was booked on a day was changed, removed or added later. A seal covers one
// tenant's rows of one day of booking and one month of occurrence; its MAC covers the MAC of the tenant's
// seal before, and the day's seal (of the tenant named '') covers all of that day's. So the newest day's
// seal, kept somewhere else, stands for everything before it.
//  Days go by `booked_at`, which the sidecar takes when it posts: usage that comes late is booked late,
// and falls into a later seal by itself. Nothing may ever appear in a day that is sealed.
public import Terms

public struct Seal: Hashable, Sendable {
    /// Empty: the day's seal.
    public var tenant: String
    /// From 1 in each tenant's chain.
    public var number: Int64
    public var day: CivilDate
    /// `2026-10`, of the occurrence; empty for the day's seal.
    public var month: String
    public var records: Int64
    public var entries: Int64
    public var digest: [UInt8]
    /// MAC of the tenant's seal before, empty for the first.
    public var previous: [UInt8]
    public var mac: [UInt8] = []
    public var keyID: String

    /// Of the text that rows are digested in, see ``LedgerStore/dayDigestSQL``.
    static let form: Int64 = 1

    /// What the MAC is made of.
    var message: [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        json.string("tollbook seal")
        json.integer(Self.form)
        json.string(tenant)
        json.integer(number)
        json.string(day.iso8601)
        json.string(month)
        json.integer(records)
        json.integer(entries)
        json.string(digest.hexadecimal)
        json.string(previous.hexadecimal)
        json.string(keyID)
        json.endArray()
        return Array(json.bytes)
    }
}

/// The keys that seals are made and checked with. They are never in the database.
public struct SealKeys: Sendable {
    /// Which one new seals are made with; nil: none.
    public let current: String?
    /// HMAC-SHA-256 of a message under a key, nil when the key is not at hand.
    let mac: @Sendable (_ keyID: String, _ message: [UInt8]) -> [UInt8]?

    public init(current: String?, mac: @escaping @Sendable (String, [UInt8]) -> [UInt8]?) {
        self.current = current
        self.mac = mac
    }

    public static let none = SealKeys(current: nil) { _, _ in nil }
}

/// What a call of ``LedgerStore/seal(_:now:)`` did.
public struct SealReceipt: Hashable, Sendable {
    /// Days that are sealed now and were not before.
    public var days: Int64 = 0
    /// Seals made for them, the days' own included.
    public var seals: Int64 = 0
    public var records: Int64 = 0
    public var entries: Int64 = 0
    /// The newest sealed day, nil while none is.
    public var through: CivilDate?
}

extension [UInt8] {
    public var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(2 * count)
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
