// Price books against their versions: a version that is a hash of the files must still be their hash. A
// book that was loaded under a label of its own cannot be checked so.
import LedgerStore
import Rating
import Terms

enum PriceBookCheck {
    static func run(_ ledger: LedgerStore, _ result: inout Verification) throws(LedgerError) {
        var checked: Set<Int64> = []
        for mark in try ledger.priceBookMarks() where isHash(mark.version) {
            guard checked.insert(mark.ordinal).inserted else { continue }
            let book = try ledger.priceBook(mark)
            let found = PriceBook.contentVersion(
                of: book.files.map { (name: $0.name, bytes: Array($0.text.utf8)) })
            if found != mark.version {
                let text = "price book \(mark.version) now has the content of \(found)"
                result.add(Finding(.price, problem: text))
            }
        }
    }

    private static func isHash(_ version: String) -> Bool {
        version.utf8.count == 12
            && version.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}
