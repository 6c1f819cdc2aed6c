public import Terms

/// Why the simulator could not be started.
public enum SimulatorError: Error, Hashable, Sendable {
    case listen(port: UInt16, errno: Int32)
    case journal(path: String, errno: Int32)
    case recordings(path: String, errno: Int32)
    case recordingsTooLarge(path: String, bytes: Int)

    public var diagnosis: Diagnosis {
        switch self {
        case .listen(let port, let errno):
            Diagnosis(
                code: "simulator.listen", problem: "cannot listen on 127.0.0.1:\(port): errno \(errno)",
                effect: "the simulated provider does not run",
                remedy: "stop what uses the port, or let `--listen 127.0.0.1:0` choose one")
        case .journal(let path, let errno):
            Diagnosis(
                code: "simulator.journal", problem: "cannot write \(path): errno \(errno)",
                effect: "the simulated provider does not run: its answers would have no witness",
                remedy: "name a file in a directory that you may write to")
        case .recordings(let path, let errno):
            Diagnosis(
                code: "simulator.recordings", problem: "cannot read \(path): errno \(errno)",
                effect: "there is nothing to replay",
                remedy: "name a file of recorded exchanges with --replay")
        case .recordingsTooLarge(let path, let bytes):
            Diagnosis(
                code: "simulator.recordings-too-large",
                problem: "\(path) has \(bytes) bytes, more than \(SimulatorLimits.recordingBytes)",
                effect: "there is nothing to replay", remedy: "split the file")
        }
    }
}
