/// Rows for people: aligned columns with the unit in the header, a total, nothing cut when the output
/// is no terminal. On a narrow terminal long names are shortened a little, then columns that may go are
/// left out, then names are shortened more; a number is never shortened.
public struct TextTable: Hashable, Sendable {
    public struct Column: Hashable, Sendable {
        public let title: String
        /// Stands under the title; empty where there is none.
        public let unit: String
        /// Numbers stand at the right edge.
        public let numeric: Bool
        /// Columns above 0 may be left out on a narrow terminal, the highest first.
        public let dispensable: Int

        public init(_ title: String, unit: String = "", numeric: Bool = false, dispensable: Int = 0) {
            self.title = title
            self.unit = unit
            self.numeric = numeric
            self.dispensable = dispensable
        }

        /// Title and unit in one line.
        var heading: String { unit.isEmpty ? title : "\(title) (\(unit))" }
    }

    public private(set) var columns: [Column]
    /// One cell per column.
    public var rows: [[String]] = []
    /// Printed under a rule.
    public var totals: [[String]] = []

    public init(_ columns: [Column]) { self.columns = columns }

    /// Columns of space between two columns.
    private static let gap = 2
    /// A text column is not made narrower than this while a whole column could go instead.
    private static let comfortable = 24
    /// A text column is never made narrower than this.
    private static let narrowest = 8

    /// - Parameter limit: the terminal's columns, nil for as wide as it needs.
    public func text(columns limit: Int?) -> String {
        var table = self
        table.rows = rows.map { $0.map(\.visible) }
        table.totals = totals.map { $0.map(\.visible) }
        var widths = table.naturalWidths
        if let limit {
            while !table.fit(&widths, into: limit, atLeast: Self.comfortable) {
                widths = table.naturalWidths
                guard table.dropDispensable() else {
                    _ = table.fit(&widths, into: limit, atLeast: Self.narrowest)
                    break
                }
                widths = table.naturalWidths
            }
        }
        return table.laidOut(widths)
    }

    /// As wide as titles and cells need.
    var naturalWidths: [Int] {
        var widths = columns.map { max($0.title.displayWidth, $0.unit.displayWidth) }
        for row in rows + totals {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.displayWidth) }
        }
        return widths
    }

    private func fit(_ widths: inout [Int], into limit: Int, atLeast narrowest: Int) -> Bool {
        var excess = widths.reduce(0, +) + Self.gap * (widths.count - 1) - limit
        while excess > 0 {
            let candidates = widths.indices.filter { !columns[$0].numeric && widths[$0] > narrowest }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return false }
            widths[widest] -= 1
            excess -= 1
        }
        return true
    }

    private mutating func dropDispensable() -> Bool {
        guard let index = columns.indices.max(by: { columns[$0].dispensable < columns[$1].dispensable }),
            columns[index].dispensable > 0
        else { return false }
        columns.remove(at: index)
        for row in rows.indices { rows[row].remove(at: index) }
        for row in totals.indices { totals[row].remove(at: index) }
        return true
    }

    private func laidOut(_ widths: [Int]) -> String {
        var text = line(columns.map(\.title), widths)
        if columns.contains(where: { !$0.unit.isEmpty }) { text += line(columns.map(\.unit), widths) }
        text += rule(widths)
        for row in rows { text += line(row, widths) }
        if !totals.isEmpty { text += rule(widths) }
        for row in totals { text += line(row, widths) }
        return text
    }

    /// The rows alone.
    func lines(_ widths: [Int]) -> String { rows.reduce("") { $0 + line($1, widths) } }

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
        let gap = String(repeating: " ", count: Self.gap)
        return widths.map { String(repeating: "─", count: $0) }.joined(separator: gap) + "\n"
    }
}
