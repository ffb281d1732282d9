import Crypto
import Foundation

/// Numbers that follow from what they are for alone, and so are the same in every run.
enum SampleSeed {
    /// The seed of a try: it follows from the recipe, the sample's key and the number of the try.
    static func of(_ recipe: String, key: String, try number: Int) -> UInt64 {
        // The highest bit stays free: seeds are stored in signed columns.
        hash("\(recipe)/\(key)/\(number)") >> 1
    }

    /// A number that stands for some text.
    static func hash(_ text: String) -> UInt64 {
        SHA256.hash(data: Data(text.utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// SHA-256 of some bytes, in 64 lower-case hexadecimal digits.
    static func digest(_ bytes: some DataProtocol) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = SHA256.hash(data: bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
