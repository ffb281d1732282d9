import Captions
import Foundation
import Testing

@Suite("Byte-pair tokeniser")
struct BytePairTokenizerTests {
    /// Learns "lo", "low" that ends a word, "er" that ends a word, "aa" and "aaaa".
    static let merges = "#version\nl o\nlo w</w>\ne r</w>\na a\naa aa\n"

    @Test("Pairs merge in the order of the list, the leftmost first")
    func merging() throws {
        let tokenizer = try BytePairTokenizer(merges: Self.merges)
        #expect(tokenizer.vocabularySize == 512 + 5 + 2)
        #expect(tokenizer.startToken == 517)
        #expect(tokenizer.endToken == 518)
        let byte = { (letter: Unicode.Scalar) in Int(letter.value) - 33 }
        let last = { (letter: Unicode.Scalar) in Int(letter.value) - 33 + 256 }
        let cases: [(String, [Int])] = [
            ("low", [513]), ("LOWER", [512, byte("w"), 514]), ("lo", [byte("l"), last("o")]),
            ("aaa", [515, last("a")]), ("aaaa", [515, byte("a"), last("a")]), ("aaaaaa", [516, byte("a"), last("a")]),
            ("low low", [513, 513]), ("x", [last("x")]), ("", []),
        ]
        for (text, ids) in cases {
            #expect(try tokenizer.encode(text) == [517] + ids + [518], "\(text)")
        }
    }

    @Test("Rows are padded with 0, and a text that is too long is an error or loses its end")
    func padding() throws {
        let tokenizer = try BytePairTokenizer(merges: Self.merges)
        let rows = try tokenizer.padded(["low", ""], contextLength: 4)
        #expect(rows == [[517, 513, 518, 0], [517, 518, 0, 0]])
        #expect(throws: BytePairError.tooManyTokens(count: 5, limit: 4)) {
            try tokenizer.padded(["low low low"], contextLength: 4)
        }
        let cut = try tokenizer.padded(["low low low"], contextLength: 4, truncating: true)
        #expect(cut == [[517, 513, 513, 518]])
        #expect(throws: BytePairError.invalidContextLength(1)) { try tokenizer.padded([""], contextLength: 1) }
    }

    @Test("Lists that are no lists of merges are refused, by line")
    func malformed() throws {
        let lists = [
            ("#\nl o\nlo\n", 3), ("#\nl o\n\nlo w\n", 3), ("#\nlo w\n", 2), ("#\nl o\nl o\n", 3), ("#\na b c\n", 2),
        ]
        for (list, line) in lists {
            #expect(throws: BytePairError.malformedMerge(line: line), "\(list)") { try BytePairTokenizer(merges: list) }
        }
        #expect(try BytePairTokenizer(merges: "").vocabularySize == 514)
        #expect(try BytePairTokenizer(merges: "#\r\nl o\r\n").vocabularySize == 515)
    }

    @Test("Sizes that come from outside are limited")
    func limits() throws {
        let large = String(repeating: " ", count: BytePairTokenizer.mergesLimit + 1)
        #expect(throws: BytePairError.mergesTooLarge(bytes: large.utf8.count)) { try BytePairTokenizer(merges: large) }
        let tokenizer = try BytePairTokenizer(merges: Self.merges)
        let long = String(repeating: "a", count: BytePairTokenizer.textLimit)
        // A word of the largest size: every four letters are one token, but for two, one and the one with the mark.
        #expect(try tokenizer.encode(long).count == (BytePairTokenizer.textLimit - 4) / 4 + 3 + 2)
        #expect(throws: BytePairError.textTooLong(bytes: long.utf8.count + 1)) { try tokenizer.encode(long + "a") }
    }

    @Test("Merges come from a file, which must be there and not too large")
    func files() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("merges-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Self.merges.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try BytePairTokenizer(contentsOfFile: path).encode("low") == [517, 513, 518])
        #expect(throws: BytePairError.self) { try BytePairTokenizer(contentsOfFile: path + ".absent") }
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        #expect(truncate(path, BytePairTokenizer.mergesLimit + 1) == 0)
        #expect(throws: BytePairError.mergesTooLarge(bytes: BytePairTokenizer.mergesLimit + 1)) {
            try BytePairTokenizer(contentsOfFile: path)
        }
    }

    @Test("Thousands of references inside each other, and of broken bytes, end soon")
    func hostile() throws {
        let tokenizer = try BytePairTokenizer(merges: Self.merges)
        let texts = [
            "&" + String(repeating: "amp;", count: 8_000), String(repeating: "&", count: 30_000),
            String(repeating: "\u{C3}\u{192}", count: 8_000), String(repeating: "\u{1B}[", count: 15_000),
            String(repeating: "a\u{301}", count: 8_000), String(repeating: "<\n", count: 15_000),
            String(repeating: "&#9999999999999999999999;", count: 2_000),
        ]
        for text in texts { #expect(try tokenizer.encode(text).count >= 3) }
    }
}
