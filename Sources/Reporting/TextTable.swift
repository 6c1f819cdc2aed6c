/// Rows for people: aligned columns with the unit in the header, a total, nothing cut when the output
/// is no terminal. On a narrow terminal the widest text columns give way first, never a number.
public struct TextTable: Hashable, Sendable {
    public struct Column: Hashable, Sendable {
        public let title: String
        /// Numbers stand at the right edge and are never shortened.
        public let numeric: Bool

        public init(_ title: String, numeric: Bool = false) {
            self.title = title
            self.numeric = numeric
        }
    }

    public var columns: [Column]
    /// One cell per column.
    public var rows: [[String]] = []
    /// Printed under a rule.
    public var total: [String]?

    public init(_ columns: [Column]) { self.columns = columns }

    /// Columns of space between two columns.
    private static let gap = 2
    /// A text column is not made narrower than this.
    private static let narrowest = 8

    /// - Parameter columns: the terminal's width, nil for as wide as it needs.
    public func text(columns limit: Int?) -> String {
        let cells = rows.map { $0.map(\.visible) }
        let last = total?.map(\.visible)
        let widths = self.widths(of: cells + [last].compactMap { $0 }, limit: limit)
        var text = line(columns.map(\.title), widths)
        text += rule(widths)
        for row in cells { text += line(row, widths) }
        if let last {
            text += rule(widths)
            text += line(last, widths)
        }
        return text
    }

    private func widths(of cells: [[String]], limit: Int?) -> [Int] {
        var widths = columns.map { $0.title.displayWidth }
        for row in cells {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.displayWidth) }
        }
        guard let limit else { return widths }
        var excess = widths.reduce(0, +) + Self.gap * (widths.count - 1) - limit
        while excess > 0 {
            let candidates = widths.indices.filter { !columns[$0].numeric && widths[$0] > Self.narrowest }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = ""
        for (index, cell) in cells.enumerated() {
            let fitted = columns[index].numeric ? cell : cell.fitted(to: widths[index])
            let padding = String(repeating: " ", count: max(0, widths[index] - fitted.displayWidth))
            text += columns[index].numeric ? padding + fitted : fitted + padding
            if index < cells.count - 1 { text += String(repeating: " ", count: Self.gap) }
        }
        while text.last == " " { text.removeLast() }
        return text + "\n"
    }

    private func rule(_ widths: [Int]) -> String {
        widths.map { String(repeating: "─", count: $0) }.joined(
            separator: String(repeating: " ", count: Self.gap))
            + "\n"
    }
}
