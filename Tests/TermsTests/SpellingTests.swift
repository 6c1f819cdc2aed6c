import Terms
import Testing

@Suite struct SpellingTests {
    @Test("a record id is a UUID of version 7 that sorts by time")
    func recordID() throws {
        let early = RecordID(at: Instant(microseconds: 1_790_812_800_123_456), random: (.max, .max))
        let late = RecordID(at: Instant(microseconds: 1_790_812_800_124_000), random: (0, 0))
        #expect(early.text == "01a0f4c2-c47b-7fff-bfff-ffffffffffff")
        #expect(early < late)
        #expect(RecordID(early.text) == early)
        #expect(RecordID(early.text.uppercased()) == early)
        #expect(
            RecordID(high: 0x0123_4567_89ab_7def, low: 0x8fed_cba9_8765_4321).text
                == "01234567-89ab-7def-8fed-cba987654321")
        #expect(RecordID("01a0f4b4") == nil)
        #expect(RecordID("zza0f4b4-487b-7fff-bfff-ffffffffffff") == nil)
    }

    @Test("JSON text has its commas and escapes in the right places")
    func json() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("a", "x\"y\\z\n\u{1}\u{7f}é")
        writer.field("n", Int64?.none)
        writer.key("list")
        writer.beginArray()
        writer.integer(1)
        writer.beginObject()
        writer.endObject()
        writer.bool(false)
        writer.raw("[2]")
        writer.endArray()
        writer.field("money", Money("0.10"))
        writer.field("seconds", Quantity("1.5")!)
        writer.endObject()
        #expect(
            writer.text == #"{"a":"x\"y\\z\n\u0001\u007fé","n":null,"list":[1,{},false,[2]],"#
                + #""money":"0.1","seconds":"1.5"}"#)
    }

    @Test("a component names its meters, and the status of those that were not reported")
    func component() {
        var selectors = Selectors()
        selectors.serviceTier = "default"
        selectors.contextTokens = 12
        let component = Component(
            model: "gpt-5",
            readings: [
                MeterReading(.freshInput, Quantity(12)),
                MeterReading(.output, Quantity(3), status: .estimated),
            ], selectors: selectors)
        var writer = JSONWriter()
        writer.components([component])
        #expect(
            writer.text == #"[{"role":"primary","model":"gpt-5","meters":{"in.text.fresh":12,"out.text":3},"#
                + #""quantity_status":{"out.text":"estimated"},"#
                + #""selectors":{"service_tier":"default","context_tokens":12}}]"#)
    }
}
