// Everything that is not a token: what is charged per request, search, image, second, page, character or
// hour, what is billed at least, and what a surcharge leaves alone.
import Rating
import Terms
import Testing

@Suite struct UnitTests {
    private func cost(_ rates: String, _ meters: [String: String], more: String = "") throws -> String? {
        let book = try Books.book(
            Books.provider("- {id: a, models: [m], from: 2026-01-01, \(more) rates: {\(rates)}}"))
        var usage = Usage.of("m", [:])
        usage.components[0].readings = meters.sorted { $0.key < $1.key }.map {
            MeterReading(Meter($0.key), Quantity($0.value)!)
        }
        return book.cost(usage)
    }

    @Test("per request, by the size of the search")
    func requests() throws {
        let rates = """
            request.search_low: {amount: "6", per: 1000}, request.search_medium: {amount: "10", per: 1000},
            request.search_high: {amount: "14", per: 1000}, in.text.fresh: {amount: "3", per: 1000000}
            """
        #expect(try cost(rates, ["request.search_high": "1", "in.text.fresh": "1000"]) == "0.017")
        #expect(try cost(rates, ["request.search_low": "1"]) == "0.006")
    }

    @Test("per image, by size and quality")
    func images() throws {
        let rates = """
            image.count.1024x1024.low: {amount: "0.011", per: 1},
            image.count.1024x1024.high: {amount: "0.167", per: 1},
            image.count.1536x1024.high: {amount: "0.25", per: 1}
            """
        #expect(
            try cost(rates, ["image.count.1024x1024.high": "2", "image.count.1024x1024.low": "1"]) == "0.345")
        #expect(try cost(rates, ["image.count.256x256.low": "1"]) == nil)
    }

    @Test("a price for images whatever they look like is one for each that has no price of its own")
    func anyImage() throws {
        let rates =
            "image.count: {amount: '0.04', per: 1}, image.count.1024x1792.hd: {amount: '0.12', per: 1}"
        #expect(try cost(rates, ["image.count.1024x1792.hd": "1", "image.count.512x512": "1"]) == "0.16")
        #expect(try cost(rates, ["image.counts": "1"]) == nil)
    }

    @Test("per second, page, character, search unit and hour of machine time")
    func others() throws {
        #expect(try cost("video.seconds.720p: {amount: '0.1', per: 1}", ["video.seconds.720p": "8"]) == "0.8")
        #expect(try cost("ocr.page: {amount: '1', per: 1000}", ["ocr.page": "29"]) == "0.029")
        #expect(try cost("chars.in: {amount: '15', per: 1000000}", ["chars.in": "1234"]) == "0.01851")
        #expect(
            try cost("rerank.search_unit: {amount: '2', per: 1000}", ["rerank.search_unit": "3"]) == "0.006")
        #expect(
            try cost("compute.seconds.a100: {amount: '3', per: 3600}", ["compute.seconds.a100": "1.5"])
                == "0.00125")
    }

    @Test("what is billed at least, once anything was used")
    func minimum() throws {
        let rates = "in.audio.seconds: {amount: '0.111', per: 3600, minimum: '10'}"
        #expect(try cost(rates, ["in.audio.seconds": "3"]) == "0.000308333333")
        #expect(try cost(rates, ["in.audio.seconds": "10"]) == "0.000308333333")
        #expect(try cost(rates, ["in.audio.seconds": "10.5"]) == "0.00032375")
        #expect(try cost(rates, ["in.audio.seconds": "0", "in.text.fresh": "0"]) == "0")
    }

    @Test("the quantity stays what was used, whatever is billed at least")
    func minimumQuantity() throws {
        let book = try Books.book(
            Books.provider(
                "- {id: a, models: [m], from: 2026-01-01, rates: "
                    + "{in.audio.seconds: {amount: '1', per: 1, minimum: '10'}}}"))
        let rated = book.rate(.of("m", ["in.audio.seconds": 3]), upstream: "up", at: Instant("2026-02-01"))
        #expect(rated.charges.map(\.quantity.plain) == ["3"] && rated.charges.map(\.amount.plain) == ["10"])
    }

    @Test("a rate's own multiplier stands in place of the price's, also for what is priced like it")
    func multipliers() throws {
        let rates = """
            in.text.fresh: {amount: "5", per: 1000000}, web_search.request: {amount: "10", per: 1000, \
            multiply: "1"}}, same_as: {x_search.request: web_search.request, in.doc.fresh: in.text.fresh
            """
        let more = "multiply: '2.2',"
        #expect(try cost(rates, ["in.text.fresh": "1000", "web_search.request": "2"], more: more) == "0.031")
        #expect(try cost(rates, ["in.doc.fresh": "1000", "x_search.request": "2"], more: more) == "0.031")
    }

    @Test("the shape of a minimum is checked")
    func wrong() {
        for minimum in ["-1", "soon", "0.0000000001"] {
            let problems = Books.problems(
                Books.provider(
                    "- {id: a, models: [m], from: 2026-01-01, rates: "
                        + "{request: {amount: 1, per: 1, minimum: '\(minimum)'}}}"))
            #expect(problems.map(\.kind) == [.number], "\(minimum)")
        }
    }
}
