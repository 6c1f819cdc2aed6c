/// One command, one file: the words are read in `init`, the work is done in `run`, and the outside is
/// touched only through the ``World``.
protocol Command: SendableMetatype {
    static var help: Help { get }

    /// Reads the command line and nothing else, so that a wrong one is told before any work begins.
    init(_ arguments: Arguments) throws(UsageError)

    func run(in world: World) throws(Failure) -> ExitCode
}
