import Mediation
import Reporting
import Terms

/// What the running sidecar has noticed: fields that nobody knows, and what it estimates from.
enum ExperienceChecks {
    static func run(_ configuration: Configuration) -> [DoctorCheck] {
        [unknownFields(configuration), estimates(configuration)]
    }

    private static func unknownFields(_ configuration: Configuration) -> DoctorCheck {
        let counts = UnknownFieldCounts.kept(in: configuration.dataDirectory)
        guard !counts.isEmpty else { return .ok("usage fields", "every field that providers sent is known") }
        let fields = counts.sorted {
            ($1.value, $0.key.provider, $0.key.path) < ($0.value, $1.key.provider, $1.key.path)
        }
        let shown = fields.prefix(DoctorLimits.unknownFields).map { field, count in
            "\(field.path) of \(field.provider) (\(counted(count, "answer")))"
        }
        let more = fields.count - shown.count
        return .warn(
            "usage fields", "not read: " + shown.joined(separator: ", ") + (more > 0 ? ", \(more) more" : ""),
            remedy: "report it with a raw_usage that has it; the records keep it and can be read again")
    }

    private static func estimates(_ configuration: Configuration) -> DoctorCheck {
        let known = LearntRatios.kept(in: configuration.dataDirectory)?.ratios.filter(\.value.isKnown) ?? [:]
        guard !known.isEmpty else {
            return .ok("estimates", "nothing learnt yet; answers without usage count a token per four bytes")
        }
        let most = known.sorted { ($1.value.exchanges, $0.key.model) < ($0.value.exchanges, $1.key.model) }
        let shown = most.prefix(DoctorLimits.ratios).map { key, ratio in
            let likely = ratio.likely(for: 1000)
            return "\(key.model) \(key.side.rawValue) \(ratio.tokens(for: 1000)) tokens per 1,000 bytes"
                + " (\(likely.lowerBound) to \(likely.upperBound))"
        }
        return .ok(
            "estimates",
            "learnt for \(counted(Int64(known.count), "model side")): " + shown.joined(separator: ", "))
    }
}
