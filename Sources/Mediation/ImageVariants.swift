// Images that are charged for one by one cost by their size and quality, which only the request says. The
// meter of such images has both in its name, `image.count.1024x1792.hd`, as far as they were said; what was
// not said is what the provider takes by default, and the price file says what that costs. Videos that are
// charged for by the second state their size in the answer: `video.seconds.1792x1024`.

import Terms

extension RequestFacts {
    mutating func describe(size: String? = nil, quality: String? = nil) {
        for (place, value) in [size, quality].enumerated() {
            guard let word = Meter.describing(value) else { continue }
            if variant.isEmpty { variant = ["", ""] }
            variant[place] = word
        }
    }
}

extension Meter {
    /// What of a size or quality becomes part of a meter's name: short words as providers define them.
    private static let longestWord = 16

    /// The word, nil where nothing was said or the provider chooses.
    static func describing(_ value: String?) -> String? {
        guard let value, !value.isEmpty, value.utf8.count <= longestWord, value.utf8.allSatisfy(isOfAWord)
        else { return nil }
        let word = value.lowercased()
        return word == "auto" ? nil : word
    }

    private static func isOfAWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension Meter {
    /// Images, whatever they look like.
    static let images = Meter("image.count")
    /// Seconds of video that was made, whatever it looks like.
    static let videoSeconds = Meter("video.seconds")
}

extension Judgement {
    /// Gives images that were counted one by one the name of what was asked for.
    mutating func nameVariants() {
        let words = seen.request.variant.filter { !$0.isEmpty }
        guard dialect.traits.choiceMeter == .images, !words.isEmpty else { return }
        let meter = Meter(([Meter.images.rawValue] + words).joined(separator: "."))
        for number in usage.components.indices {
            let readings = usage.components[number].readings
            for index in readings.indices where readings[index].meter == .images {
                usage.components[number].readings[index].meter = meter
            }
        }
    }
}
