import Glibc
import Terms

/// The program: words in, exit code out.
public enum Tollbook {
    public static let version = "0.1.0"

    /// Runs one command line.
    ///
    /// - Parameter words: without the program's own name.
    public static func run(_ words: [String], in world: World) -> ExitCode {
        let exit = dispatch(words, in: world)
        world.out.flush()
        guard let code = world.out.failure else { return exit }
        world.tell([.unwritableOutput(code)])
        return .couldNot
    }

    private static func dispatch(_ words: [String], in world: World) -> ExitCode {
        let words = moveGlobalOptions(words)
        switch words.first {
        case nil, "--help", "-h":
            world.out.write(HelpText.overview(CommandTree.groups, style: world.outStyle))
            return .done
        case "--version":
            world.out.write("tollbook \(version)\n")
            for line in BuildInfo.lines { world.out.write("\(line.name) \(line.value)\n") }
            return .done
        default: break
        }
        let type: any Command.Type
        let rest: [String]
        do {
            (type, rest) = try CommandTree.find(words)
        } catch {
            return report(error, near: words, in: world)
        }
        return run(type, rest, in: world)
    }

    private static func run(_ type: any Command.Type, _ rest: [String], in world: World) -> ExitCode {
        let command: any Command
        do {
            let arguments = try Arguments(rest, for: type.help)
            if arguments.wantsHelp {
                world.out.write(type.help.page(style: world.outStyle))
                return .done
            }
            command = try type.init(arguments)
        } catch {
            world.tell([error.diagnosis])
            world.err.write(type.help.usageHint)
            return .usage
        }
        do {
            return try command.run(in: world)
        } catch {
            world.tell(error.diagnoses)
            return error.exit
        }
    }

    /// A command that does not exist: the message, and the commands that do.
    private static func report(_ error: UsageError, near words: [String], in world: World) -> ExitCode {
        let members = words.first.map(CommandTree.members(of:)) ?? []
        if case .missingCommand = error, words.dropFirst().contains(where: { $0 == "--help" || $0 == "-h" }) {
            world.out.write(
                HelpText.overview([CommandGroup(title: words[0], commands: members)], style: world.outStyle))
            return .done
        }
        world.tell([error.diagnosis])
        let names =
            members.isEmpty
            ? Array(Set(CommandTree.all.compactMap { $0.help.path.first })).sorted()
            : members.map { $0.help.name }
        world.err.write(
            wrap("commands: " + names.joined(separator: ", "), columns: 80) + "more:  tollbook help\n")
        return .usage
    }

    /// `tollbook --config x report` means `tollbook report --config x`.
    private static func moveGlobalOptions(_ words: [String]) -> [String] {
        var moved: [String] = []
        var rest = words[...]
        while let word = rest.first, word == "--config" || word.hasPrefix("--config=") {
            moved.append(rest.removeFirst())
            if word == "--config", let value = rest.popFirst() { moved.append(value) }
        }
        return rest.isEmpty ? words : Array(rest) + moved
    }
}

extension Diagnosis {
    /// stdout took no more: a full disk, mostly.
    fileprivate static func unwritableOutput(_ code: Int32) -> Diagnosis {
        Diagnosis(
            code: "output.unwritable",
            problem: "writing to stdout failed: \(String(cString: strerror(code)))",
            effect: "the output is incomplete",
            remedy: "make room or choose another file, then run the command again")
    }
}
