import Client
import Foundation
import Fuzzing
import Jobs
import Tables
import Testing

@testable import TediCommands

@Suite("Hostile caption files")
struct FuzzTests {
    @Test("Whatever is in a file, it is refused with lines and words, or every item is one that the coordinator takes")
    func files() throws {
        var accepted = 0
        for var run in Fuzz(cases: 1_500) {
            let format = CaptionFormat.allCases.randomElement(using: &run.generator) ?? .txt
            let right = Self.file(format, Self.captions(&run.generator))
            let bytes =
                Int.random(in: 0..<8, using: &run.generator) == 0
                ? Mutation.noise(upTo: 2_000, using: &run.generator) : Mutation.damaged(right, using: &run.generator)
            let file = CaptionFile(reading: bytes, as: format)
            if file.errorCount > 0 {
                #expect(!file.errors.isEmpty && file.errors.count <= CaptionFile.keptErrors, "\(run)")
                #expect(
                    file.errors.allSatisfy { $0.line >= 1 && (1...1_500).contains($0.message.utf8.count) }, "\(run)")
                continue
            }
            accepted += 1
            let lines = file.items.bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
            #expect(lines.count == file.items.count && file.sourceLines.count == file.items.count, "\(run)")
            #expect(file.items.count > 0, "\(run)")
            for line in lines { #expect(throws: Never.self, "\(run)") { try CaptionItem(parsing: line) } }
        }
        #expect(accepted > 0 || Fuzz.isReplay)
    }

    @Test("Right files give back the captions that were written, in every format")
    func roundTrip() throws {
        for var run in Fuzz(cases: 600) {
            let format = CaptionFormat.allCases.randomElement(using: &run.generator) ?? .txt
            // A text line can hold no line end, and a blank end of a file is no caption.
            let captions = Self.captions(&run.generator).map { caption in
                format == .jsonl
                    ? caption
                    : "x" + caption.unicodeScalars.filter { $0 != "\n" && $0 != "\r" }.map(String.init).joined() + "x"
            }
            let file = CaptionFile(reading: Self.file(format, captions), as: format)
            #expect(file.errors.isEmpty, "\(file.errors.first?.message ?? ""); \(run)")
            let lines = file.items.bytes.split(separator: 0x0A)
            #expect(lines.count == captions.count, "\(run)")
            for (line, caption) in zip(lines, captions) {
                #expect(Array(try CaptionItem(parsing: line).caption.utf8) == Array(caption.utf8), "\(run)")
            }
        }
    }

    @Test("An item is the same after it was written and read again")
    func items() throws {
        for var run in Fuzz(cases: 1_500) {
            let caption = "x" + Texts.odd(upTo: 400, using: &run.generator)
            let id = Bool.random(using: &run.generator) ? Texts.odd(upTo: 30, using: &run.generator) : nil
            let seed =
                Bool.random(using: &run.generator) ? UInt64.random(in: CaptionItem.seeds, using: &run.generator) : nil
            let item = try CaptionItem(caption: caption, customID: id, seed: seed)
            var draft = ItemDraft()
            (draft.caption, draft.customID, draft.seed) = (caption, id, seed)
            #expect(try CaptionItem(parsing: draft.json()) == item, "\(run)")
        }
    }

    private static func captions(_ generator: inout SplitMix64) -> [String] {
        (0..<Int.random(in: 1...6, using: &generator)).map { _ in "x" + Texts.odd(upTo: 40, using: &generator) }
    }

    private static func file(_ format: CaptionFormat, _ captions: [String]) -> [UInt8] {
        switch format {
        case .txt: Array(captions.joined(separator: "\n").utf8)
        case .csv, .tsv:
            Array((format == .csv ? "caption,other\n" : "caption\tother\n").utf8)
                + captions.flatMap { caption in
                    // By bytes: a quote that carries an accent is another character to Swift, but not to CSV.
                    [0x22] + caption.utf8.flatMap { $0 == 0x22 ? [0x22, 0x22] : [$0] }
                        + Array((format == .csv ? "\",1\n" : "\"\t1\n").utf8)
                }
        case .jsonl:
            captions.flatMap { caption in
                ((try? JSONSerialization.data(withJSONObject: ["caption": caption])).map { Array($0) } ?? []) + [0x0A]
            }
        }
    }

    // MARK: Single traps

    @Test("Packed files are told by their first bytes, and those that are not unpacked refused with the way to do it")
    func packed() {
        let gzip = PackedInput([0x1F, 0x8B, 8, 0, 0, 0])
        #expect(gzip == .gzip)
        #expect(gzip.map { "\($0.refusal(of: "faces.jsonl.gz"))".contains("gzip -dc") } == true)
        #expect(PackedInput([0x50, 0x4B, 3, 4, 20]) == .zip)
        #expect(PackedInput([0x28, 0xB5, 0x2F, 0xFD]) == .zstd)
        #expect(PackedInput(Array("{\"caption\": \"a man\"}".utf8)) == nil)
        #expect(PackedInput(Array("BZh, a caption".utf8)) == nil)
        #expect(PackedInput([]) == nil)
    }

    @Test("A row of a million commas is refused at its thousandth field")
    func commas() {
        let bytes = Array("caption\n".utf8) + [UInt8](repeating: 0x2C, count: 1_000_000)
        let file = CaptionFile(reading: bytes, as: .csv)
        #expect(file.errors.map(\.line) == [2])
        #expect(file.errors.first?.message.contains("1000 fields") == true)
    }

    @Test("Names of columns are shown without control characters, and not at any length")
    func columnNames() {
        let long = String(repeating: "n", count: 10_000)
        let file = CaptionFile(reading: Array("\u{1B}[2J\(long),x\na,b\n".utf8), as: .csv)
        let message = file.errors.first?.message ?? ""
        #expect(!message.contains("\u{1B}") && (1...300).contains(message.utf8.count), "\(message)")
        let notes = CaptionFile(reading: Array("caption,\u{1B}[2J\(long)\na,b\n".utf8), as: .csv).notes.joined()
        #expect(!notes.contains("\u{1B}") && (1...300).contains(notes.utf8.count), "\(notes)")
    }
}
