/// What a job works on, by name.
///
/// As text: `sha256:9f86…` an artifact, `job:2801` what another job makes, `line:r-26` what another line of the same
/// batch makes, `after:r-26` what a line of the batch makes that this one comes after.
public enum InputReference: Hashable, Sendable {
    /// An artifact of the store: SHA-256, 64 lower-case hexadecimal digits.
    case artifact(String)
    /// What a job makes: its picture, or its code where a code is asked for.
    case job(JobID)
    /// What the line of the same batch makes that has this custom id, or this number, from 1; only lines further up.
    case line(String)
    /// The same for the batch that this one comes after.
    case after(String)

    /// Most bytes of the text.
    public static let maximumBytes = 8 + CaptionItem.maximumCustomIDBytes

    /// Reads a reference; `nil` for what is none.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.maximumBytes, let colon = text.firstIndex(of: ":") else { return nil }
        let rest = String(text[text.index(after: colon)...])
        switch text[..<colon] {
        case "sha256" where Self.isDigest(rest): self = .artifact(rest)
        case "job":
            guard let number = Int64(rest), number > 0, "\(number)" == rest else { return nil }
            self = .job(JobID(number))
        case "line" where !rest.isEmpty && !rest.utf8.contains(0): self = .line(rest)
        case "after" where !rest.isEmpty && !rest.utf8.contains(0): self = .after(rest)
        default: return nil
        }
    }

    /// The text.
    public var text: String {
        switch self {
        case .artifact(let digest): "sha256:\(digest)"
        case .job(let id): "job:\(id)"
        case .line(let name): "line:\(name)"
        case .after(let name): "after:\(name)"
        }
    }

    /// Whether a text is a SHA-256 in lower-case hexadecimal.
    static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
