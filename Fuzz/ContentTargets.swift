// Content encodings: damaged, cut and malicious bodies for the libraries behind the tap.
@testable import Wire

/// Small enough that a bomb is quick to give up, large enough to turn the window over.
private let limits = DecodingLimits(decoded: 256 << 10, ratio: 1100, brotliWindow: 18, zstdWindow: 18)

private func contentTarget(_ encoding: String) -> FuzzTarget {
    FuzzTarget(name: "content-\(encoding)") { bytes in
        guard bytes.count > 1, case .decoder(let decoder) = ContentDecoding(encoding, limits: limits) else {
            return
        }
        var pieces = Pieces(seed: bytes[0])
        var decoded = 0
        var at = 1
        while at < bytes.count {
            let size = pieces.next(bytes.count - at)
            let goesOn = decoder.decode(bytes.extracting(at..<at + size)) { decoded += $0.count }
            law(decoded <= limits.decoded, "\(decoded) bytes came out of \(at + size)")
            guard goesOn else { return }
            at += size
        }
    }
}

let contentTargets = ["gzip", "deflate", "br", "zstd"].map(contentTarget)
