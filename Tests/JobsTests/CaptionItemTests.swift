import Jobs
import Testing

@Suite("Submitted lines") struct CaptionItemTests {
    private func parse(_ line: String) throws(ItemError) -> CaptionItem {
        try CaptionItem(parsing: Array(line.utf8))
    }

    private func code(_ bytes: [UInt8]) -> ItemError.Code? {
        do throws(ItemError) {
            _ = try CaptionItem(parsing: bytes)
            return nil
        } catch {
            return error.code
        }
    }

    private func code(_ line: String) -> ItemError.Code? { code(Array(line.utf8)) }

    @Test func readsEveryField() throws {
        let item = try parse(#" {"seed" : 7,"custom_id":"r-26", "caption":"a woman"} "# + "\r")
        #expect(item == (try CaptionItem(caption: "a woman", customID: "r-26", seed: 7)))
    }

    @Test func leavesOptionalFieldsOut() throws {
        let item = try parse(#"{"caption":"x"}"#)
        #expect(item.customID == nil)
        #expect(item.seed == nil)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\tx"),
        (#""é\u00e9""#, "é\u{e9}x"),
        (#""\ud83d\ude00""#, "😀x"),
        (#""日本""#, "日本x"),
    ])
    func unescapes(_ json: String, _ text: String) throws {
        #expect(try parse(#"{"caption":"# + json.dropLast() + #"x"}"#).caption == text)
    }

    @Test(arguments: [
        ("", ItemError.Code.blankLine), ("  \t\r", .blankLine),
        ("a woman", .malformedJSON), ("[]", .malformedJSON), (#""a""#, .malformedJSON), ("null", .malformedJSON),
        ("{", .malformedJSON), (#"{"caption":"x""#, .malformedJSON), (#"{"caption":"x"#, .malformedJSON),
        (#"{"caption" "x"}"#, .malformedJSON), (#"{"caption":"x",}"#, .malformedJSON),
        (#"{,"caption":"x"}"#, .malformedJSON), (#"{"caption":"x"}{}"#, .malformedJSON),
        (#"{"caption":"x"} y"#, .malformedJSON), (#"{'caption':'x'}"#, .malformedJSON),
        (#"{"caption":"\x"}"#, .malformedJSON), (#"{"caption":"\u12g4"}"#, .malformedJSON),
        ("{\"caption\":\"a\tb\"}", .malformedJSON), (#"{"caption":}"#, .malformedJSON),
        (#"{"caption":"x","seed":01}"#, .malformedJSON), (#"{"caption":"x","seed":-}"#, .malformedJSON),
        (#"{"caption":"x","seed":1.}"#, .malformedJSON), ("\u{FEFF}{\"caption\":\"x\"}", .malformedJSON),
        (#"{"caption":"x","captoin":"y"}"#, .unknownField), (#"{"":1}"#, .unknownField),
        (#"{"caption":"x","caption":"x"}"#, .duplicateField), (#"{"caption":"x","seed":1,"seed":1}"#, .duplicateField),
        (#"{"c\u0061ption":"x","caption":"y"}"#, .duplicateField),
        ("{}", .missingCaption), (#"{"seed":1}"#, .missingCaption),
        (#"{"caption":""}"#, .invalidField), (#"{"caption":" \t\u00a0"}"#, .malformedJSON),
        (#"{"caption":"  \n\u00a0"}"#, .invalidField), (#"{"caption":1}"#, .invalidField),
        (#"{"caption":null}"#, .invalidField), (#"{"caption":["x"]}"#, .invalidField),
        (#"{"caption":{"a":{"b":1}}}"#, .invalidField), (#"{"caption":true}"#, .invalidField),
        (#"{"caption":"x","seed":"1"}"#, .invalidField), (#"{"caption":"x","seed":1.5}"#, .invalidField),
        (#"{"caption":"x","seed":1e3}"#, .invalidField), (#"{"caption":"x","seed":-1}"#, .invalidField),
        (#"{"caption":"x","seed":null}"#, .invalidField),
        (#"{"caption":"x","seed":9223372036854775808}"#, .invalidField),
        (#"{"caption":"x","seed":99999999999999999999999}"#, .invalidField),
        (#"{"caption":"x","custom_id":""}"#, .invalidField), (#"{"caption":"x","custom_id":7}"#, .invalidField),
        (#"{"caption":"a\u0000b"}"#, .invalidField), ("{\"caption\":\"a\u{0}b\"}", .invalidField),
        (#"{"caption":"x","custom_id":"\u0000"}"#, .invalidField),
        (#"{"caption":"\ud83d"}"#, .invalidUTF8), (#"{"caption":"\ude00"}"#, .invalidUTF8),
        (#"{"caption":"\ud83dx"}"#, .invalidUTF8), (#"{"caption":"\ud83d\u0041"}"#, .invalidUTF8),
    ])
    func refuses(_ line: String, _ expected: ItemError.Code) {
        // A tab within a string is written as \t in JSON; Swift's raw strings keep it so.
        let line = line == #"{"caption":" \t\u00a0"}"# ? "{\"caption\":\" \t\"}" : line
        #expect(code(line) == expected)
    }

    @Test(arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80]])
    func refusesWhatIsNotUTF8(_ bytes: [UInt8]) {
        #expect(code(Array(#"{"caption":"x"#.utf8) + bytes + Array(#""}"#.utf8)) == .invalidUTF8)
        #expect(code(Array(#"{"caption":"x\n"#.utf8) + bytes + Array(#""}"#.utf8)) == .invalidUTF8)
    }

    @Test func keepsToTheLimits() throws {
        let longest = String(repeating: "é", count: 1_000)
        #expect(try parse("{\"caption\":\"\(longest)\"}").caption == longest)
        #expect(code("{\"caption\":\"\(longest)x\"}") == .invalidField)
        #expect(code("{\"caption\":\"x\",\"custom_id\":\"\(String(repeating: "i", count: 128))\"}") == nil)
        #expect(code("{\"caption\":\"x\",\"custom_id\":\"\(String(repeating: "i", count: 129))\"}") == .invalidField)
        #expect(code(#"{"caption":"x","seed":9223372036854775807}"#) == nil)
        #expect(code("{\"caption\":\"\(String(repeating: "x", count: 1 << 20))\"}") == .lineTooLong)
    }

    @Test func saysWhatIsWrongAndWhatToDo() {
        func message(_ line: String) -> String {
            do throws(ItemError) {
                _ = try parse(line)
                return ""
            } catch {
                return error.message
            }
        }
        #expect(message(#"{"caption":"x","captoin":"y"}"#).contains("“captoin”"))
        #expect(message(#"{"caption":"x","seed":"1"}"#).contains("“seed” must be a whole number from 0 to"))
        #expect(message("{\"caption\":\"\(String(repeating: "x", count: 2_001))\"}").contains("2001 bytes"))
        let hostile = message("{\"a\\u001b[31m\(String(repeating: "z", count: 500))\":1}")
        #expect(!hostile.unicodeScalars.contains("\u{1B}"))
        #expect(hostile.utf8.count < 300)
        #expect(message(#"{"caption":"x"#).contains("closing quote"))
    }

    @Test func nestsWithoutBound() {
        let deep = #"{"caption":"# + String(repeating: "[", count: 16_000)
        #expect(code(deep) == .invalidField)
        #expect(code(String(repeating: "{", count: 16_000)) == .malformedJSON)
    }

    /// Whatever the bytes are, the parser answers; and a line that it takes, it takes again from its own encoding.
    @Test func survivesMutations() throws {
        var random = SplitMix(seed: 11)
        let samples = [
            #"{"caption":"a woman with blond hair","custom_id":"r-26","seed":7}"#,
            #"{"caption":"\ud83d\ude00 \u00e9"}"#,
            #"{ "seed": 123 , "caption" : "x" }"#,
        ].map { Array($0.utf8) }
        var taken = 0
        for _ in 0..<20_000 {
            var line = samples[Int(random.next() % 3)]
            for _ in 0...(random.next() % 3) {
                let index = Int(random.next() % UInt64(line.count))
                switch random.next() % 3 {
                case 0: line[index] = UInt8(truncatingIfNeeded: random.next())
                case 1: line.remove(at: index)
                default: line.insert(UInt8(truncatingIfNeeded: random.next()), at: index)
                }
                if line.isEmpty { break }
            }
            guard let item = try? CaptionItem(parsing: line) else { continue }
            taken += 1
            let request = JobRequest(caption: item.caption, seed: 1, sample: 0, model: "m")
            #expect(try JobRequest(decoding: request.encoded()) == request)
        }
        #expect(taken > 1_000)
    }

    @Test func readsAHundredThousandLinesInNoTime() throws {
        // Without optimisation the parser is some fifty times slower; then a tenth of the lines must do.
        #if DEBUG
            let (count, limit) = (10_000, Duration.seconds(30))
        #else
            let (count, limit) = (100_000, Duration.seconds(1))
        #endif
        let line = Array(#"{"caption":"a young woman with long wavy blond hair","custom_id":"row-57","seed":57}"#.utf8)
        var seeds = 0
        let time = try ContinuousClock().measure {
            for _ in 0..<count { seeds += try Int(CaptionItem(parsing: line).seed ?? 0) }
        }
        #expect(seeds == 57 * count)
        #expect(time < limit, "\(count) lines took \(time)")
    }
}

/// A small counter-based generator, so that a failing case can be repeated.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
