// Charts as SVG text: stacked bars, a line beside a plan, shares as bars. Coordinates are whole hundredths of
// a point, computed in integers from the exact amounts; colours are classes, so that a theme can change them.
public import Terms

/// Drawing areas of 640 by 220 points.
public enum Chart {
    static let width = 640
    static let height = 220
    private static let left = 64
    private static let right = 8
    private static let top = 12
    private static let bottom = 26
    /// Series beyond this share one colour.
    public static let colours = 6

    /// - Parameters:
    ///   - names: of the columns, in order.
    ///   - series: one per colour; an amount per column, none negative.
    public static func stackedBars(
        _ title: String, names: [String], series: [(name: String, amounts: [Money])], unit: String
    ) -> String {
        let sums = names.indices.map { index in
            series.reduce(Money.zero) { $0 + $1.amounts[index] }
        }
        let scale = Scale(largest: sums.max() ?? .zero)
        var svg = begin(title)
        svg += axis(scale, unit)
        let room = width - left - right
        for index in names.indices {
            let x = left * 100 + room * 100 * index / max(names.count, 1)
            let wide = max(room * 100 / max(names.count, 1) * 8 / 10, 100)
            var base = plotBottom * 100
            for (number, one) in series.enumerated() where one.amounts[index] > .zero {
                let tall = scale.hundredths(one.amounts[index], of: plotBottom - top)
                base -= tall
                svg += "<rect class=\"s\(min(number, colours - 1))\" x=\"\(points(x))\" y=\"\(points(base))\""
                svg +=
                    " width=\"\(points(wide))\" height=\"\(points(tall))\"><title>\(names[index].htmlSafe) "
                svg += "\(one.name.htmlSafe) \(one.amounts[index].plain)</title></rect>\n"
            }
            if names.count <= 12 || index % 5 == 0 {
                svg += label(names[index].suffix(2), x: x + wide / 2, y: height - 10, "middle")
            }
        }
        return svg + "</svg>\n" + (series.count > 1 ? legend(series.map(\.name)) : "")
    }

    /// Where a line will end, between two bounds.
    public struct Outlook: Sendable {
        public var expected: Money
        public var low: Money
        public var high: Money

        public init(expected: Money, low: Money, high: Money) {
            self.expected = expected
            self.low = low
            self.high = high
        }
    }

    /// What was spent by the end of each day, beside the plan, and where it will end.
    public static func burnDown(
        _ title: String, names: [String], spent: [Money], plan: Money?, unit: String, outlook: Outlook? = nil
    ) -> String {
        let scale = Scale(largest: max(spent.max() ?? .zero, plan ?? .zero, outlook?.high ?? .zero))
        var svg = begin(title)
        svg += axis(scale, unit)
        let room = (width - left - right) * 100
        var path: [String] = []
        for (index, amount) in spent.enumerated() {
            let x = left * 100 + room * (index + 1) / max(names.count, 1)
            path.append("\(points(x)),\(points(scale.y(amount)))")
        }
        let start = "\(points(left * 100)),\(points(plotBottom * 100))"
        if let outlook, let last = spent.last, spent.count < names.count {
            let x = left * 100 + room * spent.count / max(names.count, 1)
            let here = "\(points(x)),\(points(scale.y(last)))"
            let end = points(left * 100 + room)
            func there(_ amount: Money) -> String { "\(end),\(points(scale.y(amount)))" }
            let high = there(outlook.high)
            svg += "<polygon class=\"wash\" points=\"\(here) \(high) \(there(outlook.low))\"/>\n"
            svg += "<polyline class=\"ahead\" points=\"\(here) \(there(outlook.expected))\"/>\n"
        }
        svg += "<polyline class=\"spent\" points=\"\(([start] + path).joined(separator: " "))\"/>\n"
        if let plan {
            let y = points(scale.y(plan))
            svg += "<line class=\"plan\" x1=\"\(left)\" y1=\"\(y)\" x2=\"\(width - right)\" y2=\"\(y)\"/>\n"
            // Where the month begins little is spent: nothing else is drawn there.
            svg += label("budget \(plan.plain)", x: (left + 6) * 100, y: scale.y(plan) / 100 - 4, "start")
        }
        for index in names.indices where index % 5 == 0 {
            let x = left * 100 + room * (index + 1) / max(names.count, 1)
            svg += label(names[index].suffix(2), x: x, y: height - 10, "middle")
        }
        return svg + "</svg>\n"
    }

    /// One bar per name, the longest as wide as the area.
    public static func shares(_ title: String, _ rows: [(name: String, amount: Money)], unit: String)
        -> String
    {
        let step = 24
        let tall = rows.count * step + 8
        let largest = rows.map(\.amount).max() ?? .zero
        let total = rows.reduce(Money.zero) { $0 + max($1.amount, .zero) }
        var svg = begin(title, height: tall)
        for (index, row) in rows.enumerated() {
            let y = index * step + 4
            let wide = Scale(largest: largest, exact: true).hundredths(max(row.amount, .zero), of: 300)
            svg += label(row.name.fitted(to: 24), x: 15_000, y: y + 14, "end")
            svg += "<rect class=\"s0\" x=\"158\" y=\"\(y)\" width=\"\(points(wide))\" height=\"17\"/>\n"
            let share = percent(row.amount, of: total).map { " (\($0)%)" } ?? ""
            svg += label("\(row.amount.shown) \(unit)\(share)", x: 16_400 + wide, y: y + 14, "start")
        }
        return svg + "</svg>\n"
    }

    private static var plotBottom: Int { height - bottom }

    private static func begin(_ title: String, height: Int = Chart.height) -> String {
        "<svg viewBox=\"0 0 \(width) \(height)\" role=\"img\" aria-label=\"\(title.htmlSafe)\">\n"
    }

    private static func axis(_ scale: Scale, _ unit: String) -> String {
        var svg = ""
        for quarter in 0...4 {
            let y = plotBottom - (plotBottom - top) * quarter / 4
            svg += "<line class=\"axis\" x1=\"\(left)\" y1=\"\(y)\" x2=\"\(width - right)\" y2=\"\(y)\"/>\n"
            svg += label(scale.mark(quarter), x: (left - 6) * 100, y: y + 4, "end")
        }
        return svg + label(unit, x: 200, y: top, "start")
    }

    private static func label(_ text: some StringProtocol, x: Int, y: Int, _ anchor: String) -> String {
        "<text x=\"\(points(x))\" y=\"\(y)\" text-anchor=\"\(anchor)\">\(text.htmlSafe)</text>\n"
    }

    private static func legend(_ names: [String]) -> String {
        var svg = "<svg viewBox=\"0 0 \(width) \(20 * ((names.count + 2) / 3))\" role=\"presentation\">\n"
        for (index, name) in names.enumerated() {
            let x = index % 3 * 210 + 4
            let y = index / 3 * 20 + 4
            svg +=
                "<rect class=\"s\(min(index, colours - 1))\" x=\"\(x)\" y=\"\(y)\" "
                + "width=\"11\" height=\"11\"/>"
            svg += label(name.fitted(to: 30), x: (x + 17) * 100, y: y + 10, "start")
        }
        return svg + "</svg>\n"
    }

    private static func points(_ hundredths: Int) -> String {
        let rest = abs(hundredths) % 100
        return "\(hundredths < 0 ? "-" : "")\(abs(hundredths) / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// From nothing to a round number above the largest amount.
    private struct Scale {
        let top: Money

        init(largest: Money, exact: Bool = false) {
            guard largest > .zero else {
                top = Money(picos: 1_000_000_000_000)
                return
            }
            if exact {
                top = largest
                return
            }
            var step: Int128 = 1
            while step * 40 < largest.picos { step *= 10 }
            let factor = [4, 8, 12, 20, 40].first { step * $0 >= largest.picos } ?? 40
            top = Money(picos: step * factor)
        }

        func hundredths(_ amount: Money, of points: Int) -> Int {
            let parts = Int128(points) * 100
            // The picos of a year's spend times this stay far below 128 bits.
            return Int(clamping: amount.picos / 1000 * parts / max(top.picos / 1000, 1))
        }

        func y(_ amount: Money) -> Int {
            Chart.plotBottom * 100 - hundredths(amount, of: Chart.plotBottom - Chart.top)
        }

        func mark(_ quarter: Int) -> String { Money(picos: top.picos / 4 * Int128(quarter)).plain.grouped }
    }
}

/// A share in per cent with one decimal, half up; nil of nothing.
func percent(_ part: Money, of whole: Money) -> String? {
    guard whole > .zero else { return nil }
    return percent(part.picos, of: whole.picos)
}

func percent(_ part: Int128, of whole: Int128) -> String? {
    guard whole > 0, part.magnitude < 1 << 115, whole < 1 << 126 else { return nil }
    let tenths = (part.magnitude * 2000 + whole.magnitude) / (2 * whole.magnitude)
    return "\(part < 0 && tenths > 0 ? "-" : "")\(tenths / 10).\(tenths % 10)"
}
