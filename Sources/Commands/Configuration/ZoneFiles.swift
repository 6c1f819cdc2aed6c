// The rules of a time zone by its IANA name, from the system's compiled zone files.
import Glibc
public import Terms

public enum ZoneFiles {
    static let directory = "/usr/share/zoneinfo/"

    /// - Returns: nil for a name that is none, or when the system has no such zone.
    public static func rules(_ name: String) -> TimeZoneRules? {
        if name == "UTC" { return .utc }
        // A name is not a path: no leading slash, no step upwards.
        guard !name.isEmpty, name.utf8.count <= 64, !name.hasPrefix("/"), !name.contains("."),
            let bytes = try? Files.read(directory + name)
        else { return nil }
        return TimeZoneRules(name: name, tzif: bytes)
    }
}
