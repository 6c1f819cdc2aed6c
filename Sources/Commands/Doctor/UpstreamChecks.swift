// The way to each upstream, gone as far as TLS: nothing is asked of the provider.
import Relay
import Terms

enum UpstreamChecks {
    static func run(_ configuration: Configuration) -> [DoctorCheck] {
        let findings = configuration.upstreams.prefix(DoctorLimits.upstreams).compactMap(check)
        if findings.isEmpty, !configuration.upstreams.isEmpty {
            return [.ok("upstreams", "all can be reached")]
        }
        return findings
    }

    /// - Returns: nil where all is well.
    private static func check(_ upstream: UpstreamSetting) -> DoctorCheck? {
        let url = upstream.url
        let probe = UpstreamProbe.run(
            UpstreamConfiguration(upstream), milliseconds: DoctorLimits.upstreamMilliseconds)
        let at = "upstreams.\(upstream.name)"
        switch probe {
        case .reachable: return nil
        case .unresolved:
            return .fail(
                "upstreams", "\(upstream.name): the name \(url.host) is not known",
                remedy: "correct \(at).url, or the name servers of this machine")
        case .unreachable(let reason):
            return .fail(
                "upstreams", "\(upstream.name): \(url.host) port \(url.port) cannot be reached: \(reason)",
                remedy: "correct \(at).url, start it, or let this machine through to it")
        case .untrusted(let reason):
            return .fail(
                "upstreams", "\(upstream.name): \(url.host) is not trusted: \(reason)",
                remedy: "correct \(at).url, or name its authorities in \(at).ca_file")
        case .unusable(let error):
            return .fail("upstreams", error.diagnosis.problem, remedy: error.diagnosis.remedy)
        }
    }
}
