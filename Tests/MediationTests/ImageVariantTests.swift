// Images that are charged for one by one: what they cost by is what was asked for.
import Mediation
import Terms
import Testing

@Suite struct ImageVariantTests {
    private func meters(_ body: String, type: String = "application/json") -> [String: Int64?] {
        let opening = ExchangeOpening(
            method: "POST", path: "/v1/images/generations", host: "api.openai.com", requestContentType: type)
        var mediator = Mediator(opening)
        mediator.requestBody(Array(body.utf8).span)
        mediator.requestEnd()
        mediator.responseHead(status: 200) { $0 == "content-type" ? "application/json" : nil }
        let answer =
            #"{"created":1,"data":[{"url":"https://example.com/a"},{"url":"https://example.com/b"}]}"#
        _ = mediator.responseBody(Array(answer.utf8).span)
        let readings = mediator.finish(.complete).components.first?.readings ?? []
        return Dictionary(
            readings.map { ($0.meter.rawValue, $0.quantity.whole) }, uniquingKeysWith: { a, _ in a })
    }

    @Test(
        "size and quality are in the meter's name as far as they were said",
        arguments: [
            ("", "image.count"), (#","size":"1024x1792""#, "image.count.1024x1792"),
            (#","quality":"hd","size":"1024x1024""#, "image.count.1024x1024.hd"),
            (#","quality":"HD""#, "image.count.hd"),
            (#","size":"auto","quality":"auto""#, "image.count"),
            // What no provider would take becomes no part of a name.
            (#","size":"../../etc","quality":7"#, "image.count"),
            (#","size":"12345678901234567890""#, "image.count"),
        ])
    func named(fields: String, meter: String) {
        #expect(meters(#"{"model":"dall-e-3","n":2,"prompt":"tea"\#(fields)}"#) == [meter: 2])
    }

    @Test("a form says the same")
    func form() {
        let body =
            "--b\r\nContent-Disposition: form-data; name=\"size\"\r\n\r\n512x512\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n1\r\n"
            + "--b--\r\n"
        #expect(meters(body, type: "multipart/form-data; boundary=b") == ["image.count.512x512": 2])
    }
}
