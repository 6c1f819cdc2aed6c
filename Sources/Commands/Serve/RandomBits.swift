import Glibc

/// The kernel's random bits, 32 words a system call. The standard library's generator makes one call a word.
struct RandomBits {
    /// What getentropy gives at once: 256 bytes.
    private static let words = 32
    private var drawn = [UInt64](repeating: 0, count: RandomBits.words)
    private var left = 0

    mutating func next() -> UInt64 {
        if left == 0 { draw() }
        left -= 1
        return drawn[left]
    }

    private mutating func draw() {
        let result = drawn.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) }
        precondition(result == 0, "the kernel has random bits once it has started")
        left = Self.words
    }
}
