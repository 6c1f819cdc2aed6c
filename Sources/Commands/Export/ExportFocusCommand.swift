import Bookkeeping
import Reporting
import Terms
import Wire

/// `tollbook export focus`: the FOCUS cost and usage dataset, and the check of any such file.
struct ExportFocusCommand: Command {
    static let help = Help(
        "export focus", "the FOCUS cost and usage dataset as CSV, or a check of one",
        details: """
            One row per charge day, tenant, user, key, provider, upstream, model, meter, tier and price version.
            Every decimal is exact: PricingQuantity times the unit price is the cost. 1.4 is the newest published
            version; 1.5-draft follows the working draft and changes with it. Tags hold the tenant's cost center
            and the labels of rollup_labels. What came after its month was closed is of ChargeClass Correction, in
            the billing period that carries it.

            With --check nothing is written but what breaks the rules of the version: of FILE, or of what would be
            exported. The exit code is 2 when something does.
            """,
        operands: [.init("FILE", "with --check: the CSV to check; - is standard input", required: false)],
        options: [
            .init(
                "--version", "VERSION", "of the specification", fallback: "1.4",
                values: FocusVersion.allCases.map(\.rawValue)),
            .init(flag: "--check", "judge instead of writing"),
        ] + ExportOptions.help,
        examples: [
            .init("tollbook export focus --month 2026-10 > october.csv", "for a FinOps tool"),
            .init("tollbook export focus --check --version 1.2 bill.csv", "whether a file keeps the rules"),
        ])

    private let options: ExportOptions
    private let version: FocusVersion
    private let isCheck: Bool
    private let path: String?

    init(_ arguments: Arguments) throws(UsageError) {
        options = try ExportOptions(arguments)
        version = arguments.value("--version").flatMap(FocusVersion.init) ?? .version14
        isCheck = arguments.flag("--check")
        path = try arguments.operand(0)
        if path != nil, !isCheck { throw .needs("FILE", "--check") }
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        if isCheck { return try check(in: world) }
        let zone = try options.zone()
        var export = FocusExport(version: version, zone: zone)
        return try options.run(in: world) { names in
            export = FocusExport(
                version: version, zone: zone, costCenters: names.costCenters, labels: names.labels)
        } each: { stored in
            export.add(stored)
        } end: {
            var sums = export.sums
            var csv = CSV()
            csv.line(export.header)
            export.forEachRow { row in
                csv.line(row)
                sums.rows += 1
                world.out.write(csv.take())
            }
            world.out.write(csv.take())
            return sums
        }
    }

    private func check(in world: World) throws(Failure) -> ExitCode {
        var check = FocusCheck(version)
        if let path {
            try Self.read(path, into: &check)
        } else {
            let zone = try options.zone()
            var export = FocusExport(version: version, zone: zone)
            _ = try options.run(in: world) { names in
                export = FocusExport(
                    version: version, zone: zone, costCenters: names.costCenters, labels: names.labels)
            } each: { stored in
                export.add(stored)
            } end: {
                var sums = export.sums
                check.header(export.header)
                export.forEachRow { row in
                    sums.rows += 1
                    check.row(row, line: sums.rows + 1)
                }
                return sums
            }
        }
        world.out.write(check.text(columns: world.outStyle.columns))
        return check.findings.isEmpty ? .done : .found
    }

    private static func read(_ path: String, into check: inout FocusCheck) throws(Failure) {
        var hasHeader = false
        do throws(FileProblem) {
            try DelimitedFile.read(path) { row, line in
                switch row {
                case .tooLong: check.unreadable(line: line)
                case .fields(let fields) where hasHeader: check.row(fields, line: line)
                case .fields(let fields):
                    check.header(fields)
                    hasHeader = true
                }
            }
        } catch {
            throw Failure(error, effect: "nothing was checked")
        }
        if !hasHeader { check.header([]) }
    }
}
