// Amounts that look like the wrong unit are not put in force by accident: a price per token that was written
// as one per million is a hundredfold or a millionfold mistake on every statement.
import Rating
import Reporting
import Terms

extension PriceBook {
    static let forceUnits = OptionHelp(
        flag: "--force", "load although an amount looks like the wrong unit (per token, per million)")

    /// - Throws: every amount that `prices check` takes for one of another unit.
    func refuseOddUnits(today: CivilDate) throws(Failure) {
        let odd = findings(today: today).filter { $0.kind == .unit }
        guard !odd.isEmpty else { return }
        throw Failure(
            ConfigurationProblems(
                diagnoses: odd.map { finding in
                    Diagnosis(
                        code: "prices.unit",
                        problem: "\(finding.file):\(finding.line): \(finding.id.visible): \(finding.text)",
                        effect: "nothing was loaded; a book already in force stays in force",
                        remedy: "correct the amount or `per`; if it is right, load with --force")
                }))
    }
}
