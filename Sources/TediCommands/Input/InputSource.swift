import Foundation
import Glibc

/// The file or stream that captions come from.
struct InputSource: Sendable {
    /// Most bytes that are read: a million captions of average length are a tenth of it.
    static let limit = 512 << 20

    /// Path, or `-` for the standard input.
    let path: String

    var isStandardInput: Bool { path == "-" }

    /// The name that messages use.
    var name: String { isStandardInput ? "<stdin>" : path }

    /// The folder that files named in it are looked for in; nil for the working folder.
    var folder: String? { isStandardInput ? nil : URL(fileURLWithPath: path).deletingLastPathComponent().path }

    /// The name that a batch gets where none was given.
    var batchName: String {
        guard !isStandardInput else { return "stdin" }
        let stem = URL(fileURLWithPath: PackedInput.unpackedName(path)).deletingPathExtension().lastPathComponent
        let plain = stem.unicodeScalars.filter { $0.properties.generalCategory != .control }.prefix(50)
        return plain.isEmpty ? "batch" : String(String.UnicodeScalarView(plain))
    }

    /// Everything that there is to read.
    func read() throws(CommandError) -> [UInt8] {
        let descriptor = isStandardInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw cannotRead(errno) }
        defer { if !isStandardInput { close(descriptor) } }
        var status = stat()
        if fstat(descriptor, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { throw cannotRead(EISDIR) }
            if status.st_size > Self.limit { throw tooLong }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(max(Int(status.st_size), 0), Self.limit))
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw cannotRead(errno) }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= Self.limit else { throw tooLong }
        }
    }

    private var tooLong: CommandError {
        .badInput("\(name) has more than \(Self.limit >> 20) MiB", remedy: "Split it and submit the parts as batches.")
    }

    private func cannotRead(_ code: Int32) -> CommandError {
        .badInput(
            "cannot read \(name): \(String(cString: strerror(code)))", remedy: "Check its path.")
    }
}
