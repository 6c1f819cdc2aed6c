// What a reconciliation found, for people and for programs.
public import Bookkeeping
import Terms

public struct ReconciliationText {
    public enum Form: Sendable { case text, csv, json }

    private let found: Reconciliation

    public init(_ found: Reconciliation) { self.found = found }

    private static let headings = [
        "day", "provider", "kind", "account", "category", "model", "meters", "key", "measure", "class",
        "ours",
        "theirs", "difference", "currency", "adjustment",
    ]

    /// Every cell that differs.
    public func differences(_ form: Form, columns: Int?) -> String {
        let rows = found.differences.map { finding in
            [
                finding.key.day.iso8601, finding.key.provider, finding.kind.rawValue, finding.account,
                finding.key.category.rawValue, finding.key.model, finding.key.group.rawValue, finding.key.key,
                finding.measure.rawValue, finding.verdict.rawValue, finding.ours, finding.theirs,
                finding.difference, finding.key.currency.code, finding.adjustment.plain,
            ]
        }
        if form == .text, rows.isEmpty {
            return found.findings.isEmpty
                ? "Nothing to compare: no provider's file has these days.\n"
                : "No differences in \(counted(Int64(found.findings.count), "cell")).\n"
        }
        let text = Self.write(Self.headings, rows, numeric: 10...12, form, columns)
        return form == .text ? text + "\n" + totals : text
    }

    /// What settling everything would book, per currency.
    private var totals: String {
        var sums: [Currency: Money] = [:]
        for finding in found.differences where finding.measure == .amount {
            sums[finding.key.currency, default: .zero] += finding.adjustment
        }
        let words = sums.sorted { $0.key < $1.key }.map { "\($0.value.plain) \($0.key.code)" }
        let cells = counted(Int64(found.differences.count), "difference")
        return "\(cells) in \(counted(Int64(found.findings.count), "cell")); adjustments would come to "
            + (words.isEmpty ? "nothing" : words.joined(separator: ", ")) + "\n"
    }

    private struct Group: Hashable {
        let provider: String
        let kind: String
        let account: String
        let measure: String
        let verdict: String
        let currency: String

        var fields: [String] { [provider, kind, account, measure, verdict] }
    }

    /// Cells and sums per class.
    public func summary(_ form: Form, columns: Int?) -> String {
        var sums: [Group: (cells: Int64, ours: Money, theirs: Money)] = [:]
        for finding in found.findings {
            let group = Group(
                provider: finding.key.provider, kind: finding.kind.rawValue, account: finding.account,
                measure: finding.measure.rawValue, verdict: finding.verdict.rawValue,
                currency: finding.key.currency.code)
            var sum = sums[group] ?? (0, .zero, .zero)
            sum.cells += 1
            sum.ours += Money(finding.ours) ?? .zero
            sum.theirs += Money(finding.theirs) ?? .zero
            sums[group] = sum
        }
        let rows = sums.map { group, sum in
            group.fields + [
                String(sum.cells), sum.ours.plain, sum.theirs.plain, (sum.theirs - sum.ours).plain,
                group.currency,
            ]
        }.sorted { $0.lexicographicallyPrecedes($1) }
        if form == .text, rows.isEmpty { return "Nothing to compare: no provider's file has these days.\n" }
        let headings = [
            "provider", "kind", "account", "measure", "class", "cells", "ours", "theirs", "difference",
            "currency",
        ]
        return Self.write(headings, rows, numeric: 5...8, form, columns)
    }

    private static func write(
        _ headings: [String], _ rows: [[String]], numeric: ClosedRange<Int>, _ form: Form, _ columns: Int?
    ) -> String {
        switch form {
        case .csv:
            var csv = CSV()
            csv.line(headings)
            for row in rows { csv.line(row) }
            return csv.take()
        case .json:
            var json = JSONWriter(reserving: rows.count * 256)
            json.beginArray()
            for row in rows {
                json.beginObject()
                for (heading, field) in zip(headings, row) {
                    json.field(heading, field.isEmpty ? nil : field)
                }
                json.endObject()
            }
            json.endArray()
            json.newline()
            return json.text
        case .text:
            // Columns that say nothing are left out.
            let used = headings.indices.filter { index in rows.contains { !$0[index].isEmpty } }
            var table = TextTable(
                used.map { TextTable.Column(headings[$0], numeric: numeric.contains($0) || $0 == 14) })
            table.rows = rows.map { row in used.map { numeric.contains($0) ? row[$0].grouped : row[$0] } }
            return table.text(columns: columns)
        }
    }
}
