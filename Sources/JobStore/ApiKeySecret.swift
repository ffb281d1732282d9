import Crypto

/// The secret of an API key: 32 random bytes, which its owner keeps and nobody else.
///
/// It is no string and has no description of its own, so that it ends up in no log by mistake.
public struct ApiKeySecret: Sendable, CustomStringConvertible {
    /// What every secret begins with, so that people and scanners know one when they see it.
    public static let prefix = "tedi_"
    /// Characters of a spelled secret.
    public static let length = 48

    private let bytes: [UInt8]

    /// Makes a new one, by the random numbers of the kernel.
    public init() {
        var generator = SystemRandomNumberGenerator()
        bytes = (0..<4).flatMap { _ in withUnsafeBytes(of: generator.next() as UInt64) { Array($0) } }
    }

    /// Reads a spelled secret; `nil` where it is none, whatever comes from outside.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.length, text.hasPrefix(Self.prefix),
            let bytes = Self.decode(text.utf8.dropFirst(Self.prefix.utf8.count))
        else { return nil }
        self.bytes = bytes
    }

    /// The secret as its owner gets it, once: `tedi_` and 43 characters of base64url.
    public func reveal() -> String { Self.prefix + Self.encode(bytes) }

    /// SHA-256 of the spelled secret: what the database has of it.
    ///
    /// The secret is as long as the hash, so there is nothing to try out and no need for a slow hash.
    public var hash: [UInt8] { Array(SHA256.hash(data: Array(reveal().utf8))) }

    /// Says that it is one, and nothing about it.
    public var description: String { "\(Self.prefix)…" }

    // MARK: Base64url without padding (RFC 4648, section 5)

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Only the one spelling that ``encode(_:)`` gives is accepted.
    private static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for character in text {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        let isExact = bits & (1 << UInt32(count) - 1) == 0
        return bytes.count == 32 && isExact ? bytes : nil
    }
}
