// Counts the usage-like fields that no table names, per provider, for `tollbook doctor`. The shipper's
// thread alone uses it; it is kept in the data directory between two runs.
import Glibc
import Mediation
import Terms
import Wire

struct UnknownFieldCounts {
    struct Field: Hashable {
        var provider: String
        var dialect: String
        var path: String
    }

    /// The file's name in the data directory.
    static let fileName = "unknown-fields.jsonl"
    /// Fields counted. Reached: further ones are not.
    static let fieldLimit = 512
    /// Shapes of usage objects remembered. Reached: all are forgotten and looked at anew.
    static let shapeLimit = 4096

    private(set) var counts: [Field: Int64] = [:]
    private var shapes: [UInt64: [String]] = [:]
    private var tables: [String: UnknownFields] = [:]
    private var isSaved = true
    private let path: String

    init(dataDirectory: String) {
        path = dataDirectory + "/" + Self.fileName
        counts = Self.kept(in: dataDirectory)
    }

    mutating func look(at usage: borrowing Usage) {
        guard let raw = usage.rawUsage else { return }
        let shape = UnknownFields.shape(of: raw, dialect: usage.dialect)
        let paths: [String]
        if let seen = shapes[shape] {
            paths = seen
        } else {
            if shapes.count >= Self.shapeLimit { shapes.removeAll(keepingCapacity: true) }
            paths = table(usage.dialect, usage.provider)?.paths(in: raw) ?? []
            shapes[shape] = paths
        }
        for path in paths {
            let field = Field(provider: usage.provider, dialect: usage.dialect, path: path)
            guard counts[field] != nil || counts.count < Self.fieldLimit else { continue }
            counts[field, default: 0] &+= 1
            isSaved = false
        }
    }

    private mutating func table(_ dialect: String, _ provider: String) -> UnknownFields? {
        // A variant has a name of its own, so the name alone tells the tables apart well enough here.
        if let known = tables[dialect] { return known }
        guard let made = Dialect.named(dialect, spokenBy: provider).map(UnknownFields.init) else {
            return nil
        }
        tables[dialect] = made
        return made
    }

    // MARK: Kept between two runs

    /// Writes what is new beside the old file and puts it in its place.
    mutating func save() {
        guard !isSaved else { return }
        var json = JSONWriter(reserving: 64 + counts.count * 120)
        for (field, count) in counts.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
            json.beginObject()
            json.field("provider", field.provider)
            json.field("dialect", field.dialect)
            json.field("path", field.path)
            json.field("exchanges", count)
            json.endObject()
            json.newline()
        }
        isSaved = (try? Files.replace(path, with: json.bytes)) != nil
    }

    private static func order(_ field: Field) -> (String, String, String) {
        (field.provider, field.dialect, field.path)
    }

    private static let selection = JSONSelection([
        ("provider", .keep(slot: 0)), ("dialect", .keep(slot: 1)), ("path", .keep(slot: 2)),
        ("exchanges", .keep(slot: 3)),
    ])

    /// What an earlier run kept; a line that is none of ours is passed over.
    static func kept(in dataDirectory: String) -> [Field: Int64] {
        guard let bytes = try? Files.read(dataDirectory + "/" + fileName) else { return [:] }
        var counts: [Field: Int64] = [:]
        for line in bytes.split(separator: 0x0a) where counts.count < fieldLimit {
            let scanner = JSONScanner(selection)
            let bytes = Array(line)
            _ = scanner.feed(bytes.span, from: 0, to: bytes.count)
            guard scanner.status == .complete else { continue }
            func word(_ slot: Int) -> String? { scanner.last(slot).flatMap { scanner.string(of: $0) } }
            guard let provider = word(0), let dialect = word(1), let path = word(2),
                let count = scanner.last(3).flatMap({ JSONText.digits(scanner.bytes(of: $0)) })
            else { continue }
            counts[Field(provider: provider, dialect: dialect, path: path)] = count
        }
        return counts
    }
}
