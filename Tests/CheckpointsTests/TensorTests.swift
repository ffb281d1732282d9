import Testing
import Torch

@testable import Checkpoints

@Suite("Tensors of checkpoints") struct TensorTests {
    private static let base = (0..<60).map(Float.init)

    /// The tensor of a shape over a storage of the numbers 0 to 59.
    private func read(_ shape: [Int], _ strides: [Int], offset: Int = 0) throws -> Tensor {
        let tensor = Pickles.tensor(Pickles.storage("FloatStorage", "0", 60), shape, strides, offset: offset)
        let checkpoint = try opened(Files.saved(Pickles.dictionary([("t", tensor)]), [("0", singles(Self.base))]))
        return try checkpoint.read(#require(checkpoint.root["t"]?.record))
    }

    @Test(
        "Every arrangement gives what PyTorch sees",
        arguments: [
            ([6, 10], [10, 1], 0), ([10, 6], [1, 10], 0), ([3, 4], [10, 1], 23), ([6, 4], [10, 3], 0), ([], [], 11),
            ([0, 4], [4, 1], 0), ([2, 3, 4], [30, 1, 5], 2), ([3, 4], [0, 0], 7), ([2, 3, 4], [10, 0, 1], 1),
            ([4, 1, 3], [3, 99, 1], 0), ([1], [1], 59), ([2, 2, 2, 2], [8, 4, 2, 1], 3), ([5, 0], [0, 1], 60),
        ])
    func arrangements(shape: [Int], strides: [Int], offset: Int) throws {
        let tensor = try read(shape, strides, offset: offset)
        #expect(tensor.shape == shape)
        var wanted: [Float] = []
        for index in 0..<shape.reduce(1, *) {
            var rest = index
            var place = offset
            for (length, stride) in zip(shape, strides).reversed() {
                place += rest % length * stride
                rest /= length
            }
            wanted.append(Self.base[place])
        }
        #expect(try tensor.floats() == wanted)
    }

    @Test(
        "What leaves the storage is refused",
        arguments: [
            ([61], [1], 0), ([6, 10], [10, 1], 1), ([1 << 40, 10], [10, 1], 0), ([2], [60], 0), ([], [], 60),
            ([1 << 62, 4], [0, 0], 0), ([3, 3], [Int.max, 1], 0), ([2], [Int.max], 1), ([1], [1], Int.max),
        ])
    func outside(shape: [Int], strides: [Int], offset: Int) throws {
        let tensor = Pickles.tensor(Pickles.storage("FloatStorage", "0", 60), shape, strides, offset: offset)
        let reason = try refusal(Files.saved(tensor, [("0", singles(Self.base))]))
        #expect(reason == .tensorOutsideStorage(shape: shape, storage: "0", elements: 60))
    }

    @Test("Neither repeated nor overlapping elements cost memory")
    func repeated() throws {
        let wide = try read([1 << 20, 1 << 20], [0, 0], offset: 5)
        #expect(try wide.count == 1 << 40 && wide.select(0, index: 9).select(0, index: 77).item() == 5)
        let error = try #require(throws: CheckpointError.self) { try read([30, 30], [1, 1]) }
        #expect(error.reason == .selfOverlapping(tensor: "t"))
    }

    @Test("A small file cannot ask for a large storage again and again")
    func views() throws {
        let count = 1 << 18
        let pairs = (0..<40).map { index in
            ("t\(index)", Pickles.tensor(Pickles.storage("ByteStorage", "0", count), [count - index], [1]))
        }
        let bytes = Files.saved(Pickles.dictionary(pairs), [("0", [UInt8](repeating: 7, count: count))])
        let checkpoint = try opened(bytes)
        let error = try #require(throws: CheckpointError.self) { try checkpoint.tensors() }
        #expect(error.reason == .tooManyViews(place: ""))
        #expect(try checkpoint.read(#require(checkpoint.root["t3"]?.record)).count == count - 3)
    }

    @Test("Tied tensors share their numbers")
    func tied() throws {
        let tensor = Pickles.tensor(Pickles.storage("FloatStorage", "0", 60), [60], [1])
        let value = Pickles.dictionary([("a", tensor), ("b", tensor)])
        let tensors = try opened(Files.saved(value, [("0", singles(Self.base))])).tensors()
        try #require(tensors["a"]).fill(3)
        #expect(try #require(tensors["b"]).floats().allSatisfy { $0 == 3 })
    }

    @Test("Types that cannot be held are refused by name, and only when they are read")
    func types() throws {
        let names = [
            ("CharStorage", "int8", 1), ("ShortStorage", "int16", 2), ("ComplexFloatStorage", "complex64", 8),
            ("ComplexDoubleStorage", "complex128", 16), ("QInt8Storage", "qint8", 1),
        ]
        for (storage, name, width) in names {
            let value = Pickles.dictionary([
                ("odd", Pickles.tensor(Pickles.storage(storage, "0", 2), [2], [1])),
                ("flag", Pickles.tensor(Pickles.storage("BoolStorage", "1", 3), [3], [1])),
            ])
            let bytes = Files.saved(value, [("0", [UInt8](repeating: 0, count: 2 * width)), ("1", [0, 1, 77])])
            let checkpoint = try opened(bytes)
            let record = try #require(checkpoint.root["odd"]?.record)
            #expect(record.dtype == nil && record.typeName == name)
            let error = try #require(throws: CheckpointError.self) { try checkpoint.read(record) }
            #expect(error.reason == .unsupportedType(tensor: "odd", type: name))
            let flag = try checkpoint.read(#require(checkpoint.root["flag"]?.record))
            #expect(try flag.dtype == .bool && flag.rawBytes() == [0, 1, 1])
        }
    }

    @Test("Tensors of bytes with a type of their own")
    func typed() throws {
        func value(_ type: String) -> [UInt8] {
            let storage = Pickles.tuple([
                Pickles.text("storage"), Pickles.global("torch.storage", "UntypedStorage"), Pickles.text("0"),
                Pickles.text("cpu"), Pickles.int(8),
            ])
            let hooks = Pickles.call("collections", "OrderedDict", [])
            return Pickles.call(
                "torch._utils", "_rebuild_tensor_v3",
                [
                    storage + [0x51], Pickles.int(1), Pickles.tuple([Pickles.int(1)]), Pickles.tuple([Pickles.int(1)]),
                    [0x89], hooks, Pickles.global("torch", type),
                ])
        }
        let bytes = singles([1, 2])
        let checkpoint = try opened(Files.saved(Pickles.list([value("float32"), value("uint16")]), [("0", bytes)]))
        #expect(try checkpoint.read(#require(checkpoint.value(at: "0")?.record)).floats() == [2])
        #expect(checkpoint.value(at: "1")?.record?.typeName == "uint16")
    }

    @Test("A record of another file is checked again")
    func otherFile() throws {
        let long = Pickles.tensor(Pickles.storage("FloatStorage", "0", 60), [60], [1])
        let short = Pickles.tensor(Pickles.storage("FloatStorage", "0", 1), [1], [1])
        let record = try #require(opened(Files.saved(long, [("0", singles(Self.base))])).root.record)
        let other = try opened(Files.saved(short, [("0", singles([1]))]))
        let error = try #require(throws: CheckpointError.self) { try other.read(record) }
        #expect(error.reason == .tensorOutsideStorage(shape: [60], storage: "0", elements: 1))
    }

    @Test("State dictionaries are found in any wrapper")
    func places() throws {
        func tensor(_ key: String) -> [UInt8] { Pickles.tensor(Pickles.storage("FloatStorage", key, 1), [1], [1]) }
        let state = Pickles.dictionary([("module.a.weight", tensor("0")), ("module.b", tensor("1"))])
        let optimizer = Pickles.list([Pickles.dictionary([("exp_avg", tensor("2"))])])
        let value = Pickles.dictionary([
            ("g_ema", state), ("latent_avg", tensor("3")), ("optim", Pickles.dictionary([("state", optimizer)])),
            ("odd/key", state), ("numbers", [0x7D, 0x4B, 7] + tensor("4") + [0x73]), ("epoch", Pickles.int(3)),
        ])
        let checkpoint = try opened(Files.saved(value, (0..<5).map { (String($0), singles([Float($0)])) }))
        #expect(
            checkpoint.stateDictionaries().map(\.place) == ["", "g_ema", "optim/state/0", "odd/key"])
        #expect(try checkpoint.tensors(at: "g_ema", prefix: "module.")["b"]?.floats() == [1])
        #expect(try checkpoint.tensors(at: "odd/key")["module.b"]?.floats() == [1])
        #expect(checkpoint.value(at: "optim/state/0/exp_avg")?.record?.name == "exp_avg")
        #expect(checkpoint.value(at: "numbers/7")?.record != nil && checkpoint.value(at: "numbers/8") == nil)
        #expect(checkpoint.root["epoch"]?.wholeNumber == 3)
        let found = checkpoint.places(of: "a.weight")
        #expect(found.map(\.place) == ["g_ema", "odd/key"] && found.map(\.prefix) == ["module.", "module."])
        let error = try #require(throws: CheckpointError.self) { try checkpoint.tensors(at: "netG") }
        #expect(error.description.contains("\"netG\"") && error.description.contains("\"g_ema\""))
        #expect(throws: CheckpointError.self) { try checkpoint.tensors(at: "g_ema", prefix: "encoder.") }
    }
}
