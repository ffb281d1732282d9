import Crypto
import Foundation

/// The name of an object: the SHA-256 of its bytes.
public struct ArtifactDigest: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public let hex: String

    /// The digest of `bytes`.
    public init(of bytes: [UInt8]) { self.init(SHA256.hash(data: bytes)) }

    /// The digest of bytes that come a few at a time.
    public struct Sum: Sendable {
        private var hash = SHA256()

        /// The sum of nothing.
        public init() {}

        /// Adds the next bytes.
        public mutating func add(_ bytes: [UInt8]) { hash.update(data: bytes) }

        /// The digest of all bytes until now.
        public var digest: ArtifactDigest { ArtifactDigest(hash.finalize()) }
    }

    private init(_ sum: SHA256.Digest) {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in sum {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        hex = String(decoding: text, as: UTF8.self)
    }

    /// Reads 64 lower-case hexadecimal digits; anything else, a path for instance, is `nil`.
    public init?(hex: some StringProtocol) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return nil
        }
        self.hex = String(hex)
    }

    /// The hexadecimal digits.
    public var description: String { hex }

    /// Orders by the hexadecimal digits.
    public static func < (left: Self, right: Self) -> Bool { left.hex < right.hex }
}

extension ArtifactDigest: Codable {
    /// Decodes a string of 64 hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = ArtifactDigest(hex: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a SHA-256 in hexadecimal")
        }
        self = digest
    }

    /// Encodes as a string of 64 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
