// `tollbook simulate`: the simulated provider as a process of its own, for the benchmark and for people who
// want to try a configuration without a key. Hidden: it is no part of the product's promise.

import Glibc
import Simulator
import Terms

/// Serves until SIGTERM or SIGINT. Prints `listening 127.0.0.1:PORT` once it does.
///
/// - Returns: the process's exit code.
public func runSimulator(arguments: [String]) -> Int32 {
    var configuration = SimulatorConfiguration()
    var rest = arguments[...]
    while let option = rest.popFirst() {
        guard let value = rest.popFirst() else { return refuse("\(option) needs a value") }
        switch option {
        case "--listen":
            guard let port = value.split(separator: ":").last.flatMap({ UInt16($0) }) else {
                return refuse("--listen wants 127.0.0.1:PORT, not '\(value)'")
            }
            configuration.port = port
        case "--journal": configuration.journal = value
        case "--replay": configuration.recordings = value
        case "--seed":
            guard let seed = UInt32(value) else { return refuse("--seed wants a whole number") }
            configuration.seed = seed
        default: return refuse("unknown option \(option)")
        }
    }
    // Blocked before the loop's thread starts, so that only this thread takes them.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    do throws(SimulatorError) {
        let simulator = try Simulator.start(configuration)
        print("listening 127.0.0.1:\(simulator.port)")
        fflush(nil)
        var signal: Int32 = 0
        sigwait(&signals, &signal)
        simulator.stop()
        return 0
    } catch { return refuse(error.diagnosis.problem) }
}

private func refuse(_ problem: String) -> Int32 {
    print("simulate: \(problem)")
    return 64
}
