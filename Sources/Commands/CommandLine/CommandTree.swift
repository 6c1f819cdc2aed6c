/// Commands that belong together on the overview page.
struct CommandGroup: Sendable {
    let title: String
    let commands: [any Command.Type]
}

/// Every command there is. What is not in this list cannot be run, completed or found in the manual.
enum CommandTree {
    static let groups: [CommandGroup] = [
        CommandGroup(title: "run", commands: [ServeCommand.self, DemoCommand.self]),
        CommandGroup(
            title: "meter and keep",
            commands: [MigrateCommand.self, NormalizeCommand.self, InstancesCommand.self]),
        CommandGroup(
            title: "spool",
            commands: [
                SpoolStatusCommand.self, SpoolDrainCommand.self, SpoolInspectCommand.self,
                SpoolReplayCommand.self, SpoolQuarantineCommand.self,
            ]),
        CommandGroup(
            title: "report",
            commands: [
                ReportCommand.self, MonthlyReportCommand.self, StatementCommand.self, RecordsCommand.self,
                ExplainCommand.self,
            ]),
        CommandGroup(title: "close", commands: [CloseCommand.self, AdjustCommand.self, AuditCommand.self]),
        CommandGroup(
            title: "plan",
            commands: [
                BudgetSetCommand.self, BudgetListCommand.self, BudgetShowCommand.self,
                BudgetHistoryCommand.self, BudgetOverrideCommand.self, BudgetSimulateCommand.self,
                BudgetReleaseCommand.self,
            ]),
        CommandGroup(
            title: "prove and put aside",
            commands: [
                VerifyCommand.self, SealRunCommand.self, SealHeadsCommand.self, ArchiveCreateCommand.self,
                ArchiveRestoreCommand.self, ArchiveListCommand.self,
            ]),
        CommandGroup(
            title: "price",
            commands: [
                PricesCheckCommand.self, PricesListCommand.self, PricesShowCommand.self,
                PricesExplainCommand.self, PricesDiffCommand.self, PricesImportCommand.self,
                PricesLoadCommand.self, RateCommand.self, RerateCommand.self, RenormalizeCommand.self,
                WhatIfCommand.self,
            ]),
        CommandGroup(
            title: "exchange",
            commands: [
                ExportFocusCommand.self, ExportHledgerCommand.self, ExportBeancountCommand.self,
                ExportRecordsCommand.self, ExportEntriesCommand.self, ExportOpenTelemetryCommand.self,
                ReconcileImportCommand.self, ReconcileRunCommand.self, ReconcileReportCommand.self,
                ImportCommand.self,
            ]),
        CommandGroup(
            title: "let in",
            commands: [
                TenantCreateCommand.self, TenantListCommand.self, TenantShowCommand.self,
                TenantArchiveCommand.self, KeyCreateCommand.self, KeyListCommand.self, KeyShowCommand.self,
                KeyRotateCommand.self, KeyExpireCommand.self, KeyRevokeCommand.self, ApplyCommand.self,
                UserShowCommand.self, UserForgetCommand.self,
                SuspenseListCommand.self, SuspenseAssignCommand.self,
            ]),
        CommandGroup(
            title: "configure and check",
            commands: [
                ConfigCheckCommand.self, ConfigShowCommand.self, ConfigExampleCommand.self,
                DoctorCommand.self, CompletionsCommand.self, HelpCommand.self,
            ]),
    ]

    static let all: [any Command.Type] = groups.flatMap(\.commands)

    /// Commands of the demo and the benchmark: they run and have a page, but no overview, manual or
    /// completion names them, because nobody should build on them.
    static let hidden: [any Command.Type] = [SimulateCommand.self, LoadCommand.self]

    static func command(_ path: [String]) -> (any Command.Type)? {
        (all + hidden).first { $0.help.path == path }
    }

    /// The commands whose first word this is: `spool` is no command, `spool status` is.
    static func members(of word: String) -> [any Command.Type] {
        all.filter { $0.help.path.count > 1 && $0.help.path.first == word }
    }

    /// Finds the command that the words begin with.
    static func find(_ words: [String]) throws(UsageError) -> (command: any Command.Type, rest: [String]) {
        guard let first = words.first else { throw .missingCommand(in: "tollbook") }
        let members = members(of: first)
        if !members.isEmpty, words.count > 1, !words[1].hasPrefix("-") {
            if let command = command([first, words[1]]) { return (command, Array(words.dropFirst(2))) }
            let names = members.map { $0.help.path[1] }
            let near = nearest(to: words[1], among: names).map { "\(first) \($0)" }
            throw .unknownCommand("\(first) \(words[1])", nearest: near)
        }
        if let command = command([first]) { return (command, Array(words.dropFirst())) }
        if !members.isEmpty { throw .missingCommand(in: "tollbook \(first)") }
        let names = Set(all.compactMap { $0.help.path.first }).sorted()
        throw .unknownCommand(first, nearest: nearest(to: first, among: names))
    }
}
