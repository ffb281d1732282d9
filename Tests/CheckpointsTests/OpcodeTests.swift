import Testing

@testable import Checkpoints

@Suite("Opcodes") struct OpcodeTests {
    @Test(
        "Numbers of every protocol",
        arguments: [
            ("I42\n", .integer(42)), ("I-7\n", .integer(-7)), ("I01\n", .bool(true)), ("I00\n", .bool(false)),
            ("L99L\n", .integer(99)), ("F1.5\n", .double(1.5)), ("Fnan\n", nil), ("N", .null),
        ] as [(String, CheckpointValue?)])
    func lines(text: String, wanted: CheckpointValue?) throws {
        let found = try unpickled(Array(text.utf8))
        if let wanted { #expect(found == wanted) } else { #expect(found.number?.isNaN == true) }
    }

    @Test(
        "Binary numbers and texts",
        arguments: [
            ([0x4B, 255], .integer(255)), ([0x4D, 0xE9, 3], .integer(1001)),
            ([0x4A, 0xFF, 0xFF, 0xFF, 0xFF], .integer(-1)), ([0x8A, 0], .integer(0)),
            ([0x8A, 1, 0x80], .integer(-128)),
            ([0x8A, 9, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .integer(-1)),
            (
                [0x8A, 9, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0],
                .longInteger([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0])
            ),
            ([0x8B, 2, 0, 0, 0, 0, 1], .integer(256)), ([0x47, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0], .double(1.5)),
            ([0x88], .bool(true)), ([0x89], .bool(false)), ([0x58, 1, 0, 0, 0, 0x61], .string("a")),
            ([0x8C, 2, 0xC3, 0xA9], .string("\u{E9}")), ([0x8D, 1, 0, 0, 0, 0, 0, 0, 0, 0x61], .string("a")),
            ([0x42, 1, 0, 0, 0, 0xFF], .bytes([0xFF])), ([0x43, 1, 9], .bytes([9])),
            ([0x8E, 1, 0, 0, 0, 0, 0, 0, 0, 9], .bytes([9])), ([0x54, 1, 0, 0, 0, 0x61], .string("a")),
            ([0x55, 1, 0xFF], .bytes([0xFF])), ([0x95, 0, 0, 0, 0, 0, 0, 0, 0, 0x4E], .null),
            (Array("S'it\\'s\\n\\x41'\n".utf8), .string("it's\nA")),
            (Array("Va\\u00e9\\\\\n".utf8), .string("a\u{E9}\\\\")),
        ] as [([UInt8], CheckpointValue)])
    func binary(opcodes: [UInt8], wanted: CheckpointValue) throws {
        #expect(try unpickled(opcodes) == wanted)
    }

    @Test("Containers, and what is remembered of them while they are filled")
    func containers() throws {
        let one = CheckpointValue.integer(1)
        #expect(try unpickled([0x4B, 1, 0x85]) == .list([one]))
        #expect(try unpickled([0x4B, 1, 0x4B, 1, 0x4B, 1, 0x87]) == .list([one, one, one]))
        #expect(try unpickled([0x28, 0x4B, 1, 0x6C]) == .list([one]))
        #expect(try unpickled([0x5D, 0x4B, 1, 0x61]) == .list([one]))
        #expect(try unpickled([0x8F, 0x28, 0x4B, 1, 0x90]) == .list([one]))
        #expect(try unpickled([0x28, 0x4B, 1, 0x91]) == .list([one]))
        #expect(try unpickled([0x28, 0x4B, 1, 0x4E, 0x64]) == .dictionary([.init(key: one, value: .null)]))
        #expect(try unpickled([0x7D, 0x4B, 1, 0x4E, 0x73]) == .dictionary([.init(key: one, value: .null)]))
        // A list that is remembered before it has its element, and put beside itself.
        #expect(
            try unpickled([0x5D, 0x71, 5, 0x4B, 1, 0x61, 0x68, 5, 0x86]) == .list([.list([one]), .list([one])]))
        #expect(try unpickled([0x5D, 0x94, 0x30, 0x6A, 0, 0, 0, 0]) == .list([]))
        #expect(try unpickled(Array("]p7\n0g7\n".utf8)) == .list([]))
        #expect(try unpickled([0x4E, 0x28, 0x4B, 1, 0x31]) == .null)
        #expect(try unpickled([0x4B, 1, 0x32, 0x86]) == .list([one, one]))
        // A key that comes again changes its value.
        let twice = try unpickled(Pickles.dictionary([("a", [0x4E]), ("b", [0x4E]), ("a", [0x4B, 1])]))
        #expect(twice["a"] == one && twice.entries?.map(\.key.text) == ["a", "b"])
    }

    @Test("Things of the list become plain values")
    func things() throws {
        let pair = Pickles.list([Pickles.list([Pickles.text("a"), Pickles.int(1)])])
        #expect(try unpickled(Pickles.call("collections", "OrderedDict", [pair]))["a"] == .integer(1))
        let versions = Pickles.dictionary([("_metadata", Pickles.dictionary([]))])
        #expect(try unpickled(Pickles.call("collections", "OrderedDict", []) + versions + [0x62]) == .dictionary([]))
        #expect(try unpickled(Pickles.call("torch", "Size", [Pickles.tuple([Pickles.int(3)])])) == .list([.integer(3)]))
        #expect(
            try unpickled(Pickles.call("torch", "device", [Pickles.text("cuda"), Pickles.int(1)])) == .string("cuda:1"))
        #expect(try unpickled(Pickles.global("torch", "float32")) == .string("torch.float32"))
        #expect(try unpickled(Pickles.object("argparse", "Namespace", [("x", [0x88])]))["x"] == .bool(true))
        let stackGlobal = Pickles.text("torch") + Pickles.text("int64") + [0x93]
        #expect(try unpickled(stackGlobal) == .string("torch.int64"))
    }

    @Test("Numbers of NumPy become plain ones")
    func numpy() throws {
        func scalar(_ type: String, _ order: String, _ bytes: [UInt8]) -> [UInt8] {
            let state = Pickles.tuple([Pickles.int(3), Pickles.text(order), [0x4E]])
            let type = Pickles.call("numpy", "dtype", [Pickles.text(type), Pickles.int(0), Pickles.int(1)])
            let text = String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
            let encoded = Pickles.call("_codecs", "encode", [Pickles.text(text), Pickles.text("latin1")])
            return Pickles.call("numpy.core.multiarray", "scalar", [type + state + [0x62], encoded])
        }
        #expect(try unpickled(scalar("f8", "<", Pickles.little(Int(1.5.bitPattern), 8))) == .double(1.5))
        #expect(try unpickled(scalar("f4", "<", singles([-2.5]))) == .double(-2.5))
        #expect(try unpickled(scalar("i8", "<", Pickles.little(-3, 8))) == .integer(-3))
        #expect(try unpickled(scalar("i2", ">", [0xFF, 0xFE])) == .integer(-2))
        #expect(try unpickled(scalar("u1", "|", [200])) == .integer(200))
        #expect(try unpickled(scalar("b1", "|", [1])) == .bool(true))
        #expect(throws: CheckpointFault.self) { try unpickled(scalar("f8", "<", [1])) }
        #expect(throws: CheckpointFault.self) { try unpickled(scalar("O8", "<", Pickles.little(1, 8))) }
    }

    @Test(
        "Anything else is refused by name",
        arguments: [
            ("posix", "system"), ("builtins", "eval"), ("__builtin__", "getattr"),
            ("torch.storage", "_load_from_bytes"),
            ("__torch__.net", "Net"), ("torch", "load"), ("torch", "untyped bytes"), ("os.path", "join"), ("", ""),
            ("torch.nn.modules.conv", "Conv2d"), ("collections", "OrderedDict\u{301}"),
        ])
    func forbidden(module: String, name: String) throws {
        #expect(try refusal(of: Pickles.global(module, name)) == .forbiddenGlobal("\(module).\(name)"))
        let reason = CheckpointError.Reason.forbiddenGlobal("posix.system")
        #expect(reason.text == "posix.system is not on the list of things that a checkpoint may name")
    }

    @Test("Classes of TorchScript are names with attributes")
    func script() throws {
        let field = Pickles.call("torch.jit._pickle", "build_intlist", [Pickles.list([Pickles.int(1)])])
        let tagged = Pickles.call(
            "torch.jit._pickle", "restore_type_tag", [Pickles.list([]), Pickles.text("List[str]")])
        let object = Pickles.object("__torch__.a", "Net", [("sizes", field), ("names", tagged)])
        let found = try unpickled(object, isScript: true)
        guard case .object(let name, _) = found else { throw CheckpointFault(.noPickle) }
        #expect(name == "__torch__.a.Net" && found["sizes"] == .list([.integer(1)]) && found["names"] == .list([]))
    }
}
