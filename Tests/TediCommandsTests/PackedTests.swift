import Foundation
import LiveSystems
import Testing

@testable import TediCommands

@Suite("Packed lists", .timeLimit(.minutes(5)))
struct PackedTests {
    private static let nobody = "http://127.0.0.1:1"

    /// A list packed by the program of that name.
    private static func packed(_ list: some Sequence<UInt8>, by program: String) throws -> [UInt8] {
        let scratch = try Scratch()
        let file = try scratch.file("list", list)
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program, "-c", file]
        process.standardOutput = pipe
        try process.run()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return [UInt8](bytes)
    }

    @Test("Packed lists are read like others, whatever is in their name", arguments: ["gzip", "zstd"])
    func unpacked(program: String) async throws {
        let scratch = try Scratch()
        let bytes = try Self.packed("caption\ta\na man\t1\na woman\t2\n".utf8, by: program)
        for name in ["faces.tsv.\(program == "gzip" ? "gz" : "zst")", "faces.tsv"] {
            let file = try scratch.file(name, bytes)
            let result = await tedi("submit", file, "--dry-run", "--api", Self.nobody)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("2 captions x 1 = 2 images"))
        }
    }

    @Test("The first line of a large packed list is not lost, and its mistakes have their lines")
    func large() async throws {
        let scratch = try Scratch()
        let lines = (1...200_000).map { $0 == 150_001 ? "" : "a man with hat number \($0)" }
        let file = try scratch.file("faces.txt.gz", try Self.packed(lines.joined(separator: "\n").utf8, by: "gzip"))
        let result = await tedi("submit", file, "--dry-run", "--api", Self.nobody)
        #expect(result.status == 2)
        #expect(result.errors.contains("faces.txt.gz:150001: the line is blank"))
    }

    @Test("A cut file, one that is packed twice, and one that unpacks to too much are refused")
    func refused() throws {
        let bytes = try Self.packed(String(repeating: "a man\n", count: 10_000).utf8, by: "gzip")
        func unpack(_ bytes: [UInt8], limit: Int = 1 << 20) throws -> [UInt8] {
            try PackedInput.gzip.unpack(bytes, name: "x.gz", limit: limit, search: nil)
        }
        #expect(try unpack(bytes).count == 60_000)
        #expect(throws: CommandError.self) { try unpack(Array(bytes.dropLast(20))) }
        #expect(throws: CommandError.self) { try unpack(bytes, limit: 59_999) }
        let scratch = try Scratch()
        let outer = try scratch.file("outer.gz", try Self.packed(bytes, by: "gzip"))
        #expect(throws: CommandError.self) {
            _ = try CaptionFile.load(InputSource(path: outer), format: .csv, plan: ItemPlan()) { "\($0)" }
        }
    }

    @Test("Where the program is missing, its name and the way to get it are told")
    func noProgram() throws {
        let error = #expect(throws: CommandError.self) {
            try PackedInput.zstd.unpack([0x28], name: "x.zst", limit: 1, search: "/nonexistent")
        }
        #expect(error?.lines.joined().contains("apt-get install zstd") == true)
    }
}
