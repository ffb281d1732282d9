/// Colours of text, for terminals only.
enum Ink: String {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case faint = "2"
    case bold = "1"

    /// The text in this colour where the stream is a terminal and nobody asked for plain text (no-color.org).
    func paint(_ text: String, for stream: Console.Stream, environment: [String: String]) -> String {
        guard stream.isTerminal, environment["NO_COLOR", default: ""].isEmpty, environment["TERM"] != "dumb" else {
            return text
        }
        return "\u{1B}[\(rawValue)m\(text)\u{1B}[0m"
    }
}

extension Console {
    /// Text for the output in a colour.
    func paint(_ text: String, _ ink: Ink) -> String {
        ink.paint(text, for: output, environment: environment)
    }
}
