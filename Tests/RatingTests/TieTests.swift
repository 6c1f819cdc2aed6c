// Two prices that could hold with equal right are refused; what merely looks alike is not.
import Rating
import Terms
import Testing

@Suite struct TieTests {
    /// Whether a book of one-line prices is refused for a tie. Each line: id, models, dates, when.
    private func ties(_ entries: String...) -> Bool {
        let lines = entries.enumerated().map { number, text in
            "- {id: p\(number), \(text), rates: {request: {amount: 1, per: 1}}}"
        }
        let problems = Books.problems(Books.provider(lines.joined(separator: "\n")))
        #expect(problems.allSatisfy { $0.kind == .tie })
        return !problems.isEmpty
    }

    @Test("the same name at the same time")
    func same() {
        #expect(ties("models: [m], from: 2026-01-01", "models: [m], from: 2026-02-01"))
        #expect(!ties("models: [m], from: 2026-01-01, until: 2026-02-01", "models: [m], from: 2026-02-01"))
        #expect(!ties("models: [m], from: 2026-01-01", "models: [n], from: 2026-01-01"))
    }

    @Test("patterns tie when one name fits both with equally many letters")
    func patterns() {
        #expect(ties("models: ['ab*'], from: 2026-01-01", "models: ['*bc'], from: 2026-01-01"))
        #expect(ties("models: ['a*c'], from: 2026-01-01", "models: ['ab*'], from: 2026-01-01"))
        #expect(!ties("models: ['ab*'], from: 2026-01-01", "models: ['ac*'], from: 2026-01-01"))
        #expect(!ties("models: ['ab*'], from: 2026-01-01", "models: ['abc*'], from: 2026-01-01"))
        #expect(!ties("models: ['abc*'], from: 2026-01-01", "models: [abcd], from: 2026-01-01"))
        #expect(ties("models: ['*'], from: 2026-01-01", "models: ['**'], from: 2026-01-01"))
    }

    @Test("conditions tie when they are equally many and can hold together")
    func conditions() {
        let m = "models: [m], from: 2026-01-01"
        #expect(ties("\(m), when: {geo: us}", "\(m), when: {speed: fast}"))
        #expect(ties("\(m), when: {geo: [us, eu]}", "\(m), when: {geo: [eu, asia]}"))
        #expect(!ties("\(m), when: {geo: us}", "\(m), when: {geo: eu}"))
        #expect(!ties("\(m), when: {geo: us}", m))
        #expect(!ties("\(m), when: {service_tier: flex}", "\(m), when: {batch: true}"))
        #expect(ties("\(m), when: {service_tier: batch}", "\(m), when: {batch: true}"))
        #expect(!ties("\(m), when: {input_over: 100}", "\(m), when: {input_to: 100}"))
        #expect(ties("\(m), when: {input_from: 100}", "\(m), when: {input_to: 100}"))
        #expect(
            !ties(
                "\(m), when: {window: {days: [mon]}}", "\(m), when: {window: {days: [tue], from: '00:00'}}"))
        #expect(
            ties(
                "\(m), when: {window: {days: [sun], from: '23:00', to: '01:00'}}",
                "\(m), when: {window: {days: [mon], to: '00:30'}}"))
    }

    @Test("no tie where a third price always wins")
    func covered() {
        let m = "models: [m], from: 2026-01-01"
        let us = "\(m), when: {geo: us}"
        let fast = "\(m), when: {speed: fast}"
        #expect(!ties(us, fast, "\(m), when: {geo: us, speed: fast}"))
        #expect(!ties(us, fast, "\(m), when: {geo: [us, eu], speed: fast}"))
        #expect(ties(us, fast, "\(m), when: {geo: us, speed: fast, batch: true}"))
        // The winner must be there all the time, also as a row of successors.
        #expect(ties(us, fast, "models: [m], from: 2026-03-01, when: {geo: us, speed: fast}"))
        #expect(
            !ties(
                us, fast, "models: [m], from: 2026-01-01, until: 2026-05-01, when: {geo: us, speed: fast}",
                "models: [m], from: 2026-05-01, when: {geo: us, speed: fast}"))
        #expect(
            !ties(
                "models: ['ab*'], from: 2026-01-01", "models: ['a*b'], from: 2026-01-01",
                "models: ['ab*b'], from: 2026-01-01") == false)
    }

    @Test("an id stands once in a book")
    func ids() {
        let one = "- {id: x, models: [m], from: 2026-01-01, rates: {request: {amount: 1, per: 1}}}"
        let two = "- {id: x, models: [n], from: 2026-01-01, rates: {request: {amount: 1, per: 1}}}"
        #expect(Books.problems(Books.provider(one), Books.provider(two)).map(\.kind) == [.duplicateID])
    }
}
