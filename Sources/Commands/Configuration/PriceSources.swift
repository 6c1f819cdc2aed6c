// Price files as texts, from where the configuration says or from inside the binary, and the way from
// texts to a price book.
import CEmbedded
import Documents
public import Rating
import Terms

/// One price file as it was written.
public struct PriceSource: Hashable, Sendable {
    /// Such as `pricing/openai.yaml`.
    public let name: String
    public let bytes: [UInt8]
    public init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

public enum PriceSources {
    /// The price files that travel inside the binary.
    public static var builtIn: [PriceSource] {
        var count = 0
        guard let files = tollbook_embedded_files(&count) else { return [] }
        return (0..<count).compactMap { index in
            let file = files[index]
            guard let cName = file.name, let start = file.bytes else { return nil }
            let name = String(cString: cName)
            guard name.hasPrefix("pricing/") else { return nil }
            return PriceSource(name: name, bytes: Array(UnsafeBufferPointer(start: start, count: file.size)))
        }
    }

    /// Reads files, and all `.yaml` files of directories.
    ///
    /// - Throws: what cannot be read or is not there.
    public static func read(_ paths: [String]) throws(FileProblem) -> [PriceSource] {
        var sources: [PriceSource] = []
        for path in paths {
            let files: [String]
            if let names = try Files.names(in: path, ending: ".yaml") {
                files = names.map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
            } else {
                files = [path]
            }
            for file in files {
                guard let bytes = try Files.read(file) else {
                    throw FileProblem(path: file, reason: "there is no such file or directory")
                }
                sources.append(PriceSource(name: file, bytes: bytes))
            }
        }
        return sources
    }

    /// Makes a book. Its version is the label, or a hash of names and texts.
    ///
    /// - Parameter isProven: the texts are from a book that was found sound when it was stored.
    /// - Throws: every problem of every file; the exit code is 78 where `serve` needs the book.
    public static func book(
        _ sources: [PriceSource], label: String? = nil, isProven: Bool = false
    ) throws(ConfigurationProblems) -> PriceBook {
        let files = try files(sources)
        let version = label ?? PriceBook.contentVersion(of: sources.map { ($0.name, $0.bytes) })
        do throws(PriceProblems) {
            return try PriceBook(version: version, files: files, isProven: isProven, zones: ZoneFiles.rules)
        } catch {
            throw ConfigurationProblems(diagnoses: error.problems.map(\.diagnosis))
        }
    }

    private static func files(_ sources: [PriceSource]) throws(ConfigurationProblems) -> [PriceFile] {
        var files: [PriceFile] = []
        var diagnoses: [Diagnosis] = []
        for source in sources {
            let document: Document
            do throws(DocumentError) {
                document = try Document.yaml(source.bytes)
            } catch {
                diagnoses.append(error.diagnosis(in: source.name))
                continue
            }
            do throws(PriceProblems) {
                files.append(try PriceFile(document, name: source.name))
            } catch {
                diagnoses += error.problems.map(\.diagnosis)
            }
        }
        guard diagnoses.isEmpty else { throw ConfigurationProblems(diagnoses: diagnoses) }
        return files
    }

    /// The prices that name a model, by id; the rest of the files is skipped, unless it is needed to read
    /// them.
    static func entries(
        _ sources: [PriceSource], naming model: String
    ) throws(ConfigurationProblems) -> [PriceEntry] {
        var relevant: [PriceSource] = []
        for source in sources {
            var text = PriceText(source.bytes)
            text.keep(naming: [model])
            if text.keepsAny { relevant.append(PriceSource(name: source.name, bytes: text.bytes)) }
        }
        return try files(relevant).flatMap(\.entries)
            .filter { entry in entry.models.contains { $0.matches(model) } }
            .sorted { ($0.id, $0.file) < ($1.id, $1.file) }
    }
}
