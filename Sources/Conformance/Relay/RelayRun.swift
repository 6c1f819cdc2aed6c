// What `normalize` proves offline, proved once more through the proxy: each recorded exchange is sent as its
// client sent it, its recorded answer comes back through `tollbook serve`, and the ledger's record is held
// against the normalized one.

import Glibc

/// One replay of the corpus through the proxy.
struct RelayRun {
    let verbose: Bool
    let api: String?

    /// - Parameters:
    ///   - path: the corpus.
    ///   - bytes: what stands in it.
    ///   - database: how to reach an empty PostgreSQL.
    /// - Returns: the exit code.
    func run(_ path: String, _ bytes: [UInt8], database: String) -> Int32 {
        do throws(ReplayFailure) {
            let exchanges = try chosen(bytes)
            guard !exchanges.isEmpty else { throw ReplayFailure(problem: "the corpus has nothing to replay") }
            let providers = Set(exchanges.map(\.expectation.provider)).sorted()
            let sidecar = try Sidecar.start(corpus: path, providers: providers, database: database)
            var score = RelayScore()
            for delivery in Delivery.allCases {
                replay(exchanges, delivery, sidecar, &score)
            }
            guard sidecar.stop() else {
                throw ReplayFailure(problem: "serve did not end well: see \(sidecar.logs)/serve.log")
            }
            guard let records = sidecar.records(),
                let normalized = output(of: executableFolder() + "/tollbook", ["normalize", path])
            else { throw ReplayFailure(problem: "records or normalize could not be run") }
            var comparison = RecordComparison(records: records, normalized: normalized)
            for delivery in Delivery.allCases {
                compare(exchanges, delivery, &comparison, &score)
            }
            let total = exchanges.count * Delivery.allCases.count
            report(score, comparison, expected: total)
            let isClean = score.isClean && comparison.count == total && comparison.repeated.isEmpty
            if isClean { sidecar.clear() } else { print("logs and configuration: \(sidecar.logs)") }
            return isClean ? 0 : 2
        } catch {
            print("conformance: \(error.problem)")
            return 1
        }
    }

    private func chosen(_ bytes: [UInt8]) throws(ReplayFailure) -> [Replayed] {
        var exchanges: [Replayed] = []
        var lines = LineReader(bytes)
        while let line = lines.next() {
            guard let exchange = try Replayed(line: bytes.span.extracting(line)) else { continue }
            if let api, exchange.expectation.api != api { continue }
            exchanges.append(exchange)
        }
        return exchanges
    }

    private func replay(
        _ exchanges: [Replayed], _ delivery: Delivery, _ sidecar: Sidecar, _ score: inout RelayScore
    ) {
        let proxy = Client(port: sidecar.port)
        let provider = Client(port: sidecar.upstream)
        for exchange in exchanges {
            let name = exchange.expectation.provider
            do throws(ReplayFailure) {
                let proxied = try proxy.send(
                    exchange.request(
                        prefix: "/\(name)", host: "127.0.0.1:\(sidecar.port)", delivery: delivery))
                let direct = try provider.send(
                    exchange.request(prefix: "", host: "127.0.0.1:\(sidecar.upstream)", delivery: delivery))
                let judged = Judged(exchange, proxied: proxied, direct: direct)
                score.countBytes(exchange, delivery, exact: judged.differences.isEmpty)
                if judged.isWithheld {
                    score.withheld += 1
                    if verbose { print("\(exchange.expectation.id)  [\(delivery.rawValue)] usage withheld") }
                }
                score.pieces[delivery, default: 0] += direct.pieces
                show(exchange, delivery, judged.differences)
            } catch {
                score.countBytes(exchange, delivery, exact: false)
                show(exchange, delivery, [error.problem])
            }
        }
    }

    private func compare(
        _ exchanges: [Replayed], _ delivery: Delivery, _ comparison: inout RecordComparison,
        _ score: inout RelayScore
    ) {
        for exchange in exchanges {
            let differences = comparison.differences(exchange, delivery)
            score.countRecord(exchange, delivery, exact: differences.isEmpty)
            show(exchange, delivery, differences)
        }
    }

    private func show(_ exchange: Replayed, _ delivery: Delivery, _ differences: [String]) {
        guard verbose, !differences.isEmpty else { return }
        print("\(exchange.expectation.id)  [\(exchange.expectation.api), \(delivery.rawValue)]")
        for difference in differences { print("      \(difference)") }
    }

    private func report(_ score: RelayScore, _ comparison: RecordComparison, expected: Int) {
        print(score.text)
        print("withheld usage-only events, because the request streamed without asking: \(score.withheld)")
        let repeated = comparison.repeated.count
        print("records in the ledger: \(comparison.count) of \(expected), repeated: \(repeated)")
        let pieces = Delivery.allCases.map { "\($0.rawValue) \(score.pieces[$0] ?? 0)" }
        print("pieces of the provider's bodies: \(pieces.joined(separator: ", "))")
        print("compared members: \(comparison.compared.joined(separator: ", "))")
        for (allowance, count) in zip(Allowance.all, comparison.used) {
            print("allowed to differ: \(allowance.member), \(count) times: \(allowance.reason)")
        }
    }
}

/// Identical answers and equal records by API and delivery.
struct RelayScore {
    private struct Row: Hashable, Comparable {
        var api: String
        var delivery: String
        static func < (a: Row, b: Row) -> Bool { (a.api, a.delivery) < (b.api, b.delivery) }
    }

    private var bytes: [Row: Score] = [:]
    private var records: [Row: Score] = [:]
    /// Answers from which the usage-only event was withheld.
    var withheld = 0
    /// Pieces in which the simulated provider's bodies came.
    var pieces: [Delivery: Int] = [:]

    mutating func countBytes(_ exchange: Replayed, _ delivery: Delivery, exact: Bool) {
        bytes[Self.row(exchange, delivery), default: Score()].count(exact)
    }

    mutating func countRecord(_ exchange: Replayed, _ delivery: Delivery, exact: Bool) {
        records[Self.row(exchange, delivery), default: Score()].count(exact)
    }

    private static func row(_ exchange: Replayed, _ delivery: Delivery) -> Row {
        Row(api: exchange.expectation.api, delivery: delivery.rawValue)
    }

    /// Nothing differs.
    var isClean: Bool {
        (bytes.values + Array(records.values)).allSatisfy { $0.exact == $0.total }
    }

    var text: String {
        var lines = [ScoreTable.line("api", "delivery", "", "bytes", "total", "records", "total")]
        for row in bytes.keys.sorted() { lines.append(line(row.api, row.delivery, [row])) }
        lines.append(line("all", "", Array(bytes.keys)))
        return lines.joined(separator: "\n")
    }

    private func line(_ api: String, _ delivery: String, _ rows: [Row]) -> String {
        let same = rows.reduce(into: Score()) { $0.add(bytes[$1] ?? Score()) }
        let equal = rows.reduce(into: Score()) { $0.add(records[$1] ?? Score()) }
        return ScoreTable.line(
            api, delivery, "", "\(same.exact)", "\(same.total)", "\(equal.exact)", "\(equal.total)")
    }
}
