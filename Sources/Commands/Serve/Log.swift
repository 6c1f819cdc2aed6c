// Writes observations for people and their tools, one line each: a JSON object, or words. What is graver than
// `log.level` says is written; all of them are counted.
import Glibc
import Synchronization
import Terms

/// Any thread; lines of several threads do not mix.
final class Log: Sendable {
    private let gate = Mutex(Counted())
    private let descriptor: Int32
    private let level: Observation.Level
    private let format: Configuration.LogFormat

    private struct Counted {
        /// By level and word: a closed list, so the number of lines on the metrics page is bounded.
        var times: [[String]: Int64] = [:]
    }

    init(_ descriptor: Int32 = STDERR_FILENO, level: Observation.Level, format: Configuration.LogFormat) {
        self.descriptor = descriptor
        self.level = level
        self.format = format
    }

    /// Appends to a file; where it cannot be opened, stderr gets the lines.
    init(file: String) {
        let opened = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        descriptor = opened >= 0 ? opened : STDERR_FILENO
        level = .info
        format = .json
    }

    deinit { if descriptor != STDERR_FILENO { close(descriptor) } }

    func tell(_ observation: Observation) {
        let line = observation.level < level ? [] : Self.line(observation, format, at: Clock.now())
        gate.withLock { counted in
            counted.times[[observation.level.word, observation.word], default: 0] += 1
            if line.isEmpty { return }
            // A log that is full or gone must not stop the traffic.
            _ = write(descriptor, line, line.count)
        }
    }

    /// How often each was told, whether or not it was written; sorted.
    var counts: [(level: String, word: String, times: Int64)] {
        gate.withLock { $0.times }.map { ($0.key[0], $0.key[1], $0.value) }.sorted { $0 < $1 }
    }

    static func line(
        _ observation: Observation, _ format: Configuration.LogFormat, at instant: Instant
    ) -> [UInt8] {
        switch format {
        case .json:
            var json = JSONWriter()
            json.beginObject()
            json.field("time", instant.rfc3339)
            json.field("level", observation.level.word)
            json.field("what", observation.word)
            json.facts(observation.facts)
            json.endObject()
            json.newline()
            return json.bytes
        case .text:
            var text = "\(instant.rfc3339) \(observation.level.word) \(observation.word)"
            for fact in observation.facts {
                switch fact.value {
                case .text(let value?): text += " \(fact.name)=" + plain(value)
                case .text(nil): continue
                case .number(let number): text += " \(fact.name)=\(number)"
                }
            }
            return Array((text + "\n").utf8)
        }
    }

    /// A word as it is; anything else in quotes, so that no text can make a second line or another field.
    private static func plain(_ text: String) -> String {
        let isWord =
            !text.isEmpty
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != 0x5c }
        guard !isWord else { return text }
        var json = JSONWriter()
        json.string(text)
        return json.text
    }
}

extension Observation.Level {
    init(_ level: Configuration.LogLevel) {
        switch level {
        case .debug: self = .debug
        case .info: self = .info
        case .warn: self = .warning
        case .error: self = .error
        }
    }
}
