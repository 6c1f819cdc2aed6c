// A strict reader of the text format of Prometheus (0.0.4), stricter than Prometheus itself: what promtool
// would warn of is an error here.
import Foundation

struct PrometheusText {
    struct Sample: Hashable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private(set) var kinds: [String: String] = [:]
    private(set) var samples: [Sample] = []
    private var helps: Set<String> = []
    private var seen: Set<String> = []
    private var finished: Set<String> = []
    private var family = ""

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Problem(description: "the last line has no end") }
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            try read(String(line))
        }
        for name in helps where kinds[name] == nil { throw Problem(description: "\(name) has no type") }
        try checkHistograms()
    }

    /// The value of the one sample with these labels, among others.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = samples.filter { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
        return found.count == 1 ? found[0].value : nil
    }

    private mutating func read(_ line: String) throws {
        func problem(_ words: String) -> Problem { Problem(description: "\(words): \(line)") }
        if line.hasPrefix("# HELP ") || line.hasPrefix("# TYPE ") {
            let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
            guard words.count == 4, !words[3].isEmpty else { throw problem("no text") }
            let name = String(words[2])
            guard name.range(of: "^[a-z][a-z0-9_]*$", options: .regularExpression) != nil else {
                throw problem("not a name")
            }
            if line.hasPrefix("# HELP ") {
                guard helps.insert(name).inserted else { throw problem("a second HELP") }
                if !family.isEmpty { finished.insert(family) }
                family = name
            } else {
                guard family == name, kinds[name] == nil else { throw problem("TYPE is not behind its HELP") }
                guard ["counter", "gauge", "histogram"].contains(words[3]) else { throw problem("no kind") }
                guard (words[3] == "counter") == name.hasSuffix("_total") else {
                    throw problem("counters, and only they, end in _total")
                }
                kinds[name] = String(words[3])
            }
            return
        }
        guard !line.hasPrefix("#"), !line.isEmpty else { throw problem("neither comment nor sample") }
        let sample = try Self.sample(line)
        let base =
            kinds[family] == "histogram"
            ? ["_bucket", "_sum", "_count"].first { sample.name == family + $0 }.map { _ in family }
            : sample.name
        guard base == family, !finished.contains(family) else { throw problem("not behind its TYPE") }
        let key = sample.name + sample.labels.sorted { $0.key < $1.key }.map { "\($0)=\($1)\u{1}" }.joined()
        guard seen.insert(key).inserted else { throw problem("a second time") }
        if kinds[family] == "counter", sample.value < 0 { throw problem("a counter below zero") }
        samples.append(sample)
    }

    private static func sample(_ line: String) throws -> Sample {
        var rest = Substring(line)
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        rest = rest[name.endIndex...]
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while true {
                let label = rest.prefix { $0.isLetter || $0 == "_" }
                rest = rest[label.endIndex...]
                guard !label.isEmpty, rest.hasPrefix("=\"") else {
                    throw Problem(description: "label: \(line)")
                }
                rest = rest.dropFirst(2)
                let value = try Self.quoted(&rest)
                guard labels.updateValue(value, forKey: String(label)) == nil else {
                    throw Problem(description: "label twice: \(line)")
                }
                if rest.first == "," { rest = rest.dropFirst() } else { break }
            }
            guard rest.first == "}" else { throw Problem(description: "no end of labels: \(line)") }
            rest = rest.dropFirst()
        }
        guard rest.first == " ",
            rest.dropFirst().range(of: "^-?[0-9]+(\\.[0-9]+)?$", options: .regularExpression) != nil,
            let value = Double(rest.dropFirst())
        else { throw Problem(description: "no value: \(line)") }
        return Sample(name: String(name), labels: labels, value: value)
    }

    /// Reads up to the closing quote and takes escapes away.
    private static func quoted(_ rest: inout Substring) throws -> String {
        var value = ""
        while let character = rest.popFirst() {
            if character == "\"" { return value }
            guard character == "\\" else {
                value.append(character)
                continue
            }
            switch rest.popFirst() {
            case "n": value.append("\n")
            case "\\": value.append("\\")
            case "\"": value.append("\"")
            default: throw Problem(description: "an unknown escape")
            }
        }
        throw Problem(description: "no closing quote")
    }

    private func checkHistograms() throws {
        for (name, kind) in kinds where kind == "histogram" {
            let buckets = samples.filter { $0.name == name + "_bucket" }
            let values = buckets.map(\.value)
            let bounds = buckets.map { Double($0.labels["le"] == "+Inf" ? "inf" : $0.labels["le"] ?? "") }
            guard bounds.last == .some(.infinity), values == values.sorted(),
                bounds.compactMap(\.self) == bounds.compactMap(\.self).sorted(),
                let count = value(name + "_count"), values.last == count, value(name + "_sum") != nil
            else { throw Problem(description: "\(name) is no histogram") }
        }
    }
}
