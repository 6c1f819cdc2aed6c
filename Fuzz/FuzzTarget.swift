// One program for all fuzz targets: libFuzzer calls it with bytes, the environment says which parser
// gets them. A target fails by trapping: by a bounds check of Swift's, an address that is not its own,
// or a law stated here that does not hold. See docs/fuzzing.md.
import Glibc

/// A parser of outside bytes, and the laws that hold for whatever it is given.
struct FuzzTarget: Sendable {
    let name: String
    /// Longest input, bytes. Long enough for several messages, short enough for many runs.
    var longest = 2048
    let run: @Sendable (borrowing Span<UInt8>) -> Void

    static let all: [FuzzTarget] =
        jsonTargets + streamTargets + messageTargets + httpTargets + contentTargets + mediationTargets
        + spoolTargets
        + documentTargets + delimitedTargets
}

/// The target of this process, from `TOLLBOOK_FUZZ_TARGET`. Set once before the first input.
nonisolated(unsafe) private var chosen = FuzzTarget.all[0]

@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>>
) -> CInt {
    let name = getenv("TOLLBOOK_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    if name == "list" {
        for target in FuzzTarget.all { print(target.name, target.longest) }
        exit(0)
    }
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        tell("TOLLBOOK_FUZZ_TARGET names no target: '\(name)'")
        exit(64)
    }
    chosen = target
    if let folder = getenv("TOLLBOOK_FUZZ_SEEDS") {
        Seeds(target: target.name, folder: String(cString: folder)).write()
        exit(0)
    }
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    chosen.run(UnsafeBufferPointer(start: bytes, count: count).span)
    return 0
}

/// A law that every input has to obey.
func law(_ holds: Bool, _ what: @autoclosure () -> String) {
    guard !holds else { return }
    tell("broken law: \(what())")
    abort()
}

private func tell(_ words: String) {
    let line = Array("fuzz: \(words)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
}

/// Cuts a body into pieces whose sizes follow from a seed; seed 0 gives single bytes.
struct Pieces {
    private var state: UInt64
    init(seed: UInt8) { state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 }

    /// The size of the next piece, at least 1 and at most `left`.
    mutating func next(_ left: Int) -> Int {
        guard state != 0 else { return 1 }
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return min(left, 1 + Int(state >> 33) % 48)
    }
}

extension Span where Element == UInt8 {
    /// The bytes as an array.
    var array: [UInt8] { withUnsafeBufferPointer { Array($0) } }
}
