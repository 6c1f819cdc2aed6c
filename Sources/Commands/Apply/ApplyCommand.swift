import Documents
import Reporting
import Terms

/// `tollbook apply`: tenants, keys and budgets as reviewed files.
struct ApplyCommand: Command {
    static let help = Help(
        "apply", "make tenants, keys and budgets be what a file says",
        details: """
            The file has sections `tenants:`, `keys:` and `budgets:`, lists of items with the fields that
            `tenant create`, `key create` and `budget set` have as options. What is there and not in the file
            stays. The whole file is read and compared before anything is done; applying it again changes
            nothing. A key that is not there yet is made and its secret printed once.
            """,
        operands: [.init("FILE", "YAML")],
        options: [
            .init(flag: "--dry-run", "print what would change, do nothing"), Format.option([.text, .json]),
            AccessOptions.help,
        ],
        examples: [
            .init("tollbook apply access.yaml --dry-run", "in a review"),
            .init("tollbook apply access.yaml", "once it is merged"),
        ])

    private let options: AccessOptions
    private let file: String
    private let isDry: Bool
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        options = AccessOptions(arguments)
        file = try arguments.operand(0) ?? ""
        isDry = arguments.flag("--dry-run")
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let document = try document()
        var outcome: [(change: ApplyChange, secret: ShownSecret?)] = []
        var failure: Failure?
        try options.withDesk(in: world) { desk throws(Failure) in
            let changes = try plan(document, desk)
            // What was done before something fails is shown all the same: a secret has no second chance.
            do throws(Failure) {
                for change in changes { outcome.append((change, isDry ? nil : try change.work(desk))) }
            } catch {
                failure = error
            }
        }
        world.out.write(format == .json ? json(outcome) : text(outcome))
        world.out.flush()
        if outcome.contains(where: { $0.secret != nil }) {
            world.err.write("Secrets are shown this once and kept nowhere.\n")
        }
        if let failure { throw failure }
        return .done
    }

    private func document() throws(Failure) -> Document {
        let bytes: [UInt8]?
        do throws(FileProblem) { bytes = try Files.read(file) } catch {
            throw Failure(error, effect: "nothing was applied")
        }
        guard let bytes else {
            throw Failure(
                FileProblem(path: file, reason: "there is no such file"), effect: "nothing was applied")
        }
        do throws(DocumentError) { return try Document.yaml(bytes) } catch {
            throw Failure(.configuration, error.diagnosis(in: file))
        }
    }

    private func plan(_ document: Document, _ desk: AccessDesk) throws(Failure) -> [ApplyChange] {
        do throws(ApplyProblem) {
            guard case .map(let sections) = document.content else {
                throw ApplyProblem(line: document.line, words: "the file is a map of sections")
            }
            let names = ApplySections.all.map { $0.name }
            for section in sections where !names.contains(section.key) {
                let near = nearest(to: section.key, among: names).map { "; did you mean `\($0)`?" } ?? ""
                throw ApplyProblem(line: section.line, words: "there is no section `\(section.key)`\(near)")
            }
            var changes: [ApplyChange] = []
            for section in ApplySections.all {
                guard let content = document[section.name], !content.isNull else { continue }
                guard case .list(let items) = content.content else {
                    throw ApplyProblem(line: content.line, words: "`\(section.name)` is a list")
                }
                var read: [ApplyItem] = []
                for item in items { read.append(try ApplyItem(item)) }
                changes += try section.plan(read, desk)
            }
            return changes
        } catch {
            switch error {
            case .ledger(let failure): throw failure
            case .file(let line, let words):
                throw Failure(
                    .configuration,
                    Diagnosis(
                        code: "apply.invalid", problem: "\(file.visible):\(line): \(words)",
                        effect: "nothing of the file was applied",
                        remedy: "correct the file; see docs/keys.md and docs/budgets.md"))
            }
        }
    }

    private func text(_ outcome: [(change: ApplyChange, secret: ShownSecret?)]) -> String {
        var text = ""
        for (change, secret) in outcome where change.action != .keep {
            let details = change.details.isEmpty ? "" : ": " + change.details.joined(separator: ", ").visible
            text += "\(change.action == .create ? "+" : "~") \(change.object.visible)\(details)\n"
            if let secret { text += "    secret \(secret.secret)\n" }
        }
        let kept = Int64(outcome.count { $0.change.action == .keep })
        return text
            + "\(counted(Int64(outcome.count) - kept, "change"))\(isDry ? " to make" : ""), \(kept) as is\n"
    }

    private func json(_ outcome: [(change: ApplyChange, secret: ShownSecret?)]) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.field("dry_run", isDry)
        json.key("changes")
        json.beginArray()
        for (change, secret) in outcome where change.action != .keep {
            json.beginObject()
            json.field("action", change.action.rawValue)
            json.field("object", change.object)
            json.strings("details", change.details)
            json.field("key_id", secret?.key.id)
            json.field("secret", secret?.secret)
            json.endObject()
        }
        json.endArray()
        json.field("unchanged", Int64(outcome.count { $0.change.action == .keep }))
        json.endObject()
        json.newline()
        return json.text
    }
}
