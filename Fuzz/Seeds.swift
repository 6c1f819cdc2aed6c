// First inputs for each target, from the fixtures of the tests and the files that are shipped: a fuzzer
// that begins with whole messages reaches the rules behind the syntax at once. Runs in the repository's
// root, before fuzzing; files and Foundation are fine here, as in the tests.
import Foundation

struct Seeds {
    let target: String
    let folder: String

    func write() {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var count = 0
        for seed in seeds() {
            count += 1
            try? Data(seed).write(to: URL(fileURLWithPath: "\(folder)/seed-\(count)"))
        }
        print("\(target): \(count) seeds")
    }

    private func seeds() -> [[UInt8]] {
        switch target {
        case "json": bodies.filter { $0.type.contains("json") }.map { [1] + $0.body } + grammar
        case "sse": bodies.filter { $0.type.contains("event-stream") }.map { [1] + $0.body }
        case "ndjson": bodies.filter { $0.type.contains("ndjson") }.map { [1] + $0.body }
        case "array": [[1] + Array("[{\"a\":1},\r\n{\"usage\":{\"b\":[2]}}]".utf8), [0] + Array("[]".utf8)]
        case "messages": [messageSeed(#"{"usage":{"inputTokens":7}}"#)]
        case "messages-wrapped": [messageSeed(#"{"bytes":"eyJ1c2FnZSI6eyJhIjoxfX0=","p":"ab"}"#)]
        case "multipart": [form]
        case "import-litellm", "import-genai-prices", "import-openrouter", "stated-cost": priceLists
        case "exchange":
            bodies.map { [surface(of: $0.path), kind(of: $0), 3, 0] + $0.request + [0x1e] + $0.body }
        case "recorded": bodies.map { recorded($0) }
        case "request-head", "response-head", "chunked", "attribution": lines
        case "content-gzip", "content-deflate", "content-br", "content-zstd": compressed
        case "yaml", "prices":
            files("pricing").map { Array($0.prefix(1500)) } + files("Tests/RatingTests/Fixtures")
        case "config": [Array("listen: 127.0.0.1:1\nupstreams:\n  a:\n    url: http://x\n".utf8)] + examples
        case "key": [Array("tb_aaaqeayeBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQ".utf8)]
        case "token": [Array("eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3OTUyNjI0MDB9.AAAA".utf8)]
        case "token-keys": [Array(#"{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}"#.utf8)]
        case "access-file": [Array("00\n{\"format\":1,\"version\":1,\"tenants\":[]}".utf8)]
        default: []
        }
    }

    private struct Body {
        var path = ""
        var type = ""
        var request: [UInt8] = []
        var body: [UInt8] = []
        var status = 200
    }

    private var bodies: [Body] {
        files("Tests/MediationTests/Fixtures/Dialects").compactMap { bytes in
            guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
                return nil
            }
            var body = Body()
            body.path = object["path"] as? String ?? ""
            body.type = (object["headers"] as? [String: String])?["content-type"] ?? "application/json"
            body.status = object["status"] as? Int ?? 200
            body.request = json(object["request"])
            switch object["body"] {
            case let pieces as [String]: body.body = Array(pieces.joined().utf8)
            case let text as String: body.body = Array(text.utf8)
            case let other: body.body = json(other)
            }
            return body
        }
    }

    private func json(_ value: Any?) -> [UInt8] {
        guard let value, let data = try? JSONSerialization.data(withJSONObject: value) else { return [] }
        return Array(data)
    }

    private func recorded(_ body: Body) -> [UInt8] {
        let text = String(decoding: body.body, as: UTF8.self)
        let request: [String: Any] = [
            "method": "POST", "path": body.path, "host": "api.openai.com",
            "body": String(decoding: body.request, as: UTF8.self),
        ]
        let response: [String: Any] = [
            "status": body.status, "headers": ["content-type": body.type], "body": text,
        ]
        return json(["id": "f", "request": request, "response": response] as [String: Any])
    }

    private func surface(of path: String) -> UInt8 {
        if path.contains("responses") { return 4 }
        if path.contains("messages") { return 6 }
        if path.contains("stream") { return 10 }
        if path.contains("generateContent") { return 8 }
        if path.contains("/api/") { return 11 }
        if path.contains("embeddings") { return 5 }
        return 0
    }

    private func kind(of body: Body) -> UInt8 {
        if body.type.contains("event-stream") { return 0x81 }
        return body.type.contains("ndjson") ? 2 : 0
    }

    private var grammar: [[UInt8]] {
        [
            #" { "usage" : { "a" : -0.1e+5 , "b\u00e9" : [ true , false , null , "\ud83d\ude00" ] } } "#,
            #"{"choices":[{"text":"ab\n"},{"text":"\"}"}],"model":"m","list":[{"b":1},{"b":[{}]}]}"#,
            "\u{feff}[]", "[[[[[[[[[[0]]]]]]]]]]", #"{"usage":1,"usage":{"a":2}}"#,
        ].map { [5] + Array($0.utf8) }
    }

    private var lines: [[UInt8]] {
        let texts: [String]
        switch target {
        case "request-head":
            texts = [
                "POST /v1/x?a=b HTTP/1.1\r\nHost: a.b:1\r\nContent-Length: 12\r\nX-A: b\r\n\r\n",
                "GET http://a/x HTTP/1.0\r\nHost: a\r\nConnection: keep-alive, x-b\r\nX-B: \"c\"\r\n\r\n",
                "PUT / HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
            ]
        case "response-head":
            texts = [
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.0 404 Not Found\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
            ]
        case "chunked": texts = ["\u{1}5\r\nhello\r\n1;a=\"b\"\r\n!\r\n0\r\nX: 1\r\n\r\n", "\u{1}0\r\n\r\n"]
        default: texts = ["acme\nalice\na=1,b=%20x,c=", "t%C3%A4\n\nteam=a,team=b"]
        }
        return texts.map { Array($0.utf8) }
    }

    /// One short text in each encoding, behind the byte that seeds the cuts.
    private var compressed: [[UInt8]] {
        let texts = [
            "content-gzip": "H4sIAAAAAAAAA6tWKi1OTE9VslKoVjJSslIwrAUA8Y4VwBMAAAA=",
            "content-deflate": "eJyrViotTkxPVbJSqFYyUrJSMKwFADXkBVg=",
            "content-br": "iwiAeyJ1c2FnZSI6IHsiYSI6IDF9fQM=",
            "content-zstd": "KLUv/QRYmQAAeyJ1c2FnZSI6IHsiYSI6IDF9fbU7WOA=",
        ]
        guard let data = texts[target].flatMap({ Data(base64Encoded: $0) }) else { return [] }
        return [[7] + Array(data), [0] + Array(data)]
    }

    private var form: [UInt8] {
        let field = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n"
        let file = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFF"
        return [3] + Array((field + file + "\r\n--b--\r\n").utf8)
    }

    private var priceLists: [[UInt8]] {
        if target == "stated-cost" { return ["0.001234567890123", "1.5e-7", "-2"].map { Array($0.utf8) } }
        return files("Tests/RatingTests/Fixtures").filter { $0.first == 0x7b || $0.first == 0x5b }
            .map { Array($0) }
            + [
                #"{"m":{"litellm_provider":"openai","mode":"chat","input_cost_per_token":1e-06}}"#,
                #"[{"id":"openai","models":[{"id":"m","match":{"equals":"m"},"#
                    + #""prices":{"input_mtok":2.5}}]}]"#,
                #"{"data":[{"id":"a/m","pricing":{"prompt":"0.000001","completion":"0.00001"}}]}"#,
            ].map { Array($0.utf8) }
    }

    private var examples: [[UInt8]] {
        let text = """
            listen: [127.0.0.1:4141, "unix:/tmp/s"]
            database: private
            attribution: {require_tenant: true, trust_headers: [10.0.0.0/8]}
            limits: {request_body: 1 GiB, drain_seconds: 3}
            spool: {policy: pass, keep: 24h}
            """
        return [Array(text.utf8)]
    }

    private func files(_ folder: String) -> [[UInt8]] {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { name in
            FileManager.default.contents(atPath: folder + "/" + name).map { Array($0) }
        }
    }
}
