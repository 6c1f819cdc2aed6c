/// How text may look on a stream: colour and width, or neither when the stream is no terminal.
public struct TerminalStyle: Hashable, Sendable {
    /// Columns of the terminal, nil when there is none: then nothing is wrapped or shortened.
    public let columns: Int?
    public let colour: Bool

    public init(columns: Int?, colour: Bool) {
        self.columns = columns
        self.colour = colour
    }

    /// What a file or a pipe gets.
    public static let plain = TerminalStyle(columns: nil, colour: false)

    enum Paint: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case bold = "1"
    }

    func paint(_ text: String, _ paint: Paint) -> String {
        colour ? "\u{1b}[\(paint.rawValue)m\(text)\u{1b}[0m" : text
    }
}
