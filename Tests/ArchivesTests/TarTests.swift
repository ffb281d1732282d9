import Archives
import Foundation
import Glibc
import Testing

@Suite("Tar archives")
struct TarTests {
    @Test("What is written is read again, and by tar itself")
    func roundTrip() throws {
        try withFolder { folder in
            let path = "\(folder)/a.tar"
            let files = (0..<20).map { ("\($0).txt", [UInt8](repeating: UInt8($0), count: $0 * 257)) }
            var tar = try TarWriter(path)
            for (name, bytes) in files { try tar.add(name, bytes) }
            #expect(!FileManager.default.fileExists(atPath: path))
            try tar.commit()
            let read = try members(path)
            #expect(read.map(\.0) == files.map(\.0))
            #expect(read.map(\.1) == files.map(\.1))
            #expect(try run(["tar", "-tf", path]).split(separator: "\n").map(String.init) == files.map(\.0))
        }
    }

    @Test("The same files give the same bytes")
    func sameBytes() throws {
        try withFolder { folder in
            for name in ["a", "b"] {
                var tar = try TarWriter("\(folder)/\(name).tar")
                try tar.add("x.txt", Array("x".utf8))
                try tar.commit()
            }
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: "\(folder)/a.tar"))
                    == Data(contentsOf: URL(fileURLWithPath: "\(folder)/b.tar")))
        }
    }

    @Test("One that is not complete leaves nothing under its name, nor a draft")
    func dropped() throws {
        try withFolder { folder in
            try drop("\(folder)/a.tar")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    private func drop(_ path: String) throws {
        var tar = try TarWriter(path)
        try tar.add("x.txt", Array("x".utf8))
    }

    @Test("A name that is too long is refused")
    func longName() throws {
        try withFolder { folder in
            var tar = try TarWriter("\(folder)/a.tar")
            var refusal: ArchiveError?
            do throws(ArchiveError) {
                try tar.add(String(repeating: "n", count: 101), [])
            } catch {
                refusal = error
            }
            #expect(refusal?.problem.contains("does not fit") == true)
        }
    }

    @Test("Long names, links and folders of other programs", arguments: ["gnu", "posix", "ustar"])
    func others(format: String) throws {
        try withFolder { folder in
            let long = String(repeating: "d", count: 80) + "/" + String(repeating: "n", count: 90) + ".txt"
            try FileManager.default.createDirectory(
                atPath: "\(folder)/in/" + String(repeating: "d", count: 80), withIntermediateDirectories: true)
            try Data("long".utf8).write(to: URL(fileURLWithPath: "\(folder)/in/\(long)"))
            try Data("short".utf8).write(to: URL(fileURLWithPath: "\(folder)/in/z.txt"))
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/in/link.txt", withDestinationPath: "/etc/passwd")
            _ = try run(["tar", "--format", format, "--sort=name", "-C", "\(folder)/in", "-cf", "\(folder)/a.tar", "."])
            let read = try members("\(folder)/a.tar")
            #expect(read.map(\.0) == ["./\(long)", "./z.txt"])
            #expect(read.map { String(decoding: $0.1, as: UTF8.self) } == ["long", "short"])
        }
    }

    @Test("A damaged or cut-off archive is told, and what stands before the damage is read")
    func damaged() throws {
        try withFolder { folder in
            let path = "\(folder)/a.tar"
            var tar = try TarWriter(path)
            for name in ["a.txt", "b.txt"] { try tar.add(name, [UInt8](repeating: 1, count: 600)) }
            try tar.commit()
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            try bytes.prefix(2200).write(to: URL(fileURLWithPath: path))
            var names: [String] = []
            #expect(throws: ArchiveError(path, "it ends within “b.txt”")) {
                try members(path) { names.append($0) }
            }
            #expect(names == ["a.txt"])
            bytes[1540] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
            #expect(throws: ArchiveError.self) { try members(path) }
            try Data("no archive at all".utf8).write(to: URL(fileURLWithPath: path))
            #expect(throws: ArchiveError.self) { try members(path) }
        }
    }

    @Test("Every damage of a header is met with an error or with names, never with a crash")
    func everyByte() throws {
        try withFolder { folder in
            let path = "\(folder)/a.tar"
            var tar = try TarWriter(path)
            try tar.add("a.txt", [1, 2, 3])
            try tar.commit()
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            for place in 0..<512 {
                for value in [UInt8(0xFF), 0x37] {
                    var other = bytes
                    other[place] = value
                    try other.write(to: URL(fileURLWithPath: path))
                    _ = try? members(path)
                }
            }
        }
    }

    // MARK: Parts

    @discardableResult
    private func members(_ path: String, each: (String) -> Void = { _ in }) throws -> [(String, [UInt8])] {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var reader = try TarReader(path, descriptor: descriptor)
        var members: [(String, [UInt8])] = []
        while let member = try reader.next() {
            each(member.name)
            members.append((member.name, try TarReader.read(path, descriptor, at: member.offset, count: member.size)))
        }
        return members
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "/tedi-tar-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func run(_ words: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }
}
