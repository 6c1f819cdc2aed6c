public import Terms

/// Why a command could not do its work: what a person reads, and the exit code that a script reads.
public struct Failure: Error, Hashable, Sendable {
    public let exit: ExitCode
    public let diagnosis: Diagnosis

    public init(_ exit: ExitCode, _ diagnosis: Diagnosis) {
        self.exit = exit
        self.diagnosis = diagnosis
    }
}

extension Diagnosis {
    /// The three lines that stderr gets: what happened, what it means, what to do.
    ///
    /// - Parameter style: paints the first word where the terminal wants colour.
    func lines(_ severity: String = "error", style: TerminalStyle) -> String {
        """
        \(style.paint("\(severity):", .red)) \(problem) [\(code)]
          it means: \(effect)
          to do:    \(remedy)

        """
    }
}
