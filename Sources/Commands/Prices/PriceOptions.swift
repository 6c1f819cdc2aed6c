import Rating
import Terms

/// `--prices`: which price files a command reads.
struct PriceOptions {
    private let paths: [String]
    private let configuration: ConfigurationOptions

    static let help = OptionHelp(
        "--prices", "PATH", "price files, or directories of them",
        fallback: "the configuration's prices, else those inside the binary", arity: .list)

    init(_ arguments: Arguments) {
        paths = arguments.list("--prices")
        configuration = ConfigurationOptions(arguments)
    }

    /// The texts of the price files.
    func sources(in world: World) throws(Failure) -> [PriceSource] {
        let paths: [String]
        if self.paths.isEmpty {
            guard let configured = try configuration.load(in: world).prices else {
                return PriceSources.builtIn
            }
            paths = configured
        } else {
            paths = self.paths
        }
        return try Self.read(paths)
    }

    func book(in world: World) throws(Failure) -> PriceBook { try Self.book(try sources(in: world)) }

    /// The prices that name a model, by id. Reads no more of the files than it must: whether the whole of
    /// them makes a book is for `prices check`.
    func entries(naming model: String, in world: World) throws(Failure) -> [PriceEntry] {
        let sources = try sources(in: world)
        do throws(ConfigurationProblems) {
            return try PriceSources.entries(sources, naming: model)
        } catch {
            throw Failure(error)
        }
    }

    /// Models that the files name exactly, without reading more of them than that.
    func names(in world: World) throws(Failure) -> [String] {
        var names: Set<String> = []
        for source in try sources(in: world) { names.formUnion(PriceText(source.bytes).names) }
        return names.filter { !$0.utf8.contains(UInt8(ascii: "*")) }.sorted()
    }

    /// The book of a file or directory, or of those inside the binary.
    static func book(at path: String) throws(Failure) -> PriceBook {
        try book(path == "built-in" ? PriceSources.builtIn : try read([path]))
    }

    fileprivate static func read(_ paths: [String]) throws(Failure) -> [PriceSource] {
        let sources: [PriceSource]
        do throws(FileProblem) {
            sources = try PriceSources.read(paths)
        } catch {
            throw Failure(error, effect: "there are no prices: nothing was done")
        }
        guard !sources.isEmpty else {
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: "prices.none",
                    problem: "there is no .yaml file in \(paths.joined(separator: ", "))",
                    effect: "there are no prices: everything would be unpriced",
                    remedy: "name a directory of price files"))
        }
        return sources
    }

    fileprivate static func book(_ sources: [PriceSource]) throws(Failure) -> PriceBook {
        do throws(ConfigurationProblems) {
            return try PriceSources.book(sources)
        } catch {
            throw Failure(error)
        }
    }
}

extension Configuration {
    /// The book of the configured price files, or of those inside the binary.
    func priceBook() throws(Failure) -> PriceBook {
        try PriceOptions.book(
            try prices.map { paths throws(Failure) in try PriceOptions.read(paths) } ?? PriceSources.builtIn)
    }
}
