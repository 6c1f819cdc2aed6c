/// One comparison of the corpus with what the program makes of it.
struct Run {
    let verbose: Bool
    let api: String?

    /// - Parameter written: the program's output, nil to run mediation here.
    /// - Returns: the exit code.
    func compare(_ corpus: [UInt8], _ written: [UInt8]?) -> Int32 {
        var table = ScoreTable()
        var outcomes = written.map { LineReader($0) }
        var lines = LineReader(corpus)
        while let line = lines.next() {
            guard let expectation = Expectation(line: corpus.span.extracting(line)) else {
                print("conformance: a line of the corpus is no JSON")
                return 1
            }
            let outcome: Outcome
            if let written {
                guard let made = outcomes?.next() else {
                    print("conformance: the program ended before \(expectation.id)")
                    return 1
                }
                outcome = Outcome(line: written.span.extracting(made))
            } else {
                outcome = Outcome(mediating: corpus.span.extracting(line))
            }
            if let api, expectation.api != api { continue }
            let differences = self.differences(expectation, outcome)
            let open = differences.filter { !(Dispute.all[expectation.id]?.contains($0.field) ?? false) }
            table.count(expectation, exact: differences.isEmpty, disputed: open.isEmpty)
            if verbose, !differences.isEmpty { show(expectation, outcome, differences.map(\.text)) }
        }
        print(table.text)
        let all = table.sum { _ in true }
        return all.exact + all.disputed == all.total ? 0 : 2
    }

    private func differences(
        _ expectation: Expectation, _ outcome: Outcome
    ) -> [(field: String, text: String)] {
        guard outcome.id == expectation.id else { return [("id", "id \(outcome.id)")] }
        return comparedFields.compactMap { field in
            let expected = expectation.fields[field]
            let made = outcome.fields[field]
            guard expected != made else { return nil }
            return (field, "\(field): expected \(expected ?? "null"), is \(made ?? "null")")
        }
    }

    private func show(_ expectation: Expectation, _ outcome: Outcome, _ differences: [String]) {
        let mark = Dispute.all[expectation.id] == nil ? "*" : " "
        let notes = [
            outcome.fields["error.problem"], outcome.fields["anomalies"], outcome.fields["completeness"],
        ]
        print("\(mark) \(expectation.id)  [\(notes.compactMap { $0 }.joined(separator: " | "))]")
        for difference in differences { print("      \(difference)") }
    }
}

/// The ranges of a text's non-empty lines.
struct LineReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> Range<Int>? {
        while index < bytes.count {
            let end = bytes[index...].firstIndex(of: 0x0a) ?? bytes.count
            defer { index = end + 1 }
            if end > index { return index..<end }
        }
        return nil
    }
}
