import Bookkeeping
import Terms

// What a listing or a report is restricted to.

extension Arguments {
    static let filterHelp: [OptionHelp] = [
        OptionHelp("--tenant", "NAME", "only this tenant"),
        OptionHelp("--user", "NAME", "only this user"),
        OptionHelp("--key", "ID", "only calls with this key"),
        OptionHelp("--model", "NAME", "only this model"),
        OptionHelp("--upstream", "NAME", "only this upstream"),
        OptionHelp("--label", "KEY=VALUE", "only calls with this label", arity: .repeated),
    ]

    /// The labels of `--label k=v`.
    func labels() throws(UsageError) -> [Label] {
        var labels: [Label] = []
        for text in list("--label") {
            let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, !halves[0].isEmpty else {
                throw .invalid(what: "--label", value: text, expected: "KEY=VALUE", nearest: nil)
            }
            labels.append(Label(key: String(halves[0]), value: String(halves[1])))
        }
        return labels
    }
}

extension RecordID {
    static let expected = "a record id such as 019aa3e5-7c00-7000-8000-000000000001"
}
