// The provider's own journal against the ledger, both ways. Every call names itself as its operation and
// as the answer's id, so that also a call whose answer nobody read to its end can be found on both sides.
import Foundation
import Testing

struct Witness {
    /// Lines of the journal that say something was billed.
    var billed = 0
    /// Of them, those that the ledger has complete.
    var complete = 0
    /// Those that it has in another way: open, truncated, left by the client.
    var partial = 0
    /// Records of calls that the provider never billed: they were open when a process died.
    var unbilled = 0

    /// Compares and reports every difference as an issue.
    static func compare(_ deployment: Deployment) throws -> Witness {
        var witness = Witness()
        var records: [String: [[String: Any]]] = [:]
        let journal = try deployment.billed()
        for record in try deployment.records() where record["completeness"] as? String != "refused" {
            let answer = record["response_id"] as? String ?? ""
            let name = journal[answer] == nil ? record["operation_id"] as? String ?? "" : answer
            records[name, default: []].append(record)
        }
        var lost: [String] = []
        var doubled: [String] = []
        var wrong: [String] = []
        for (id, line) in journal {
            guard let bill = line["billed"] as? [String: Any] else { continue }
            witness.billed += 1
            let found = records[id] ?? []
            if found.isEmpty { lost.append(id) }
            if found.count > 1 { doubled.append(id) }
            guard let record = found.first else { continue }
            switch record["completeness"] as? String {
            case "complete", "client_aborted_drained":
                witness.complete += 1
                if !agrees(record, bill) { wrong.append(id) }
            default:
                witness.partial += 1
                // What is not known to the end is never told as if it were.
                if record["usage_status"] as? String == "reported" { wrong.append(id) }
            }
        }
        for (id, found) in records where journal[id] == nil {
            witness.unbilled += found.count
            let words = Set(found.compactMap { $0["completeness"] as? String })
            if !words.isSubset(of: ["open", "upstream_error", "client_aborted", "truncated"]) {
                wrong.append(id)
            }
        }
        #expect(lost == [], "billed and not in the ledger")
        #expect(doubled == [], "billed once and in the ledger twice")
        #expect(wrong == [], "in the ledger otherwise than billed")
        try checkNumbers(records.values.joined(), deployment)
        return witness
    }

    /// Tokens, and what they cost: 0.15 and 0.60 USD for a million of gpt-4o-mini.
    private static func agrees(_ record: [String: Any], _ bill: [String: Any]) -> Bool {
        guard let input = bill["input"] as? Int, let output = bill["output"] as? Int,
            record["input_tokens"] as? Int == input, record["output_tokens"] as? Int == output
        else { return false }
        // Other models have no price.
        guard record["model_requested"] as? String == "gpt-4o-mini" else { return true }
        guard let cost = (record["cost"] as? [String: Any])?["list"] as? String
        else { return false }
        return Decimal(string: cost) == Decimal(input * 15 + output * 60) / 100_000_000
    }

    /// The numbers of each instance have no gap, and rollups and records count the same.
    private static func checkNumbers(
        _ records: some Collection<[String: Any]>, _ deployment: Deployment
    ) throws {
        let all = try deployment.records()
        for (instance, own) in Dictionary(grouping: all, by: { $0["instance"] as? String ?? "" }) {
            let numbers = own.compactMap { $0["seq"] as? Int }
            #expect(Set(numbers) == Set(1...numbers.count), "\(instance) has a gap")
        }
        let report = try deployment.run([
            "report", "--by", "tenant", "--format", "json", "--since", "2000-01-01", "--until", "2090-01-01",
        ])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(report.utf8)) as? [String: Any])
        #expect((object["total"] as? [String: Any])?["requests"] as? Int == all.count)
        #expect((object["completeness"] as? [String: Any])?["gaps"] as? Int == 0)
    }

    /// For the log of a run: what docs/guarantees.md quotes.
    func tell(_ what: String) {
        let counts = "billed \(billed), complete \(complete), partial \(partial), unbilled \(unbilled)"
        print("WITNESS \(what): \(counts)")
    }
}
