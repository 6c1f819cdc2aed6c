// Names of accounts that every plain-text ledger takes: parts of letters, digits and hyphens that begin
// with a capital. Different names never share an account: what had to be changed carries a mark of the
// original.

enum JournalAccount {
    /// One part of an account's name. `acme` is `Acme`; what is not all small letters and digits keeps its
    /// letters and gets a mark behind it.
    static func part(_ name: String) -> String {
        var text = ""
        var isPlain = !name.isEmpty
        for (index, scalar) in name.unicodeScalars.enumerated() {
            switch scalar {
            case "a"..."z": text.unicodeScalars.append(scalar)
            case "0"..."9": text.unicodeScalars.append(scalar)
            case "-" where index > 0: text.unicodeScalars.append(scalar)
            case "A"..."Z":
                text.unicodeScalars.append(scalar)
                isPlain = false
            default:
                text += "-"
                isPlain = false
            }
        }
        let trimmed = text.drop { $0 == "-" }
        let capital = trimmed.prefix(1).uppercased() + trimmed.dropFirst()
        if isPlain, trimmed.count == text.count { return capital }
        return (capital.isEmpty ? "Name" : capital) + "-" + mark(name)
    }

    /// A commodity that both notations take: capitals, at least two.
    static func commodity(_ code: String) -> String {
        let text = code.uppercased().unicodeScalars.filter {
            ("A"..."Z").contains($0) || ("0"..."9").contains($0)
        }
        let name = String(String.UnicodeScalarView(text))
        guard let first = name.unicodeScalars.first, ("A"..."Z").contains(first), name.count > 1 else {
            return "X" + mark(code).uppercased()
        }
        return String(name.prefix(20))
    }

    /// FNV-1a of 64 bits (Fowler, Noll, Vo), as hexadecimal digits: short, and the same everywhere.
    private static func mark(_ name: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
