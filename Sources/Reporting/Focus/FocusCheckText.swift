// What a check found, for people.
import Terms

extension FocusCheck {
    /// - Parameter limit: the terminal's columns, nil when there is none.
    public func text(columns limit: Int?) -> String {
        let asked = "\(counted(rows, "row")), \(counted(Int64(rulesAsked), "rule")) asked"
        guard !findings.isEmpty else { return "FOCUS \(version.rawValue): \(asked), nothing found\n" }
        var table = TextTable([
            .init("rule"), .init("column"), .init("rows", numeric: true), .init("line", numeric: true),
            .init("should be"), .init("is", dispensable: 1),
        ])
        table.rows = findings.map { finding in
            [
                finding.rule, finding.column, finding.count == 0 ? "" : finding.count.grouped,
                String(finding.line), finding.text, finding.example,
            ]
        }
        return table.text(columns: limit)
            + "\nFOCUS \(version.rawValue): \(asked), \(counted(Int64(findings.count), "finding"))\n"
    }
}
