// A recording has many exchanges of few surfaces: what detection found for one is kept for the next.

/// The surfaces of a recording. An object of one thread.
public final class RecordedSurfaces {
    private struct Key: Hashable {
        let method: String
        let path: String
        let host: String
        let provider: String?
    }

    /// Surfaces that are kept; a recording with more has them found again.
    private static let limit = 1024
    private var known: [Key: Surface] = [:]

    public init() {}

    func surface(_ opening: ExchangeOpening) -> Surface {
        let key = Key(
            method: opening.method, path: opening.path, host: opening.host, provider: opening.provider)
        if let surface = known[key] { return surface }
        let surface = Surface(opening)
        if known.count < Self.limit { known[key] = surface }
        return surface
    }
}
