import Client
import Tables
import TediCommands
import Testing

@Suite("Caption files")
struct CaptionFileTests {
    private static func read(_ text: String, _ format: CaptionFormat) -> CaptionFile {
        CaptionFile(reading: Array(text.utf8), as: format)
    }

    private static func json(_ file: CaptionFile) -> String {
        String(decoding: file.items.bytes, as: UTF8.self)
    }

    // MARK: txt

    @Test("A line is a caption; line ends and a byte order mark are not part of it")
    func text() {
        let file = Self.read("\u{FEFF}a man\r\na \"smiling\" woman\\\n\tgroßes Kind 🙂\n", .txt)
        #expect(file.errors.isEmpty)
        #expect(
            Self.json(file) == """
                {"caption":"a man"}
                {"caption":"a \\"smiling\\" woman\\\\"}
                {"caption":"\\u0009großes Kind 🙂"}

                """)
        #expect(file.sourceLines == [1, 2, 3])
    }

    @Test("The last line needs no line end", arguments: ["a\nb", "a\nb\n", "a\nb\n\n  \n\t\r\n", "a\r\nb\r\n"])
    func trailingBlankLines(text: String) {
        let file = Self.read(text, .txt)
        #expect(file.errorCount == 0)
        #expect(file.items.count == 2)
    }

    @Test("A blank line in the middle is named", arguments: ["a\n\nb", "a\n  \t\nb\n\n", "a\n\r\nb"])
    func blankLine(text: String) {
        let file = Self.read(text, .txt)
        #expect(file.errors.map(\.line) == [2])
        #expect(file.errors.first?.message.contains("blank") == true)
    }

    @Test(
        "An empty file is an error, not an empty batch", arguments: CaptionFormat.allCases,
        ["", "\n\n", " ", "\u{FEFF}"])
    func empty(format: CaptionFormat, text: String) {
        #expect(Self.read(text, format).errorCount == 1)
    }

    @Test("Bytes that are no text are named by their line")
    func notUTF8() {
        let file = CaptionFile(reading: Array("ok\n".utf8) + [0xC3, 0x28, 0x0A] + Array("ok\n".utf8), as: .txt)
        #expect(file.errors.map(\.line) == [2])
        #expect(file.errors.first?.message.contains("UTF-8") == true)
    }

    @Test("NUL is refused")
    func nul() {
        #expect(Self.read("a\u{0}b\nc", .txt).errors.map(\.line) == [1])
        #expect(Self.read(#"{"caption": "a\u0000b"}"#, .jsonl).errors.map(\.line) == [1])
    }

    @Test("A caption of a megabyte is refused and not repeated in the message", arguments: CaptionFormat.allCases)
    func megabyte(format: CaptionFormat) {
        let long = String(repeating: "x", count: 1 << 20)
        let text =
            switch format {
            case .txt: "fine\n\(long)\n"
            case .csv, .tsv: "caption\nfine\n\(long)\n"
            case .jsonl: "{\"caption\":\"fine\"}\n{\"caption\":\"\(long)\"}\n"
            }
        let file = Self.read(text, format)
        #expect(file.errors.map(\.line) == [format == .csv || format == .tsv ? 3 : 2])
        #expect((file.errors.first?.message.count ?? .max) < 200)
    }

    @Test("The first ten mistakes are shown, the rest counted")
    func manyErrors() {
        let file = Self.read(String(repeating: "a\n\n", count: 25) + "b", .txt)
        let report = file.report(name: "x.txt")
        #expect(file.errorCount == 25)
        #expect(report.count == 11)
        #expect(report.first?.hasPrefix("x.txt:2: ") == true)
        #expect(report.last == "… and 15 more")
    }

    // MARK: jsonl

    @Test("Lines pass as they are")
    func jsonLines() {
        let text = #"{"caption": "a man", "custom_id": "r-1", "seed": 7}"# + "\r\n" + #"{"caption":"ein Bär"}"#
        let file = Self.read(text, .jsonl)
        #expect(file.errorCount == 0)
        #expect(Self.json(file) == text.replacing("\r\n", with: "\n") + "\n")
    }

    @Test("The mistake in line 57,312 of 100,000 is found")
    func deepMistake() {
        var lines = (1...100_000).map { #"{"caption": "face \#($0)", "custom_id": "c\#($0)"}"# }
        lines[57_311] = #"{"caption": "face", "#
        let file = Self.read(lines.joined(separator: "\n"), .jsonl)
        #expect(file.errors.map(\.line) == [57_312])
        #expect(file.report(name: "f").first?.hasPrefix("f:57312: ") == true)
    }

    @Test(
        "Each kind of mistake is refused",
        arguments: [
            #"{"caption": 7}"#, #"{"caption": ""}"#, #"{"caption": "a", "sed": 1}"#, #"{"caption": "a", "seed": -1}"#,
            #"{"caption": "a", "seed": 1e400}"#, #"{"text": "a"}"#, "[]", "null", "a man", #"{"caption": "a"} x"#,
            #"{"caption": "a", "caption": "b"}"#, #"{"caption": "\ud800"}"#,
        ])
    func badLine(line: String) {
        let file = Self.read(#"{"caption": "fine"}"# + "\n\(line)\n" + #"{"caption": "fine"}"#, .jsonl)
        #expect(file.errors.map(\.line) == [2])
    }

    @Test("A custom id that is there twice names both lines")
    func duplicateID() {
        let file = Self.read(#"{"caption":"a","custom_id":"x"}"# + "\n" + #"{"caption":"b","custom_id":"x"}"#, .jsonl)
        #expect(file.errors.map(\.line) == [2])
        #expect(file.errors.first?.message.contains("line 1") == true)
    }
}

@Suite("CSV files")
struct CSVTests {
    private static func read(_ text: String, column: String? = nil) -> CaptionFile {
        let plan = ItemPlan(columns: column.map { [.caption: $0] } ?? [:])
        return CaptionFile(reading: Array(text.utf8), as: .csv, plan: plan)
    }

    private static func lines(_ file: CaptionFile) -> [String] {
        String(decoding: file.items.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("Quotes, commas, line ends and doubled quotes")
    func quoting() {
        let file = Self.read("seed,caption\r\n1,\"a, b\"\r\n2,\"say \"\"hi\"\"\"\r\n3,\"two\r\nlines\"\n,plain")
        #expect(file.errorCount == 0)
        #expect(
            Self.lines(file) == [
                #"{"caption":"a, b","seed":1}"#, #"{"caption":"say \"hi\"","seed":2}"#,
                #"{"caption":"two\u000d\u000alines","seed":3}"#, #"{"caption":"plain"}"#,
            ])
        // The third row spans two lines of the file.
        #expect(file.sourceLines == [2, 3, 4, 6])
    }

    @Test("The column of the captions can be named; unused columns are told")
    func columns() {
        let file = Self.read("id, text ,custom_id\n1,a man,r-1\n2,a child,\n", column: "text")
        #expect(Self.lines(file) == [#"{"caption":"a man","custom_id":"r-1"}"#, #"{"caption":"a child"}"#])
        #expect(file.notes.count == 1)
        #expect(file.notes.first?.contains("id") == true)
    }

    @Test("A missing column names those that there are")
    func missingColumn() {
        let file = Self.read("words,age\na,3\n")
        #expect(file.errors.map(\.line) == [1])
        #expect(file.errors.first?.message.contains("“words”, “age”") == true)
    }

    @Test(
        "Broken rows are named by the line they begin on",
        arguments: [
            ("caption,seed\na,1\nb,2,3\n", 3), ("caption,seed\na\n", 2), ("caption\na\n\nb\n", 3),
            ("caption\n\"a\nb\nc", 2), ("caption\na \"b\" c\n", 2), ("caption\n\"a\"b\n", 2),
            ("caption,seed\na,x\n", 2), ("caption,seed\na,-1\n", 2), ("caption,caption\na,b\n", 1),
            ("caption,seed\na,99999999999999999999\n", 2), ("caption,custom_id\na,x\nb,x\n", 3),
        ])
    func broken(text: String, line: Int) {
        #expect(Self.read(text).errors.map(\.line) == [line])
    }

    @Test("A header alone is an empty file", arguments: ["caption", "caption\n", "caption\r\n\r\n"])
    func headerOnly(text: String) {
        #expect(Self.read(text).errorCount == 1)
    }

    @Test("No bytes at all make the reader stumble")
    func noise() {
        var state: UInt64 = 7
        let alphabet = Array("a,\"\r\n\u{0}é".utf8)
        for _ in 0..<2000 {
            let bytes = (0..<40).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return alphabet[Int(state >> 33) % alphabet.count]
            }
            let file = CaptionFile(reading: Array("caption,b\n".utf8) + bytes, as: .csv)
            #expect(file.items.count == file.sourceLines.count)
            #expect(file.errorCount > 0 || file.items.count > 0)
        }
    }
}
