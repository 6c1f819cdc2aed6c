// The rules of a time zone by its IANA name, from the system's compiled zone files.
import Glibc
public import Terms

public enum ZoneFiles {
    static let directory = "/usr/share/zoneinfo/"

    /// - Returns: nil for a name that is none, or when the system has no such zone.
    public static func rules(_ name: String) -> TimeZoneRules? {
        if name == "UTC" { return .utc }
        // A name is not a path: no leading slash, no step upwards, no zero byte that would end it early.
        guard !name.isEmpty, name.utf8.count <= 64, !name.hasPrefix("/"), name.utf8.allSatisfy(isNameByte),
            let bytes = try? Files.read(directory + name)
        else { return nil }
        return TimeZoneRules(name: name, tzif: bytes)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
