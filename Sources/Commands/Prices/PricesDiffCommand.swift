import Rating
import Reporting
import Terms

/// `tollbook prices diff A B`: what changes between two sets of price files.
struct PricesDiffCommand: Command {
    static let help = Help(
        "prices diff", "compare two sets of price files",
        details: """
            Prices, rules of contracts and conversions are compared by their ids: one line for each that is new,
            gone, or different, with the old and the new amount. The exit code is 2 when anything differs.
            """,
        operands: [
            .init("A", "a file or directory, or the word built-in"),
            .init("B", "a file or directory, or the word built-in"),
        ],
        options: [Format.option([.text, .jsonl])],
        examples: [.init("tollbook prices diff built-in pricing/", "what your files change")])

    private let paths: (String, String)
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        paths = (try arguments.operand(0) ?? "", try arguments.operand(1) ?? "")
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let differences = try PriceOptions.book(at: paths.0).differences(to: PriceOptions.book(at: paths.1))
        for difference in differences {
            if format == .jsonl {
                var json = JSONWriter()
                json.beginObject()
                json.field("id", difference.id)
                json.field("kind", difference.kind.rawValue)
                json.field("what", difference.what)
                json.field("old", difference.old)
                json.field("new", difference.new)
                json.endObject()
                json.newline()
                world.out.write(bytes: json.bytes)
                continue
            }
            switch difference.kind {
            case .added, .removed: world.out.write("\(difference.kind.rawValue) \(difference.id.visible)\n")
            case .changed:
                world.out.write(
                    "changed \(difference.id.visible): \(difference.what) "
                        + "\(difference.old ?? "none") -> \(difference.new ?? "none")\n")
            }
        }
        if format == .text {
            world.out.write(
                differences.isEmpty
                    ? "no difference\n" : "\(counted(Int64(differences.count), "difference"))\n")
        }
        return differences.isEmpty ? .done : .found
    }
}
