import Testing

@testable import Checkpoints

@Suite("Limits and malformed pickles") struct LimitTests {
    private static func isOverLimit(_ reason: CheckpointError.Reason) -> Bool {
        if case .overLimit(let text) = reason { !text.isEmpty } else { false }
    }

    @Test("Deep nesting neither overflows the stack nor hangs", arguments: [101, 5_000, 400_000])
    func nesting(depth: Int) throws {
        #expect(
            Self.isOverLimit(
                try refusal(of: [UInt8](repeating: 0x5D, count: depth) + [UInt8](repeating: 0x61, count: depth - 1))))
        #expect(Self.isOverLimit(try refusal(of: [0x4E] + [UInt8](repeating: 0x85, count: depth))))
        #expect(try unpickled([0x4E] + [UInt8](repeating: 0x85, count: 100)).items?.count == 1)
    }

    @Test("What contains itself is refused")
    func circles() throws {
        #expect(Self.isOverLimit(try refusal(of: [0x5D, 0x71, 0, 0x68, 0, 0x61])))
        let pair = Pickles.text("self") + [0x68, 0]
        #expect(Self.isOverLimit(try refusal(of: [0x7D, 0x71, 0] + pair + [0x73])))
        // As its own key, and by way of a tuple.
        #expect(Self.isOverLimit(try refusal(of: [0x7D, 0x71, 0, 0x68, 0, 0x4E, 0x73])))
        #expect(Self.isOverLimit(try refusal(of: [0x5D, 0x71, 0, 0x68, 0, 0x85, 0x61])))
        // A Namespace whose fields are its own grows, but not for ever.
        let namespace = Pickles.global("argparse", "Namespace") + [0x29, 0x52, 0x71, 0]
        #expect(throws: CheckpointFault.self) { try unpickled(namespace + [0x68, 0, 0x62]) }
    }

    @Test("What doubles with every level is refused at once")
    func doubling() throws {
        var opcodes: [UInt8] = [0x4E]
        for _ in 0..<60 { opcodes += [0x32, 0x86] }
        #expect(Self.isOverLimit(try refusal(of: opcodes)))
        // Every list again holds the one before it a hundred times.
        opcodes = [0x5D]
        for level in 0..<UInt8(20) {
            opcodes += [0x71, level, 0x30, 0x5D, 0x28] + (0..<100).flatMap { _ -> [UInt8] in [0x68, level] } + [0x65]
        }
        #expect(Self.isOverLimit(try refusal(of: opcodes)))
    }

    @Test("Each limit is one")
    func limits() throws {
        func limited(_ change: (inout PickleLimits) -> Void) -> PickleLimits {
            var limits = PickleLimits()
            change(&limits)
            return limits
        }
        let nulls = [UInt8](repeating: 0x4E, count: 50)
        #expect(Self.isOverLimit(try refusal(of: nulls, limits: limited { $0.stack = 49 })))
        #expect(
            Self.isOverLimit(try refusal(of: [UInt8](repeating: 0x28, count: 50), limits: limited { $0.marks = 49 })))
        #expect(Self.isOverLimit(try refusal(of: [0x5D, 0x28] + nulls + [0x65], limits: limited { $0.values = 49 })))
        let remembered = (0..<UInt8(50)).flatMap { place -> [UInt8] in [0x71, place] }
        #expect(Self.isOverLimit(try refusal(of: [0x4E] + remembered, limits: limited { $0.values = 49 })))
        #expect(Self.isOverLimit(try refusal(of: Pickles.text("too long"), limits: limited { $0.text = 7 })))
        let file = Files.saved(Pickles.text("a text"))
        #expect(Self.isOverLimit(try refusal(file, limits: limited { $0.bytes = 10 })))
        let axes = [Int](repeating: 1, count: 65)
        #expect(throws: CheckpointFault.self) {
            try unpickled(Pickles.tensor(Pickles.storage("FloatStorage", "0", 1), axes, axes))
        }
    }

    @Test("A count that the file does not hold costs no memory")
    func counts() throws {
        #expect(Self.isOverLimit(try refusal(of: [0x58, 0xFF, 0xFF, 0xFF, 0xFF])))
        #expect(try refusal(of: [0x58, 0xFF, 0xFF, 0, 0]) == .truncated("the pickle"))
        #expect(Self.isOverLimit(try refusal(of: [0x8E] + [UInt8](repeating: 0xFF, count: 8))))
        #expect(try refusal(of: [0x8A, 200]) == .truncated("the pickle"))
    }

    @Test(
        "Malformed pickles",
        arguments: [
            [], [0x30], [0x28, 0x30, 0x30], [0x74], [0x31], [0x75], [0x61], [0x4E, 0x61], [0x4E, 0x4E, 0x61],
            [0x5D, 0x4E, 0x4E, 0x73], [0x7D, 0x4E, 0x61], [0x7D, 0x28, 0x4E, 0x75], [0x52], [0x4E, 0x29, 0x52],
            [0x68, 0], [0x71, 0], [0x93], [0x4E, 0x4E, 0x93], [0x62], [0x5D, 0x7D, 0x62], [0x51], [0x29, 0x51],
            [0x80, 9], [0xFF], [0x82, 1], [0x69], [0x6F], [0x92], [0x28, 0x4E, 0x28, 0x61],
            [0x4E, 0x28, 0x30, 0x30, 0x30], Array("Ix\n".utf8), Array("F1,5\n".utf8), Array("S'a\n".utf8),
            Array("Ix".utf8), Array("g-1\n".utf8), Array("P1\n".utf8), Array("V\\u00g0\n".utf8),
            Pickles.global("torch", "FloatStorage"), Pickles.storage("FloatStorage", "0", 1),
            Pickles.storage("FloatStorage", "0", -1), Pickles.storage("FloatStorage", "0", Int.max),
            Pickles.call("torch", "FloatStorage", []), Pickles.call("torch._utils", "_rebuild_tensor_v2", []),
            Pickles.call("torch._utils", "_rebuild_parameter", [[0x4E]]), Pickles.call("torch", "float32", []),
            Pickles.call("torch", "device", []), Pickles.call("_codecs", "encode", [Pickles.text("a")]),
        ] as [[UInt8]])
    func malformed(opcodes: [UInt8]) throws {
        let reason = try refusal(of: opcodes)
        #expect(!reason.text.isEmpty)
    }
}
