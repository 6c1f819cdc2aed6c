/// `tollbook completions SHELL`: what the shell offers when Tab is pressed.
struct CompletionsCommand: Command {
    static let help = Help(
        "completions", "print the completions for a shell",
        operands: [.init("SHELL", "bash, zsh or fish")],
        examples: [
            .init("source <(tollbook completions bash)", "in this shell"),
            .init("tollbook completions zsh > \"${fpath[1]}/_tollbook\"", "for zsh, for good"),
            .init(
                "tollbook completions fish > ~/.config/fish/completions/tollbook.fish", "for fish, for good"),
        ])

    private let shell: Shell

    init(_ arguments: Arguments) throws(UsageError) {
        let name = try arguments.operand(0) ?? ""
        guard let shell = Shell(rawValue: name) else {
            let names = Shell.allCases.map(\.rawValue)
            throw .invalid(
                what: "SHELL", value: name, expected: "one of \(names.joined(separator: ", "))",
                nearest: nearest(to: name, among: names))
        }
        self.shell = shell
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let helps = CommandTree.all.map { $0.help }
        switch shell {
        case .bash: world.out.write(Completions.bash(helps))
        case .zsh: world.out.write(Completions.zsh(helps))
        case .fish: world.out.write(Completions.fish(helps))
        }
        return .done
    }

    private enum Shell: String, CaseIterable {
        case bash, zsh, fish
    }
}
