// `tollbook simulate`: the simulated provider as a process of its own, for the benchmark and for people who
// want to try a configuration without a key. Hidden: it is no part of the product's promise.

import Glibc
import Simulator
import Terms

struct SimulateCommand: Command {
    static let help = Help(
        "simulate", "run the simulated provider until SIGTERM",
        details: """
            Prints 'listening 127.0.0.1:PORT' once it listens. What an answer looks like is chosen by the \
            request: its path, and headers such as x-sim-input: 1000 or x-sim-status: 429.
            """,
        options: [
            OptionHelp("--listen", "127.0.0.1:PORT", "where to listen", fallback: "a free port"),
            OptionHelp("--journal", "FILE", "append one JSON line for each answer, before its end is sent"),
            OptionHelp("--replay", "FILE", "serve recorded exchanges, chosen by the header x-sim-exchange"),
            OptionHelp("--seed", "NUMBER", "stands in every answer's id", fallback: "0"),
        ],
        examples: [.init("tollbook simulate --listen 127.0.0.1:4199", "a provider on a fixed port")])

    private let configuration: SimulatorConfiguration

    init(_ arguments: Arguments) throws(UsageError) {
        var configuration = SimulatorConfiguration()
        configuration.port =
            try arguments.value("--listen", expected: "127.0.0.1:PORT") { text in
                text.hasPrefix("127.0.0.1:") ? UInt16(text.dropFirst(10)) : nil
            } ?? 0
        configuration.journal = arguments.value("--journal")
        configuration.recordings = arguments.value("--replay")
        configuration.seed = try arguments.value("--seed", expected: "a whole number") { UInt32($0) } ?? 0
        self.configuration = configuration
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        // Blocked before the loop's thread starts, so that only this thread takes them.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let simulator: Simulator
        do {
            simulator = try Simulator.start(configuration)
        } catch { throw Failure(.unavailable, error.diagnosis) }
        world.out.write("listening 127.0.0.1:\(simulator.port)\n")
        world.out.flush()
        var signal: Int32 = 0
        sigwait(&signals, &signal)
        simulator.stop()
        return .done
    }
}
