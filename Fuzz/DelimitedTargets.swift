// Comma-separated values of others: where the bytes are cut changes nothing, and no row is above its limits.
import Wire

private func rows(_ bytes: [UInt8], step: Int) -> [DelimitedReader.Row] {
    var limits = DelimitedReader.Limits()
    limits.rowBytes = 200
    limits.fields = 20
    var reader = DelimitedReader(limits: limits)
    var rows: [DelimitedReader.Row] = []
    var at = 0
    while at < bytes.count {
        let end = min(at + step, bytes.count)
        reader.feed(bytes[at..<end]) { row, line in
            law(line > 0 && line <= Int64(bytes.count) + 1, "a row begins on a line of the file")
            rows.append(row)
        }
        at = end
    }
    reader.end { row, _ in rows.append(row) }
    return rows
}

let delimitedTargets = [
    FuzzTarget(name: "csv") { bytes in
        let bytes = bytes.array
        let whole = rows(bytes, step: .max - bytes.count)
        law(rows(bytes, step: 1) == whole, "a cut changes no row")
        for case .fields(let fields) in whole {
            law(!fields.isEmpty && fields.count <= 20, "a row has between 1 and 20 fields")
        }
    }
]
