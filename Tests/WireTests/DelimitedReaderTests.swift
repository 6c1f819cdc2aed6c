// Comma-separated values as others write them, cut anywhere.
import Testing
import Wire

@Suite struct DelimitedReaderTests {
    static func rows(
        _ text: String, cut: Int = .max, limits: DelimitedReader.Limits = .init()
    ) -> [(DelimitedReader.Row, Int64)] {
        var reader = DelimitedReader(limits: limits)
        var rows: [(DelimitedReader.Row, Int64)] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: min(cut, max(bytes.count, 1))) {
            reader.feed(bytes[start..<min(start + min(cut, bytes.count), bytes.count)]) {
                rows.append(($0, $1))
            }
        }
        reader.end { rows.append(($0, $1)) }
        return rows
    }

    static func fields(_ text: String, cut: Int = .max) -> [[String]] {
        rows(text, cut: cut).map { row in
            if case .fields(let fields) = row.0 { fields } else { ["too long"] }
        }
    }

    @Test(
        "rows are read whatever their quoting and line ends, cut anywhere",
        arguments: [
            ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
            ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
            ("\u{feff}a,b\n", [["a", "b"]]),
            ("\"a,\"\"b\"\"\",\"x\ny\"\n\n,\n", [["a,\"b\"", "x\ny"], ["", ""]]),
            ("\"\",x\n", [["", "x"]]),
            ("a\"b,c\n", [["a\"b", "c"]]),
            ("\"open\n1,2", [["open\n1,2"]]),
            ("ü,✓\n", [["ü", "✓"]]),
            ("", []), ("\n\n", []), (",", [["", ""]]),
        ])
    func read(text: String, wanted: [[String]]) {
        for cut in [1, 2, 3, 7, Int.max] { #expect(Self.fields(text, cut: cut) == wanted, "cut \(cut)") }
    }

    @Test("a row above the limit is told and the next one read, with its line")
    func limits() {
        var limits = DelimitedReader.Limits()
        limits.rowBytes = 10
        let rows = Self.rows("a,b\n\"\(String(repeating: "x\n", count: 20))\",y\nc,d\n", limits: limits)
        #expect(rows.map(\.0) == [.fields(["a", "b"]), .tooLong, .fields(["c", "d"])])
        #expect(rows.map(\.1) == [1, 2, 23])
        limits.fields = 2
        #expect(Self.rows("1,2,3\n4,5\n", limits: limits).map(\.0) == [.tooLong, .fields(["4", "5"])])
    }
}
