// Files that people write: YAML, price files, configuration.
import Documents
import Rating
import Terms

@testable import Commands

let documentTargets = [
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
