/// The known word that was probably meant: for messages about unknown keys, options and names.
///
/// - Returns: the word with the fewest edits (insert, remove, replace, swap neighbours), nil when even that
///   one needs more than a third of its letters changed. Ties go to the first.
public func nearest(to word: String, among known: some Sequence<String>) -> String? {
    var best: (word: String, distance: Int)?
    for candidate in known {
        let distance = editDistance(Array(word.utf8), Array(candidate.utf8))
        let tolerance = max(1, max(word.utf8.count, candidate.utf8.count) / 3)
        guard distance <= tolerance, best.map({ distance < $0.distance }) ?? true else { continue }
        best = (candidate, distance)
    }
    return best?.word
}

private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    // Longer words are no typing errors of ours, and the table below is quadratic.
    guard a.count <= 64, b.count <= 64 else { return .max }
    var before: [Int] = []
    var previous = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var cost = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
            row.append(cost)
        }
        before = previous
        previous = row
    }
    return previous[b.count]
}
