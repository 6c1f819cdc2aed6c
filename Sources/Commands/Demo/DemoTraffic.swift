// Sends the scenario through the proxy and says what came back. Requests of the tenants are interleaved, as
// in life; the order is always the same.

import Terms

/// What the demo's clients saw.
struct DemoSummary {
    /// Requests sent.
    var sent = 0
    /// Answers that came whole with status 200.
    var completed = 0
    /// Error answers and broken or abandoned streams that the scenario wanted.
    var disturbed = 0
    /// Everything that should not have been: a demo with one of these has failed.
    var surprises: [String] = []
    /// What each tenant should owe by the repository's price files, estimates and unpriced calls apart.
    var predicted: [(tenant: String, amount: Money)] = []
    /// One record of each case that has an amount, for `tollbook explain`.
    var examples: [Example] = []

    struct Example {
        let name: String
        let record: String
        let amount: String
        let arithmetic: String
    }
}

enum DemoTraffic {
    /// Sends every request of the scenario to the proxy on 127.0.0.1.
    ///
    /// - Parameter progress: called after each request with the number sent so far.
    static func send(
        port: UInt16, cases: [DemoCase] = DemoScenario.cases, progress: (Int) -> Void = { _ in }
    ) -> DemoSummary {
        var summary = DemoSummary()
        var clients: [String: DemoClient] = [:]
        for round in 0..<(cases.map(\.times).max() ?? 0) {
            for demoCase in cases where round < demoCase.times {
                let tenant = demoCase.caller.tenant
                let client = clients[tenant] ?? DemoClient(port: port)
                clients[tenant] = client
                send(demoCase, port: port, with: client, first: round == 0, into: &summary)
                progress(summary.sent)
            }
        }
        summary.predicted = predicted(cases)
        return summary
    }

    /// What each tenant's priced calls cost together, in the scenario's order of tenants.
    static func predicted(_ cases: [DemoCase]) -> [(tenant: String, amount: Money)] {
        var result: [(tenant: String, amount: Money)] = []
        for demoCase in cases {
            guard let text = demoCase.amount, let one = DecimalText(text)?.fixed(places: 12) else { continue }
            let amount = Money(picos: one * Int128(demoCase.times))
            if let index = result.firstIndex(where: { $0.tenant == demoCase.caller.tenant }) {
                result[index].amount = result[index].amount + amount
            } else {
                result.append((demoCase.caller.tenant, amount))
            }
        }
        return result
    }

    private static func send(
        _ demoCase: DemoCase, port: UInt16, with client: DemoClient, first: Bool,
        into summary: inout DemoSummary
    ) {
        summary.sent += 1
        do throws(DemoClientFailure) {
            var leave: Int?
            if case .leaves(let bytes) = demoCase.outcome { leave = bytes }
            let reply = try client.exchange(
                demoCase.request(host: "127.0.0.1:\(port)"), leaveAfter: leave)
            if let surprise = surprise(reply, demoCase) {
                summary.surprises.append("\(demoCase.name): \(surprise)")
            } else if demoCase.outcome == .complete {
                summary.completed += 1
            } else {
                summary.disturbed += 1
            }
            if first, let record = reply.record, let amount = demoCase.amount {
                summary.examples.append(
                    DemoSummary.Example(
                        name: demoCase.name, record: record, amount: amount, arithmetic: demoCase.arithmetic))
            }
        } catch { summary.surprises.append("\(demoCase.name): \(error.problem)") }
    }

    /// What is wrong with a reply; nil when it is what the case wanted.
    private static func surprise(_ reply: DemoClient.Reply, _ demoCase: DemoCase) -> String? {
        let status: Int
        if case .refused(let code) = demoCase.outcome { status = code } else { status = 200 }
        guard reply.status == status else { return "status \(reply.status), not \(status): \(reply.ending)" }
        let ends: Bool
        switch demoCase.outcome {
        case .complete, .refused, .fails: ends = true
        case .breaks, .leaves: ends = false
        }
        guard reply.isWhole == ends else { return ends ? "the answer ended early" : "the answer came whole" }
        if demoCase.outcome == .fails, !reply.ending.contains("the simulated provider fails here") {
            return "the provider's error did not arrive"
        }
        return nil
    }
}
