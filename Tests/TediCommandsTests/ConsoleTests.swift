import Foundation
import Glibc
import Synchronization
import TediCommands
import Testing

@Suite("Writing")
struct ConsoleTests {
    @Test("A full disk is an error, and nothing hangs")
    func fullDisk() {
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        #expect(Descriptor.write(Array("text".utf8), to: full) == ENOSPC)
        #expect(Descriptor.write(Array("text".utf8), to: -1) == EBADF)
        #expect(Descriptor.write([], to: -1) == 0)
    }

    @Test("A slow reader of a non-blocking pipe gets everything")
    func slowReader() async throws {
        var ends: [CInt] = [-1, -1]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        let (reader, writer) = (ends[0], ends[1])
        // Several times what a pipe holds.
        let text = [UInt8](repeating: 7, count: 1 << 20)
        let received = Mutex(0)
        let thread = Task.detached {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(reader, &buffer, buffer.count)
                if count == 0 { return }
                if count > 0 { received.withLock { $0 += count } } else { await Task.yield() }
            }
        }
        let failure = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let failure = Descriptor.write(text, to: writer)
                close(writer)
                continuation.resume(returning: failure)
            }
        }
        await thread.value
        close(reader)
        #expect(failure == 0)
        let count = received.withLock { $0 }
        #expect(count == text.count)
    }

    @Test("A result that cannot be written is exit status 1, and says why")
    func failedResult() throws {
        // Tests and programs are built into the same folder.
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: (own as NSString).deletingLastPathComponent + "/tedi")
        process.arguments = ["--version"]
        process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        #expect(text.contains("cannot write the output: No space left on device"))
    }
}
