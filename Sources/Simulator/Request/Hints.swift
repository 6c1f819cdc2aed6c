// How a request says what it wants to see. Every hint can be a header, `x-sim-NAME: VALUE`, or part of the
// member `simulate` of a JSON body, `"simulate": "input=1000, output=200"`; a header wins.
//
// | hint      | unit     | what it does                                 | without it                 |
// |-----------|----------|----------------------------------------------|----------------------------|
// | input     | tokens   | all prompt tokens                            | body bytes / 4             |
// | cached    | tokens   | of them read from the cache                  | 0                          |
// | write     | tokens   | of them written to the cache for 5 minutes   | 0                          |
// | write1h   | tokens   | of them written to the cache for an hour     | 0                          |
// | tool      | tokens   | of them added by tools (Gemini)              | 0                          |
// | output    | tokens   | all generated tokens                         | declared maximum, else 100 |
// | reasoning | tokens   | of them hidden reasoning                     | 0                          |
// | searches  | requests | searches made by the provider                | 0                          |
// | frames    | frames   | content frames of a stream                   | 8                          |
// | text      | bytes    | visible text of an answer in one piece       | 120                        |
// | first     | ms       | wait before the first byte                   | 0                          |
// | pace      | µs       | wait between content frames                  | 0                          |
// | hold      | frames   | stop after so many until `releaseHeld()`     | never                      |
// | cut       | frames   | break the connection after so many           | never                      |
// | fail      | frames   | the dialect's error after so many            | never                      |
// | status    | code     | this error status in the dialect's shape     | 200                        |
// | usage     | word     | `asked` as usual, `always`, `never`          | asked                      |
// | gzip      | word     | `accepted` if the client takes it, `always`  | off                        |
// | transfer  | word     | `sized`, `chunked`, `close`                  | sized, streams chunked     |
// | pieces    | seed     | send the body in random small pieces         | off                        |
// | id        | text     | the answer's id                              | counted                    |
// | served    | text     | the model named in the answer                | the one asked for          |
// | tier      | text     | service tier in the answer                   | the dialect's usual        |
// | provider  | text     | spell like `deepseek`, `mistral`, `silent` … | path, else model           |

/// When an answer states its usage.
enum UsageReport: String, Sendable {
    case asked
    case always
    case never
}

enum GzipUse: String, Sendable {
    case accepted
    case always
}

struct Hints: Sendable {
    var numbers: [NumberHint: Int] = [:]
    var usage: UsageReport?
    var gzip: GzipUse?
    var transfer: Transfer?
    var id: String?
    var served: String?
    var tier: String?
    var provider: String?

    enum NumberHint: String, CaseIterable, Sendable {
        case input, cached, write, write1h, tool, output, reasoning, searches, frames, text, first, pace
        case hold, cut, fail, status, pieces
    }

    /// A hint that cannot be obeyed: the request is answered with 400 and this text.
    struct Mistake: Error {
        let problem: String
    }

    subscript(_ hint: NumberHint) -> Int? { numbers[hint] }

    /// Takes one hint; the first value stands, so headers must be taken before the body.
    mutating func take(_ name: String, _ value: String) throws(Mistake) {
        if let hint = NumberHint(rawValue: name) {
            guard let number = Int(value), (0...SimulatorLimits.hintValue).contains(number) else {
                throw Mistake(problem: "hint \(name) wants a whole number, not '\(value)'")
            }
            if numbers[hint] == nil { numbers[hint] = number }
            return
        }
        switch name {
        case "usage": if usage == nil { usage = try Self.word(name, value) }
        case "gzip": if gzip == nil { gzip = try Self.word(name, value) }
        case "transfer": if transfer == nil { transfer = try Self.word(name, value) }
        case "id": id = id ?? value
        case "served": served = served ?? value
        case "tier": tier = tier ?? value
        case "provider": provider = provider ?? value
        default: throw Mistake(problem: "there is no hint '\(name)'")
        }
    }

    /// Takes the hints of a body's `simulate`: `name=value` parted by commas.
    mutating func take(list: String) throws(Mistake) {
        for item in list.split(separator: ",") {
            let parts = item.split(separator: "=", maxSplits: 1).map(trimmed)
            guard parts.count == 2 else { throw Mistake(problem: "hint '\(item)' is no name=value") }
            try take(parts[0], parts[1])
        }
    }

    private static func word<Word: RawRepresentable<String>>(
        _ name: String, _ value: String
    ) throws(Mistake) -> Word {
        guard let word = Word(rawValue: value) else {
            throw Mistake(problem: "hint \(name) does not know '\(value)'")
        }
        return word
    }
}

/// The text without blanks at its ends.
func trimmed(_ text: some StringProtocol) -> String {
    var bytes = Substring(text).utf8
    while let first = bytes.first, first == 32 || first == 9 { bytes = bytes.dropFirst() }
    while let last = bytes.last, last == 32 || last == 9 { bytes = bytes.dropLast() }
    return String(Substring(bytes))
}
