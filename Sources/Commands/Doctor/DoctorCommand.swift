import Reporting
import Terms

/// `tollbook doctor`: is everything in order, and what to do where it is not?
struct DoctorCommand: Command {
    static let help = Help(
        "doctor", "look at everything that usage recording depends on",
        details: """
            Checks the configuration, the clock, the listeners and their certificate, the files with secrets, the
            way to each upstream, the database, its schema and this user's rights, the spool and its disk, the
            sidecars, the prices, the models without a price, usage fields that are not read yet, and what
            estimates rest on. Changes nothing. The exit code is 2 when a line is not ok.

            With --database the database is also probed for what the ledger needs of it and of whatever stands
            before it, such as a pooler: pipelines, unnamed statements, settings and locks of one transaction.
            """,
        options: [Format.option([.text, .json]), LedgerOptions.help],
        examples: [
            .init("tollbook doctor", "before asking anybody else"),
            .init("tollbook doctor --database postgresql://pooler:6432/tollbook", "through a pooler"),
        ])

    private let ledger: LedgerOptions
    private let format: Format
    private let probes: Bool

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        format = Format(arguments)
        probes = arguments.isGiven("--database")
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        var checks: [DoctorCheck] = [DoctorChecks.clock(world.clock())]
        do throws(Failure) {
            let configuration = try ledger.configuration.load(in: world)
            checks.append(DoctorChecks.configuration(configuration))
            checks.append(DoctorChecks.spool(configuration))
            checks += SecrecyChecks.run(configuration)
            checks += ListenerChecks.run(configuration, now: world.clock())
            checks += UpstreamChecks.run(configuration)
            checks += SpoolChecks.quarantine(configuration)
            checks += ExperienceChecks.run(configuration)
            checks += LedgerChecks.run(configuration, probes: probes, now: world.clock())
        } catch {
            checks += error.diagnoses.map { diagnosis in
                .fail("configuration", "\(diagnosis.problem) [\(diagnosis.code)]", remedy: diagnosis.remedy)
            }
        }
        world.out.write(format == .json ? Self.json(checks) : Self.text(checks, style: world.outStyle))
        return checks.allSatisfy { $0.state == .ok } ? .done : .found
    }

    private static func text(_ checks: [DoctorCheck], style: TerminalStyle) -> String {
        let width = checks.map(\.name.count).max() ?? 0
        var text = ""
        for check in checks {
            let paint: TerminalStyle.Paint =
                switch check.state {
                case .ok: .green
                case .warn: .yellow
                case .fail: .red
                }
            let word = check.state.rawValue
            let name = check.name + String(repeating: " ", count: width - check.name.count)
            text += style.paint(word, paint) + String(repeating: " ", count: 6 - word.count)
            // A library's message may have several lines; a check has one.
            let detail = check.detail.split { $0.isNewline || $0 == "\t" }.joined(separator: " ")
            text += "\(name)  \(detail.visible)\n"
            if !check.remedy.isEmpty {
                text += String(repeating: " ", count: 6 + width + 2) + "to do: \(check.remedy)\n"
            }
        }
        return text
    }

    private static func json(_ checks: [DoctorCheck]) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.field("ok", checks.allSatisfy { $0.state == .ok })
        json.key("checks")
        json.beginArray()
        for check in checks {
            json.beginObject()
            json.field("name", check.name)
            json.field("state", check.state.rawValue)
            json.field("detail", check.detail)
            json.field("remedy", check.remedy.isEmpty ? nil : check.remedy)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        json.newline()
        return json.text
    }
}
