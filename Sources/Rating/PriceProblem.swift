// Why price files are refused. All problems of a load are told at once: who mends a file wants to run
// the check once.
public import Terms

/// One mistake at one place of a price file.
public struct PriceProblem: Hashable, Comparable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// A list, map or word stands where something else is expected.
        case shape
        case unknownKey = "unknown-key"
        case missing
        case number
        case date
        case window
        case sameAs = "same-as"
        case duplicateID = "duplicate-id"
        /// Two prices that would hold for one request with equal right.
        case tie
        case zone = "unknown-zone"
    }

    public let kind: Kind
    public let file: String
    /// Counted from 1.
    public let line: Int
    public let text: String
    /// The id of the other price of a tie.
    public var rival: String?

    init(kind: Kind, file: String, line: Int, text: String, rival: String? = nil) {
        self.kind = kind
        self.file = file
        self.line = line
        self.text = text
        self.rival = rival
    }

    public static func < (a: PriceProblem, b: PriceProblem) -> Bool {
        (a.file, a.line, a.text) < (b.file, b.line, b.text)
    }

    public var diagnosis: Diagnosis {
        Diagnosis(
            code: "prices.\(kind.rawValue)", problem: "\(file):\(line): \(text)",
            effect: "the price files are not used; a book already in force stays in force",
            remedy: "correct the line, then run `tollbook prices check`")
    }
}

/// Everything wrong with one load; never empty.
public struct PriceProblems: Error, Hashable, Sendable {
    /// By file and line.
    public let problems: [PriceProblem]

    init(_ problems: [PriceProblem]) { self.problems = problems.sorted() }
}
