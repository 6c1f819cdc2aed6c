// Files that people write: YAML, price files, configuration.
import Bookkeeping
import Documents
import Rating
import Terms

@testable import Commands

private let importOptions = ImportOptions(
    from: CivilDate("2026-01-01")!, checked: CivilDate("2026-01-01")!)

/// Another project's price list: what is taken over can be written as price files, and those can be read.
private func importTarget(
    _ name: String, _ read: @escaping @Sendable (Document, ImportOptions) -> PriceImport
) -> FuzzTarget {
    FuzzTarget(name: "import-\(name)") { bytes in
        guard let document = try? Document.json(bytes.array) else { return }
        for (provider, prices) in read(document, importOptions).byProvider {
            do throws(ConfigurationProblems) {
                let file = try ImportedFile(
                    provider, prices, head: ["fuzz"], checked: importOptions.checked,
                    source: "https://example.com")
                let back = try? PriceFile(Document.yaml(file.text), name: "fuzz.yaml")
                law(back?.entries.count == file.prices, "every price that was written is read")
                let names = Set(prices.flatMap(\.models))
                for entry in back?.entries ?? [] {
                    law(entry.models.allSatisfy { names.contains($0.text) }, "names come back as they were")
                }
            } catch {
                law(false, "a file of imported prices can be read: \(error.diagnoses.map(\.problem))")
            }
        }
    }
}

let documentTargets = [
    importTarget("litellm") { PriceImport.liteLLM($0, $1) },
    importTarget("genai-prices") { PriceImport.genAIPrices($0, $1) },
    importTarget("openrouter") { PriceImport.openRouter($0, $1) },
    FuzzTarget(name: "stated-cost", longest: 128) { bytes in
        let text = String(decoding: bytes.array, as: UTF8.self)
        var record = UsageRecord(
            id: RecordID(high: 1, low: 1), operationID: "", instance: "", sequence: 1,
            occurredAt: Instant(microseconds: 0), upstream: "", attribution: Attribution(), usage: Usage(),
            timing: UsageRecord.Timing())
        record.usage.providerCostUSD = text
        var costs = StatedCosts(tolerance: 100)
        costs.add(StoredRecord(record: record, bookedAt: record.occurredAt, entries: []))
        guard let amount = Money(text) else { return }
        law(Money(amount.plain) == amount, "what is written is read as the same amount: \(text)")
    },
    FuzzTarget(name: "yaml") { bytes in
        var limits = DocumentLimits()
        limits.nodes = 2000
        do throws(DocumentError) {
            _ = try Document.yaml(bytes.array, limits: limits)
        } catch {
            law(!error.problem.isEmpty, "a refusal says why")
        }
    },
    FuzzTarget(name: "prices") { bytes in
        guard let document = try? Document.yaml(bytes.array) else { return }
        do throws(PriceProblems) {
            let file = try PriceFile(document, name: "fuzz.yaml")
            _ = try? PriceBook(version: "0", files: [file])
        } catch {
            law(!error.problems.isEmpty, "a refusal says why")
        }
    },
    FuzzTarget(name: "config") { bytes in
        let text = bytes.array
        do throws(ConfigurationProblems) {
            _ = try Configuration.load(path: "fuzz.yaml", environment: ["A": "b"]) { _ in text }
        } catch {
            law(!error.diagnoses.isEmpty, "a refusal says why")
        }
    },
]
