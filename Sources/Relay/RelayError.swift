// What can go wrong before the relay runs; afterwards nothing throws, connections end.

import CLinux
import Glibc
public import Terms

/// Why the relay could not be started.
public enum RelayError: Error, Hashable, Sendable {
    case badAddress(String)
    case addressInUse(String)
    case cannotListen(String, Int32)
    /// A file that is no socket stands where one should be made.
    case noSocket(String)
    case badCertificates(upstream: String, file: String, reason: String)
    case badIdentity(file: String, reason: String)
    case tls(String)
    case system(String, Int32)

    /// The files or words of the configuration are at fault, and not the machine.
    public var isOfConfiguration: Bool {
        switch self {
        case .badAddress, .badCertificates, .badIdentity, .noSocket: true
        case .addressInUse, .cannotListen, .tls, .system: false
        }
    }

    public var diagnosis: Diagnosis {
        switch self {
        case .badAddress(let text):
            Diagnosis(
                code: "relay.bad-address", problem: "`\(text)` is no address to listen on",
                effect: "the relay does not start",
                remedy: "write HOST:PORT with a numeric host, [::1]:PORT, or unix:/path")
        case .addressInUse(let text):
            Diagnosis(
                code: "relay.address-in-use", problem: "another process listens on \(text)",
                effect: "the relay does not start", remedy: "stop it, or choose another address")
        case .cannotListen(let text, let code):
            Diagnosis(
                code: "relay.cannot-listen",
                problem: "cannot listen on \(text): \(String(cString: strerror(code)))",
                effect: "the relay does not start", remedy: "check address and permissions")
        case .noSocket(let text):
            Diagnosis(
                code: "relay.no-socket", problem: "the file of \(text) is no socket, and is left alone",
                effect: "the relay does not start", remedy: "move it away, or choose another path")
        case .badCertificates(let upstream, let file, let reason):
            Diagnosis(
                code: "relay.bad-certificates",
                problem: "cannot use \(file) for upstream `\(upstream)`: \(reason)",
                effect: "the relay does not start", remedy: "name a PEM file with the CA's certificates")
        case .badIdentity(let file, let reason):
            Diagnosis(
                code: "relay.bad-identity", problem: "cannot use \(file) for the listener: \(reason)",
                effect: "the relay does not start",
                remedy: "name the PEM files of a certificate chain and of the key that belongs to it")
        case .tls(let reason):
            Diagnosis(
                code: "relay.tls", problem: "OpenSSL could not be prepared: \(reason)",
                effect: "the relay does not start", remedy: "check the installed libssl3")
        case .system(let call, let code):
            Diagnosis(
                code: "relay.system", problem: "\(call) failed: \(String(cString: strerror(code)))",
                effect: "the relay does not start", remedy: "check the limits of the process (ulimit -n)")
        }
    }
}
