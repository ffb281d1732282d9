/// The secret of an API key, as its holder has it.
///
/// It describes itself without itself, so that it ends up in no message by mistake.
public struct ApiKey: Sendable, CustomStringConvertible, CustomReflectable {
    let secret: String

    /// Wraps a secret; `nil` where it is none: it has `tedi_` and 43 characters of base64url.
    public init?(_ secret: String) {
        let isPlain = secret.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
            default: false
            }
        }
        guard secret.utf8.count == 48, secret.hasPrefix("tedi_"), isPlain else { return nil }
        self.secret = secret
    }

    /// Says that it is one, and nothing about it.
    public var description: String { "tedi_…" }
    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
