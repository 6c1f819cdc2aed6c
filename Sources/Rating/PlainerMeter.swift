// Units whose name says what they look like: `image.count.1024x1024.hd`, `video.seconds.720p`. A price that
// names the unit alone is one for whatever it looks like.
import Terms

extension Meter {
    private static let described = ["image.count", "video.seconds"]

    /// The unit without its description; nil for a meter that has none.
    var plainer: Meter? {
        // Asked only where no rate has the meter's own name.
        Self.described.first { rawValue.hasPrefix($0 + ".") }.map { Meter($0) }
    }
}
