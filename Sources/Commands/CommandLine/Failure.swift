import Reporting
public import Terms

/// Why a command could not do its work: what a person reads, and the exit code that a script reads.
public struct Failure: Error, Hashable, Sendable {
    public let exit: ExitCode
    /// Everything that is wrong, not only the first; never empty.
    public let diagnoses: [Diagnosis]

    public init(_ exit: ExitCode, _ diagnosis: Diagnosis) {
        self.exit = exit
        diagnoses = [diagnosis]
    }

    public init(_ exit: ExitCode, _ diagnoses: [Diagnosis]) {
        precondition(!diagnoses.isEmpty, "a failure has a reason")
        self.exit = exit
        self.diagnoses = diagnoses
    }

    init(_ problem: FileProblem, effect: String) { self.init(.couldNot, problem.diagnosis(effect: effect)) }

    init(_ problems: ConfigurationProblems) { self.init(.configuration, problems.diagnoses) }
}

extension FileProblem {
    func diagnosis(effect: String) -> Diagnosis {
        Diagnosis(
            code: "file.unreadable", problem: "\(path.visible): \(reason)", effect: effect,
            remedy: "check the path and who may read it")
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

extension World {
    /// Tells what is wrong, after everything that stdout got.
    func tell(_ diagnoses: [Diagnosis], _ severity: String = "error") {
        out.flush()
        for diagnosis in diagnoses { err.write(diagnosis.lines(severity, style: errStyle)) }
    }
}
