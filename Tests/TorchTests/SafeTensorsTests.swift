import Foundation
import Testing
import Torch

extension TorchTests {
    @Suite final class SafeTensorsTests {
        let folder: URL

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "safetensors-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }

        deinit {
            try? FileManager.default.removeItem(at: folder)
        }

        func path(_ name: String = "file.safetensors") -> String { folder.appending(path: name).path }

        func file(_ header: String, data: Int, claiming length: UInt64? = nil) throws -> String {
            var bytes = Data()
            let claimed = length ?? UInt64(header.utf8.count)
            bytes.append(contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: claimed >> (8 * UInt64($0))) })
            bytes.append(contentsOf: Array(header.utf8))
            bytes.append(Data(repeating: 1, count: data))
            try bytes.write(to: URL(filePath: path()))
            return path()
        }

        @Test(arguments: DType.allCases) func everyTypeComesBack(_ dtype: DType) throws {
            let x = try Tensor([0, 1, 1, 0, 1, 1] as [Float], shape: [2, 3], dtype: dtype)
            try SafeTensors.write(path(), ["x": x, "empty": Tensor.zeros([0, 4], dtype: dtype)])
            let read = try SafeTensors.read(path())
            let y = try #require(read.tensors["x"])
            #expect(y.dtype == dtype)
            #expect(y.shape == [2, 3])
            #expect(try y.rawBytes() == x.rawBytes())
            #expect(read.tensors["empty"]?.shape == [0, 4])
        }

        @Test func namesMetadataAndLayout() throws {
            let odd = "a \"quoted\" \\ name\n\u{1} é 🙂"
            let tensors = [
                odd: try Tensor([1, 2] as [Float], shape: [2]), "b": try Tensor([7] as [UInt8], shape: [1]),
                "c": try Tensor(5, dtype: .float64), "view": try Tensor.arange(0, 6).reshape([2, 3]).transposed(),
            ]
            try SafeTensors.write(path(), tensors, metadata: ["format": "pt", odd: odd])
            let read = try SafeTensors.read(path())
            #expect(Set(read.tensors.keys) == Set(tensors.keys))
            #expect(read.metadata == ["format": "pt", odd: odd])
            #expect(try read.tensors["view"]?.floats() == [0, 3, 1, 4, 2, 5])
            #expect(try read.tensors["c"]?.item() == 5)
            let inspected = try SafeTensors.inspect(path())
            #expect(inspected.tensors["view"]?.shape == [3, 2])
            try SafeTensors.write(path("again"), read.tensors, metadata: read.metadata)
            #expect(try Data(contentsOf: URL(filePath: path())) == Data(contentsOf: URL(filePath: path("again"))))
        }

        @Test func writingReplacesAndLeavesNothingBehind() throws {
            try SafeTensors.write(path(), ["x": Tensor(1)])
            try SafeTensors.write(path(), ["x": Tensor(2)])
            #expect(try SafeTensors.read(path()).tensors["x"]?.item() == 2)
            #expect(throws: SafeTensorsError.self) { try SafeTensors.write(path("no/such/folder"), ["x": Tensor(1)]) }
            #expect(throws: SafeTensorsError.self) { try SafeTensors.write(path(), ["__metadata__": Tensor(1)]) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file.safetensors"])
        }

        @Test func truthValuesAreNormalised() throws {
            let header = #"{"x":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}"#
            let path = try file(header, data: 1)
            let handle = try FileHandle(forWritingTo: URL(filePath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: [0xFF])
            try handle.close()
            #expect(try SafeTensors.read(path).tensors["x"]?.rawBytes() == [1, 1])
        }

        typealias Reason = SafeTensorsError.Reason

        static let hostile: [(String, Int, Reason)] = [
            (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7, .truncated),
            (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 9, .trailingBytes(1)),
            (#"{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8, .shapeMismatch(tensor: "x")),
            (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, .badOffsets(tensor: "x")),
            (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, .badOffsets(tensor: "x")),
            (#"{"x":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}"#, 8, .unsupportedType(tensor: "x", type: "Q4")),
            (
                #"{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#,
                6, .badOffsets(tensor: "y")
            ),
            (
                #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
                2, .duplicateName("x")
            ),
            (
                #"{"x":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0,
                .shapeMismatch(tensor: "x")
            ),
            (#"{"__metadata__":{"a":"1","a":"2"}}"#, 0, .duplicateName("a")),
        ]

        @Test(arguments: hostile) func hostileHeaders(header: String, data: Int, reason: Reason) throws {
            let path = try file(header, data: data)
            let error = #expect(throws: SafeTensorsError.self) { try SafeTensors.read(path) }
            #expect(error?.reason == reason)
            #expect(error?.path == path)
        }

        static let malformed = [
            "", "[]", "{", "}", "nonsense", "{}x", #"{"x"}"#, #"{"x":1}"#, #"{"x":{}}"#, "{\"x\u{1}\":{}}",
            #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},}"#,
            #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"dtype":"U8"}}"#,
            #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"extra":[]}}"#,
            #"{"x":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#,
            #"{"x":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}"#,
            #"{"x":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}"#,
            #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}"#,
            #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0]}}"#,
            #"{"x":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,1]}}"#,
            #"{"x":{"dtype":"U8","shape":null,"data_offsets":[0,1]}}"#,
            #"{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
            #"{"\uZZZZ":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
            #"{"\x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
            #"{"x":{"dtype":"U8","shape":["# + String(repeating: "1,", count: 64) + #"1],"data_offsets":[0,1]}}"#,
            String(repeating: "{\"x\":", count: 10000), #"{"__metadata__":{"a":1}}"#,
        ]

        @Test(arguments: malformed) func malformedHeaders(header: String) throws {
            let path = try file(header, data: 1)
            let error = #expect(throws: SafeTensorsError.self) { try SafeTensors.read(path) }
            guard case .malformedHeader = error?.reason else {
                Issue.record("\(String(describing: error))")
                return
            }
        }

        @Test func lengthsOutOfRange() throws {
            for length: UInt64 in [.max, 1 << 63, 100_000_001] {
                let path = try file("{}", data: 0, claiming: length)
                let error = #expect(throws: SafeTensorsError.self) { try SafeTensors.read(path) }
                #expect(error?.reason == .headerTooLong(length))
            }
            let cut = try file("{}", data: 0, claiming: 3)
            #expect(throws: SafeTensorsError(path: cut, reason: .truncated)) { try SafeTensors.read(cut) }
            try Data([1, 2, 3]).write(to: URL(filePath: cut))
            #expect(throws: SafeTensorsError(path: cut, reason: .truncated)) { try SafeTensors.read(cut) }
            #expect(throws: SafeTensorsError(path: folder.path, reason: .notAFile)) {
                try SafeTensors.read(folder.path)
            }
            #expect(throws: SafeTensorsError.self) { try SafeTensors.read(path("missing")) }
            #expect(try SafeTensors.read(file("{} \n ", data: 0)).tensors.isEmpty)
        }

        @Test func anyCutOrFlippedByteIsAnErrorOrATensor() throws {
            try SafeTensors.write(
                path(), ["a": Tensor.ones([3, 2]), "b": Tensor.zeros([2], dtype: .bool)], metadata: ["k": "v"])
            let whole = [UInt8](try Data(contentsOf: URL(filePath: path())))
            for i in whole.indices {
                try Data(whole[..<i]).write(to: URL(filePath: path()))
                #expect(throws: SafeTensorsError.self) { try SafeTensors.read(path()) }
                var flipped = whole
                flipped[i] ^= 0x15
                try Data(flipped).write(to: URL(filePath: path()))
                do throws(SafeTensorsError) {
                    #expect(try SafeTensors.read(path()).tensors.values.allSatisfy { $0.count >= 0 })
                } catch {
                    #expect(!error.description.isEmpty)
                }
            }
        }
    }
}
