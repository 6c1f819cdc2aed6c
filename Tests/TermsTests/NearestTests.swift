// The known word that was probably meant.
import Terms
import Testing

@Suite struct NearestTests {
    @Test(
        "a slip of the fingers finds its word, anything further finds none",
        arguments: [
            ("listn", "listen"), ("lsiten", "listen"), ("durabilty", "durability"), ("polcy", "policy"),
            ("spol", "spool"), ("zzz", nil), ("", nil), ("completely-different", nil),
        ] as [(String, String?)])
    func nearestWord(word: String, expected: String?) {
        #expect(nearest(to: word, among: ["listen", "durability", "policy", "spool"]) == expected)
    }

    @Test("overlong words are not compared")
    func long() {
        let word = String(repeating: "a", count: 100)
        #expect(nearest(to: word, among: [word]) == nil)
    }
}
