/// `tollbook help`: the overview, one command's page, a topic, or the manual.
struct HelpCommand: Command {
    static let help = Help(
        "help", "explain the commands",
        details: "The words after help name a command (help spool status) or the topic exit-codes.",
        operands: [
            .init("COMMAND", "the command or topic to explain", required: false),
            .init("WORD", "its second word", required: false),
        ],
        options: [.init(flag: "--man", "print the manual page of all commands in man's format")],
        examples: [
            .init("tollbook help report", "the page of one command"),
            .init("tollbook help exit-codes", "what scripts may rely on"),
            .init("tollbook help --man | man -l -", "everything as a manual page"),
        ])

    private enum Page {
        case overview, manual, exitCodes
        case command(any Command.Type)
        case group(String)
    }

    private let page: Page

    init(_ arguments: Arguments) throws(UsageError) {
        let words = [try arguments.operand(0), try arguments.operand(1)].compactMap { $0 }
        if arguments.flag("--man") {
            page = .manual
        } else if words.isEmpty {
            page = .overview
        } else if words == ["exit-codes"] {
            page = .exitCodes
        } else if words.count == 1, !CommandTree.members(of: words[0]).isEmpty {
            page = .group(words[0])
        } else {
            page = .command(try CommandTree.find(words).command)
        }
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let style = world.outStyle
        switch page {
        case .overview: world.out.write(HelpText.overview(CommandTree.groups, style: style))
        case .manual: world.out.write(ManualPage.text(CommandTree.groups))
        case .exitCodes: world.out.write(HelpText.exitCodes())
        case .command(let command): world.out.write(command.help.page(style: style))
        case .group(let word):
            let group = CommandGroup(title: word, commands: CommandTree.members(of: word))
            world.out.write(HelpText.overview([group], style: style))
        }
        return .done
    }
}
