// Text as a terminal shows it: how many columns it takes, and nothing in it that moves the cursor.
// Names of tenants, users and models come from outside, so they are shown, never obeyed.

extension StringProtocol {
    /// The text with control characters spelled out (`\u{1b}`), so that a name cannot repaint the
    /// terminal or break a line.
    public var visible: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                // The joiner inside an emoji is harmless and belongs to it.
                if scalar.value == 0x200d {
                    text.unicodeScalars.append(scalar)
                } else {
                    text += "\\u{\(String(scalar.value, radix: 16))}"
                }
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// Columns on a terminal: 2 for East Asian wide characters and emoji, 0 for combining marks.
    public var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

    /// The text cut to so many columns, with `…` for what is missing.
    public func fitted(to columns: Int) -> String {
        guard displayWidth > columns else { return String(self) }
        guard columns > 1 else { return columns == 1 ? "…" : "" }
        var text = ""
        var used = 0
        for character in self {
            let width = character.displayWidth
            if used + width > columns - 1 { break }
            text.append(character)
            used += width
        }
        return text + "…"
    }
}

extension Character {
    /// A cluster is as wide as its widest scalar; an emoji selector makes it wide.
    fileprivate var displayWidth: Int {
        unicodeScalars.reduce(0) { max($0, $1.value == 0xfe0f ? 2 : $1.displayWidth) }
    }
}

extension Unicode.Scalar {
    fileprivate var displayWidth: Int {
        if value < 0x300 { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        if properties.isEmojiPresentation { return 2 }
        return Self.wide.contains { $0.contains(value) } ? 2 : 1
    }

    /// East Asian Width W and F (Unicode Standard Annex #11), joined where only unassigned gaps lie between.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0x4dbf, 0x4e00...0x9fff,
        0xa000...0xa4cf, 0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19,
        0xfe30...0xfe6b, 0xff01...0xff60, 0xffe0...0xffe6, 0x1_7000...0x1_8cd5, 0x1_b000...0x1_b2fb,
        0x2_0000...0x3_fffd,
    ]
}
