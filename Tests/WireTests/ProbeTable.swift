// The probes of Tests/Framing, as the parser alone is asked about them. The tables themselves say how their
// lines are read; scripts/probe-framing sends the same bytes through the program and through its peers.

import Foundation
import Testing
import Wire

struct Probe: CustomTestStringConvertible, Sendable {
    /// What becomes of one message of a probe.
    enum Outcome: Equatable {
        case pass
        case refused(HTTPRefusal)
        /// The bytes end before the message does.
        case wait
    }

    let name: String
    let outcomes: [Outcome]
    let bytes: [UInt8]
    var testDescription: String { name }

    /// All requests, but for those that only the relay refuses, well-formed as they are.
    static let requests = read("requests", columns: 3).filter { probe in
        !probe.outcomes.contains(.refused(.methodNotOffered))
            && !probe.outcomes.contains(.refused(.upgradeNotOffered))
    }

    /// The responses whose head the parser refuses.
    static let responses = read("responses", columns: 4).filter { probe in
        probe.outcomes.contains { if case .refused = $0 { true } else { false } }
    }

    /// The bodies of the requests that are chunked and refused for it.
    static let chunks = requests.compactMap { probe -> Probe? in
        guard case .refused(let reason) = probe.outcomes.first, reason.isOfChunks,
            let end = probe.bytes.firstRange(of: Array("\r\n\r\n".utf8))
        else { return nil }
        return Probe(name: probe.name, outcomes: probe.outcomes, bytes: Array(probe.bytes[end.upperBound...]))
    }

    private static func read(_ name: String, columns: Int) -> [Probe] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Framing/\(name).txt").standardizedFileURL
        guard let text = try? String(contentsOf: file, encoding: .isoLatin1) else {
            fatalError("no table at \(file.path)")
        }
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.components(separatedBy: " | ")
            let rest = parts[(columns - 1)...].joined(separator: " | ")
            let sent = rest.components(separatedBy: " => ")[0].replacing("<EOF>", with: "")
            return Probe(
                name: parts[0], outcomes: parts[1].components(separatedBy: ", ").map(outcome),
                bytes: bytes(of: sent))
        }
    }

    private static func outcome(_ text: String) -> Outcome {
        let words = text.split(separator: " ")
        if words.count == 2, let reason = HTTPRefusal(rawValue: String(words[1])) { return .refused(reason) }
        return words[0] == "wait" ? .wait : .pass
    }

    private static func bytes(of text: String) -> [UInt8] {
        var repeated = ""
        var rest = text[...]
        while let found = rest.firstMatch(of: /\{(\d+)\*([^}]*)\}/) {
            repeated += rest[..<found.range.lowerBound]
            repeated += String(repeating: String(found.2), count: Int(found.1) ?? 0)
            rest = rest[found.range.upperBound...]
        }
        var bytes: [UInt8] = []
        var scalars = Array((repeated + rest).unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "~": bytes += [13, 10]
            case "\\":
                switch scalars.popFirst() {
                case "r": bytes.append(13)
                case "n": bytes.append(10)
                case "t": bytes.append(9)
                case "0": bytes.append(0)
                case "x":
                    let digits = String(String.UnicodeScalarView(scalars.prefix(2)))
                    bytes.append(UInt8(digits, radix: 16) ?? 0)
                    scalars = scalars.dropFirst(2)
                default: bytes.append(0x5C)
                }
            default: bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            }
        }
        return bytes
    }
}

extension HTTPRefusal {
    var isOfChunks: Bool {
        switch self {
        case .badChunkSize, .badChunkExtension, .badChunkEnd, .badTrailer: true
        default: false
        }
    }
}
