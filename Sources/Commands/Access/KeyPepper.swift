// Where the pepper of gateway keys comes from: the configuration, else a file. The file is made with the
// first key and must then be brought to every sidecar; a pepper that is there but empty is refused, because
// digests under nothing protect nothing.
import Access
import Glibc
import Terms

enum KeyPepper {
    /// Bytes of a pepper that this program makes: as many as the digest has.
    private static let size = 32

    /// What is at hand; nothing is made.
    static func load(_ keys: Configuration.Keys) throws(Diagnosis) -> Peppers {
        let previous = keys.previousPepper.flatMap { Pepper(Array($0.utf8)) }
        if let text = keys.pepper {
            guard let pepper = Pepper(Array(text.utf8)) else { throw empty("keys.pepper") }
            return Peppers(current: pepper, previous: previous)
        }
        let found: [UInt8]?
        do throws(FileProblem) {
            found = try Files.read(keys.pepperFile)
        } catch {
            throw error.diagnosis(effect: "gateway keys cannot be checked without their pepper")
        }
        guard let found else { return Peppers(previous: previous) }
        var bytes = found[...]
        while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
        guard let pepper = Pepper(Array(bytes)) else { throw empty(keys.pepperFile) }
        return Peppers(current: pepper, previous: previous)
    }

    /// The same, and where there is none yet the file is made.
    ///
    /// - Parameter inUse: names of the peppers that live keys need: a new one beside them would only hide
    ///   that theirs is missing.
    static func loadOrMake(
        _ configuration: Configuration, inUse: Set<String>
    ) throws(Diagnosis) -> Peppers {
        var peppers = try load(configuration.keys)
        if peppers.current == nil, inUse.isEmpty {
            try DataDirectory.prepare(configuration.dataDirectory)
            try make(configuration.keys.pepperFile)
            peppers = try load(configuration.keys)
        }
        guard peppers.current != nil, inUse.isEmpty || inUse.contains(where: { peppers[$0] != nil }) else {
            throw missing(inUse, configuration.keys)
        }
        return peppers
    }

    private static func make(_ path: String) throws(Diagnosis) {
        var random = [UInt8](repeating: 0, count: size)
        Entropy.fill(&random)
        let text = random.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\n"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        // Somebody else made it this moment: theirs is as good.
        if descriptor < 0, errno == EEXIST { return }
        guard descriptor >= 0 else { throw unwritable(path) }
        let bytes = Array(text.utf8)
        let isWritten = write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        guard isWritten, close(descriptor) == 0 else { throw unwritable(path) }
    }

    private static func unwritable(_ path: String) -> Diagnosis {
        Diagnosis(
            code: "keys.pepper-unwritable",
            problem: "\(path) cannot be written: \(String(cString: strerror(errno)))",
            effect: "without a pepper no key can be kept safely, so none was made",
            remedy: "let this user write there, or set keys.pepper")
    }

    private static func empty(_ place: String) -> Diagnosis {
        Diagnosis(
            code: "keys.pepper-empty", problem: "\(place) is empty",
            effect: "digests of gateway keys would protect nothing, so nothing was done",
            remedy: "put a long random text there (`openssl rand -hex 32`), or remove it to use a file")
    }

    /// Keys are in use and what they are checked with is not here.
    static func missing(_ inUse: Set<String>, _ keys: Configuration.Keys) -> Diagnosis {
        let names = inUse.sorted().joined(separator: ", ")
        return Diagnosis(
            code: "keys.pepper-missing",
            problem: "gateway keys are in use, and their pepper (\(names)) is neither in keys.pepper nor in "
                + keys.pepperFile,
            effect: "no key could be checked or made",
            remedy: "bring the pepper file of the sidecar that has it, or set keys.pepper to the same text")
    }
}

/// The kernel's random bytes.
enum Entropy {
    static func fill(_ bytes: inout [UInt8]) {
        var at = 0
        while at < bytes.count {
            let piece = min(256, bytes.count - at)
            let result = bytes.withUnsafeMutableBytes { getentropy($0.baseAddress! + at, piece) }
            precondition(result == 0, "the kernel has random bits once it has started")
            at += piece
        }
    }

    static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        fill(&bytes)
        return bytes
    }
}
