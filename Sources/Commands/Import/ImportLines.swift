// The rows of a file as documents, one at a time: JSON Lines, a JSON array with one object per line, or CSV
// with a header. Which it is, the first byte tells.
import Bookkeeping
import Documents
import LedgerStore
import Terms
import Wire

/// One row, not yet read.
struct ImportLine {
    /// Counted from 1.
    let number: Int64
    /// As it came.
    let content: String
    private let outcome: Result<Document, ImportFailure>

    struct ImportFailure: Error { let words: String }

    init(_ number: Int64, json bytes: [UInt8]) {
        self.number = number
        content = String(decoding: bytes, as: UTF8.self)
        do throws(DocumentError) {
            outcome = .success(try Document.json(bytes, limits: Self.limits).withInnerJSON)
        } catch {
            outcome = .failure(ImportFailure(words: error.jsonProblem))
        }
    }

    init(_ number: Int64, _ fields: [String], header: [String]) {
        self.number = number
        content = fields.joined(separator: ",")
        guard fields.count == header.count else {
            outcome = .failure(
                ImportFailure(words: "\(fields.count) fields under a header of \(header.count)"))
            return
        }
        var entries: [Document.Entry] = []
        for (name, field) in zip(header, fields) where !entries.contains(where: { $0.key == name }) {
            let value = Document(.scalar(field, quoted: true), line: 1)
            entries.append(Document.Entry(key: name, line: 1, value: value))
        }
        outcome = .success(Document(.map(entries), line: 1).withInnerJSON)
    }

    init(tooLong number: Int64) {
        self.number = number
        content = ""
        outcome = .failure(ImportFailure(words: "the row has more than \(Self.limits.bytes) bytes"))
    }

    func document() throws(ImportProblem) -> Document {
        switch outcome {
        case .success(let document): return document
        case .failure(let failure): throw ImportProblem(failure.words)
        }
    }

    /// A row has a few kilobytes; metadata may be longer.
    static let limits: DocumentLimits = {
        var limits = DocumentLimits()
        limits.bytes = 1 << 20
        return limits
    }()
}

extension DocumentError {
    /// What is wrong with a text that should have been JSON.
    var jsonProblem: String {
        let yaml = "this is no YAML: "
        return problem.hasPrefix(yaml) ? "this is no JSON: \(problem.dropFirst(yaml.count))" : problem
    }
}

extension Document {
    /// Databases write JSON columns as text: the text of `metadata` becomes the object that it spells.
    fileprivate var withInnerJSON: Document {
        guard case .map(let entries) = content else { return self }
        let opened = entries.map { entry -> Entry in
            guard entry.key == "metadata", let text = entry.value.text, text.hasPrefix("{"),
                let inner = try? Document.json(Array(text.utf8), limits: ImportLine.limits)
            else { return entry }
            return Entry(key: entry.key, line: entry.line, value: inner)
        }
        return Document(.map(opened), line: line)
    }
}

enum ImportLines {
    /// Hands out the rows one by one.
    ///
    /// - Returns: the ledger's failure, if `each` threw one; reading stopped there.
    static func read(
        _ path: String, _ each: (ImportLine) throws(LedgerError) -> Void
    ) throws(FileProblem) -> LedgerError? {
        var failure: LedgerError?
        var splitter = LineSplitter()
        var csv: DelimitedReader?
        var header: [String]?
        func take(_ line: ImportLine) {
            guard failure == nil else { return }
            do throws(LedgerError) { try each(line) } catch { failure = error }
        }
        func row(_ row: DelimitedReader.Row, _ number: Int64) {
            switch row {
            case .tooLong: take(ImportLine(tooLong: number))
            case .fields(let fields):
                if let header { take(ImportLine(number, fields, header: header)) } else { header = fields }
            }
        }
        var isFirst = true
        try DelimitedFile.pieces(path) { piece in
            guard failure == nil else { return }
            if isFirst {
                isFirst = false
                let first = piece.first { $0 > 0x20 && $0 < 0x80 }
                if first != UInt8(ascii: "{"), first != UInt8(ascii: "[") { csv = DelimitedReader() }
            }
            if csv != nil { csv?.feed(piece, row) } else { splitter.feed(piece, take) }
        }
        if csv != nil { csv?.end(row) } else { splitter.end(take) }
        return failure
    }
}

/// Lines of JSON; the brackets and commas of an array with one object per line are taken off.
private struct LineSplitter {
    private var line: [UInt8] = []
    private var number: Int64 = 1
    private var isTooLong = false

    mutating func feed(_ piece: ArraySlice<UInt8>, _ each: (ImportLine) -> Void) {
        var rest = piece
        while let feed = rest.firstIndex(of: UInt8(ascii: "\n")) {
            append(rest[..<feed])
            finish(each)
            rest = rest[(feed + 1)...]
        }
        append(rest)
    }

    mutating func end(_ each: (ImportLine) -> Void) { finish(each) }

    private mutating func append(_ bytes: ArraySlice<UInt8>) {
        if line.count + bytes.count > ImportLine.limits.bytes {
            isTooLong = true
            line = []
        }
        if !isTooLong { line += bytes }
    }

    private mutating func finish(_ each: (ImportLine) -> Void) {
        defer {
            line.removeAll(keepingCapacity: true)
            isTooLong = false
            number += 1
        }
        if isTooLong { return each(ImportLine(tooLong: number)) }
        func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 }
        var bytes = line[...]
        if number == 1, bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = bytes.dropFirst(3) }
        bytes = bytes.drop(while: isBlank)
        while let last = bytes.last, isBlank(last) { bytes = bytes.dropLast() }
        if bytes.first == UInt8(ascii: "["), bytes.count == 1 || bytes.dropFirst().first == UInt8(ascii: "{")
        {
            bytes = bytes.dropFirst()
        }
        if bytes.last == UInt8(ascii: "]"), bytes.first != UInt8(ascii: "[") { bytes = bytes.dropLast() }
        if bytes.last == UInt8(ascii: ",") { bytes = bytes.dropLast() }
        bytes = bytes.drop(while: isBlank)
        if !bytes.isEmpty { each(ImportLine(number, json: Array(bytes))) }
    }
}
