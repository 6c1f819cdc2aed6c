// From traffic to bill in one command: a private PostgreSQL, the proxy, a simulated provider, several
// companies' requests over real HTTP, and then the same reports that anybody runs.
import Glibc
import Simulator
import Terms

struct DemoCommand: Command {
    static let help = Help(
        "demo", "send several tenants' traffic through the proxy and print the month's report",
        details: """
            Starts a private PostgreSQL, the proxy and a simulated provider, sends the traffic of three companies \
            in every dialect, and prints the month's report, one tenant's statement and one amount explained. \
            The data stays in the directory for you to explore; the next demo begins anew.
            """,
        options: [
            OptionHelp("--directory", "DIR", "where the demo lives", fallback: "./tollbook-demo"),
            OptionHelp(flag: "--keep", "go on serving until Ctrl-C"),
        ],
        examples: [
            Help.Example("tollbook demo", "the whole pipe, from request to statement"),
            Help.Example("tollbook demo --keep", "then try it with your own client"),
        ])

    private let directory: String
    private let keep: Bool

    init(_ arguments: Arguments) throws(UsageError) {
        directory = arguments.value("--directory") ?? "./tollbook-demo"
        keep = arguments.flag("--keep")
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let signals = StopSignals()
        let directory = try DemoDirectory.renew(directory)
        let simulator: Simulator
        do throws(SimulatorError) {
            simulator = try Simulator.start()
        } catch {
            throw Failure(.unavailable, error.diagnosis)
        }
        defer { simulator.stop() }
        let file = try DemoDirectory.writeConfiguration(
            in: directory, simulatorPort: simulator.port, listen: keep ? "127.0.0.1:4141" : "127.0.0.1:0")
        let configuration: Configuration
        do throws(ConfigurationProblems) {
            configuration = try Configuration.load(path: file, environment: [:])
        } catch {
            throw Failure(error)
        }
        world.err.write("starting a private PostgreSQL in \(directory) …\n")
        let database = try Database.open(configuration)
        defer { database.close() }
        let service = try Service.start(
            configuration, conninfo: database.conninfo, log: Log(file: directory + "/serve.log"))
        let summary = DemoTraffic.send(port: service.ports[0]) { count in
            if world.errStyle != .plain { world.err.write("\r\(count) requests sent") }
        }
        if world.errStyle != .plain { world.err.write("\r") }
        service.waitUntilPosted()
        world.out.write(
            "\(summary.sent) requests of \(summary.predicted.count) tenants went through the proxy: "
                + "\(summary.completed) answered, \(summary.disturbed) failed or were left on purpose.\n\n")
        let exit = show(summary, file: file, in: world)
        if keep {
            world.out.write("\nServing on http://127.0.0.1:4141 until Ctrl-C; try\n\(Self.example)")
            world.out.flush()
            signals.wait()
        }
        service.stop(within: configuration.drainTimeoutMilliseconds)
        guard summary.surprises.isEmpty else {
            throw Failure(
                .bug,
                Diagnosis(
                    code: "demo.surprise", problem: summary.surprises.joined(separator: "\n"),
                    effect: "the demo did not go as written", remedy: "report it with \(directory)/serve.log")
            )
        }
        return exit
    }

    private static let example = """
          curl http://127.0.0.1:4141/openai/v1/chat/completions -H 'content-type: application/json' \\
            -H 'X-Tollbook-Tenant: me' -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}'

        """

    /// The same commands that anybody would type, each under its own line.
    private func show(_ summary: DemoSummary, file: String, in world: World) -> ExitCode {
        let tenant = summary.predicted.first?.tenant ?? "acme"
        var commands: [(title: String, words: [String])] = [
            ("The month, by tenant and model", ["report", "--by", "tenant,model"]),
            ("Statement of \(tenant)", ["statement", "--tenant", tenant]),
        ]
        if let example = summary.examples.first {
            commands.append(("Why \(example.amount) for “\(example.name)”", ["explain", example.record]))
        }
        for (title, words) in commands {
            world.out.write("# \(title)\n$ tollbook \(words.joined(separator: " ")) --config \(file)\n")
            let exit = Tollbook.run(words + ["--config", file], in: world)
            guard exit == .done else { return exit }
            world.out.write("\n")
        }
        if summary.examples.count > 1 {
            world.out.write("Amounts to check by hand:\n")
            for example in summary.examples {
                let line = "  \(example.record)  \(example.amount) USD  \(example.arithmetic)"
                world.out.write(line + "\n")
            }
        }
        world.out.write("\nThe data stays in \(directory): every command above can be run again.\n")
        return .done
    }
}
