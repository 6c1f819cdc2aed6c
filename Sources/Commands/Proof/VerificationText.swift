// What `verify` found, for people and for programs.
import LedgerStore
import Reporting
import Terms

enum VerificationText {
    static func text(_ result: Verification, style: TerminalStyle) -> String {
        var text = ""
        let sums =
            "\(counted(result.days, "day")), \(counted(result.records, "record")), "
            + "\(counted(result.entries, "entry", "entries")), \(counted(result.rollups, "rollup")) compared"
        text += "sums      \(sums)\n"
        if let day = result.sealedThrough {
            text += "seals     \(counted(result.seals, "seal")), sealed through \(day.iso8601)\n"
        } else {
            text += "seals     \(result.seals == 0 ? "none" : counted(result.seals, "seal"))\n"
        }
        if result.unkeyedSeals > 0 {
            let seals = counted(result.unkeyedSeals, "MAC")
            text += "keys      \(seals) not checked: the key is not at hand (seal.key, seal.key_file)\n"
        }
        guard let first = result.first else {
            return text + style.paint("sound", .green) + "     nothing was found\n"
        }
        text += style.paint("found", .red) + "     \(counted(result.found, "finding"))\n"
        text += "first     \(line(first))\n"
        for finding in result.findings { text += "  \(line(finding))\n" }
        let more = result.found - Int64(result.findings.count)
        if more > 0 { text += "  and \(more.grouped) more\n" }
        return text
    }

    private static func line(_ finding: Finding) -> String {
        var words = [finding.kind.rawValue]
        if let since = finding.since, let until = finding.until {
            words.append("\(since.rfc3339) to \(until.rfc3339)")
        }
        if !finding.tenant.isEmpty { words.append("tenant \(finding.tenant)") }
        return (words.joined(separator: ", ") + ": " + finding.problem).visible
    }

    static func json(_ result: Verification, _ scope: VerifyScope) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.field("ok", result.isSound)
        json.key("scope")
        json.beginObject()
        json.field("since", scope.since?.rfc3339)
        json.field("until", scope.until?.rfc3339)
        json.field("tenant", scope.tenant)
        json.endObject()
        json.field("days", result.days)
        json.field("records", result.records)
        json.field("entries", result.entries)
        json.field("rollups", result.rollups)
        json.field("seals", result.seals)
        json.field("seals_unkeyed", result.unkeyedSeals)
        json.field("sealed_through", result.sealedThrough?.iso8601)
        json.field("found", result.found)
        json.key("first")
        if let first = result.first { write(first, to: &json) } else { json.null() }
        json.key("findings")
        json.beginArray()
        for finding in result.findings { write(finding, to: &json) }
        json.endArray()
        json.endObject()
        json.newline()
        return json.text
    }

    private static func write(_ finding: Finding, to json: inout JSONWriter) {
        json.beginObject()
        json.field("kind", finding.kind.rawValue)
        json.field("tenant", finding.tenant.isEmpty ? nil : finding.tenant)
        json.field("since", finding.since?.rfc3339)
        json.field("until", finding.until?.rfc3339)
        json.field("problem", finding.problem)
        json.endObject()
    }
}
