// What calls usually write, learnt from those that have ended.
import Bookkeeping
import Testing

@Suite struct LearntOutputTests {
    @Test("nothing is known before enough calls; then all but one in a hundred lie below")
    func usual() throws {
        var learnt = LearntOutput()
        for _ in 0..<LearntOutput.least - 1 { learnt.learn(500) }
        #expect(learnt.usual == nil)
        learnt.learn(500)
        #expect(learnt.usual == 512)
        // One call in two hundred does not count, one in fifty does.
        for number in 0..<1000 { learnt.learn(number % 200 == 0 ? 90_000 : 500) }
        #expect(learnt.usual == 512)
        for number in 0..<1000 { learnt.learn(number % 50 == 0 ? 90_000 : 500) }
        #expect(learnt.usual == 98_304)
    }

    @Test("new behaviour wins, and no count is too large or too small")
    func change() {
        var learnt = LearntOutput()
        for _ in 0..<4000 { learnt.learn(100_000) }
        for _ in 0..<600_000 { learnt.learn(10) }
        #expect(learnt.usual == 10)
        learnt.learn(0)
        learnt.learn(-1)
        learnt.learn(.max)
        #expect(learnt.usual == 10)
    }
}
