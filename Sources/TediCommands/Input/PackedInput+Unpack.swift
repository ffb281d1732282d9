import Foundation
import Glibc

extension PackedInput {
    /// Unpacks with a program of the system; blocks until that is done.
    ///
    /// - Parameters:
    ///   - bytes: What the file holds.
    ///   - name: Name of the file, for messages.
    ///   - limit: Most bytes that it may become.
    ///   - search: Folders of programs, separated by colons.
    func unpack(_ bytes: [UInt8], name: String, limit: Int, search: String?) throws(CommandError) -> [UInt8] {
        guard let unpacker else { throw refusal(of: name) }
        guard let program = Self.find(unpacker, in: search) else {
            throw .badInput(
                "\(name) is packed (\(rawValue)), and the program \(unpacker) is not installed",
                remedy: "Install it (apt-get install \(unpacker)) or unpack the file elsewhere. Nothing was submitted.")
        }
        // A file as its input: a pipe would have to be written while the other one is read.
        guard let file = tmpfile() else { throw Self.failure(name, errno) }
        defer { fclose(file) }
        let descriptor = fileno(file)
        let failure = Descriptor.write(bytes, to: descriptor)
        guard failure == 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.failure(name, failure) }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-dc"]
        process.standardInput = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw .failed("\(program) cannot be run: \(error.localizedDescription)")
        }
        let reader = output.fileHandleForReading.fileDescriptor
        var unpacked: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while unpacked.count <= limit {
            let count = Glibc.read(reader, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            unpacked += buffer[..<count]
        }
        if unpacked.count > limit { process.terminate() }
        process.waitUntilExit()
        guard unpacked.count <= limit else {
            throw .badInput(
                "\(name) becomes more than \(limit >> 20) MiB when it is unpacked",
                remedy: "Split it and submit the parts as batches. Nothing was submitted.")
        }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw .badInput(
                "\(name) is no complete \(rawValue) file", remedy: "Copy or pack it again. Nothing was submitted.")
        }
        return unpacked
    }

    private static func find(_ program: String, in search: String?) -> String? {
        (search ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static func failure(_ name: String, _ number: Int32) -> CommandError {
        .failed(
            "\(name) cannot be unpacked: \(String(cString: strerror(number)))",
            remedy: "Make room in the folder for temporary files.")
    }
}
