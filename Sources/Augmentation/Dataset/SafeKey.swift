import Crypto
import Foundation

/// Makes names of files fit to be keys.
///
/// Readers of shards take everything behind the first dot of a name for its ending, so that keys have none.
enum SafeKey {
    /// Longest key of an image, in bytes: with policy, variant and ending it stays below the 100 that a shard allows.
    static let limit = 48

    /// The key that a name gives: itself where it is plain and short, otherwise its plain part and a hash of all.
    static func of(_ name: String) -> String {
        let plain = String(
            decoding: name.utf8.map { isPlain($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
        guard plain != name || name.utf8.count > limit || name.isEmpty else { return name }
        let hash = SHA256.hash(data: Data(name.utf8)).prefix(4).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return "\(plain.prefix(limit - 9))-\(hash.joined())"
    }

    /// The key of a file: its path without the ending, its folders joined by underscores.
    static func ofFile(_ path: String) -> String {
        var stem = path[...]
        if let dot = stem.lastIndex(of: "."), !stem[dot...].contains("/") { stem = stem[..<dot] }
        if stem.hasPrefix("images/") { stem = stem.dropFirst(7) }
        return of(String(stem).replacing("/", with: "_"))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
