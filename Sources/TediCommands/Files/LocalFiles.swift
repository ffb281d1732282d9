import Foundation
import Glibc
import Jobs

/// The local files that a list names, each once, however many lines name it.
///
/// They are looked at while the list is read, so that a missing one is a mistake of its line like any other; their
/// digests come later, in parallel. Until then an item has a placeholder of the same length.
package struct LocalFiles: Sendable {
    /// Most bytes of an input, as the coordinator takes them.
    package static let maximumBytes = 32 << 20
    /// Most files of one list.
    package static let maximumFiles = 1_000_000

    /// The files, in the order in which they were named first.
    package private(set) var paths: [String] = []

    /// The folder that names are relative to, and which links must not lead out of.
    private let folder: String
    private let realFolder: String
    /// Files that were looked at, by path and role.
    private var known: [Key: Int] = [:]
    private var numbers: [String: Int] = [:]
    /// 48 hexadecimal digits that no digest begins with, but for a chance of one in 2^192.
    private let mark: String

    private struct Key: Hashable {
        let path: String
        let role: InputRole
    }

    /// Files of a folder; the working folder where it is nil.
    package init(folder: String? = nil) {
        self.folder = URL(fileURLWithPath: folder ?? FileManager.default.currentDirectoryPath).standardizedFileURL.path
        realFolder = Self.real(self.folder) ?? self.folder
        let digits = [UUID(), UUID()].map { $0.uuidString.replacing("-", with: "").lowercased() }.joined()
        mark = String(digits.prefix(48))
    }

    /// What stands for an input in the JSON: a reference as it is, a local file by its placeholder.
    mutating func reference(
        _ text: String, as role: InputRole, isExplicit: Bool = false
    ) throws(ItemError) -> String {
        if InputText.isReference(text) { return text }
        if InputText.isDigest(text) { return "sha256:" + text }
        return "sha256:" + (try placeholder(for: text, as: role, isExplicit: isExplicit))
    }

    /// Looks at a file and gives what stands for its digest until that is known.
    ///
    /// - Parameters:
    ///   - name: Path as it was written.
    ///   - role: What it is for.
    ///   - isExplicit: Whether it was named on the command line: then links are followed wherever they lead, and the
    ///     path is relative to the working folder.
    mutating func placeholder(for name: String, as role: InputRole, isExplicit: Bool = false) throws(ItemError)
        -> String
    {
        let base = isExplicit ? FileManager.default.currentDirectoryPath : folder
        let path = name.hasPrefix("/") ? name : "\(base)/\(name)"
        let key = Key(path: path, role: role)
        if let number = known[key] { return placeholder(number) }
        let real = try look(at: path, name: name, role: role, isExplicit: isExplicit)
        let number = numbers[real] ?? paths.count
        if number == paths.count {
            guard number < Self.maximumFiles else {
                throw ItemError(.invalidField, "more than \(Self.maximumFiles) files are named; split the list")
            }
            paths.append(real)
            numbers[real] = number
        }
        known[key] = number
        return placeholder(number)
    }

    /// The path of a file that may be some input or other.
    static func path(of name: String) throws(ItemError) -> String {
        let path = name.hasPrefix("/") ? name : "\(FileManager.default.currentDirectoryPath)/\(name)"
        return try look(at: path, name: name, role: nil).path
    }

    private func placeholder(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return mark + String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Puts the digests of the files into a line that has placeholders.
    ///
    /// - Parameters:
    ///   - line: The line as it was made.
    ///   - digests: 64 hexadecimal digits for each of ``paths``.
    package func resolve(_ line: ArraySlice<UInt8>, digests: [String]) -> [UInt8] {
        var bytes = Array(line)
        let mark = Array(mark.utf8)
        var start = 0
        while let found = bytes[start...].firstRange(of: mark), found.lowerBound + 64 <= bytes.count {
            let digits = String(decoding: bytes[found.upperBound..<(found.upperBound + 16)], as: UTF8.self)
            start = found.lowerBound + 64
            guard let number = Int(digits, radix: 16), digests.indices.contains(number) else { continue }
            bytes.replaceSubrange(found.lowerBound..<start, with: digests[number].utf8)
        }
        return bytes
    }

    // MARK: Looking

    private func look(
        at path: String, name: String, role: InputRole, isExplicit: Bool
    ) throws(ItemError) -> String {
        let found = try Self.look(at: path, name: name, role: role)
        let plain = URL(fileURLWithPath: path).standardizedFileURL.path
        if !isExplicit, Self.lies(plain, in: folder), !Self.lies(found.path, in: realFolder) {
            throw Self.refusal(name, role, "is a link out of the list's folder; name the file itself")
        }
        guard role.types.contains(found.type) else {
            throw Self.refusal(name, role, "is \(found.type.name); it must be \(role.wanted)")
        }
        return found.path
    }

    private static func look(
        at path: String, name: String, role: InputRole?
    ) throws(ItemError) -> (path: String, type: InputType) {
        func refusal(_ message: String) -> ItemError { Self.refusal(name, role, message) }
        guard !path.utf8.contains(0) else { throw refusal("is no path") }
        guard let real = real(path) else { throw refusal(reason(errno)) }
        // Without waiting, or a pipe under this name would hold everything up.
        let descriptor = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw refusal(reason(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw refusal(reason(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw refusal("is no file") }
        guard status.st_size > 0 else { throw refusal("is empty") }
        guard status.st_size <= maximumBytes else {
            throw refusal("has \(status.st_size) bytes; \(maximumBytes >> 20) MiB are accepted")
        }
        var head = [UInt8](repeating: 0, count: InputType.headLength)
        let count = read(descriptor, &head, head.count)
        guard count >= 0 else { throw refusal(reason(errno)) }
        guard let type = InputType(head[..<count]) else {
            throw refusal("must be \(role?.wanted ?? "a PNG or JPEG file, a latent code (safetensors) or JSON lines")")
        }
        return (real, type)
    }

    private static func refusal(_ name: String, _ role: InputRole?, _ message: String) -> ItemError {
        ItemError(.invalidField, (role.map { "“\($0.rawValue)”: " } ?? "") + "\(shown(name)) \(message)")
    }

    private static func reason(_ number: Int32) -> String {
        switch number {
        case ENOENT, ENOTDIR: "does not exist"
        case EACCES, EPERM: "may not be read"
        default: "cannot be read: \(String(cString: strerror(number)))"
        }
    }

    private static func lies(_ path: String, in folder: String) -> Bool {
        path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
    }

    private static func real(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// A path fit for a message: not at any length, and without control characters.
    private static func shown(_ path: String) -> String {
        let plain = path.unicodeScalars.suffix(120).map {
            $0.properties.generalCategory == .control ? "·" : String($0)
        }
        return (path.unicodeScalars.count > 120 ? "…" : "") + plain.joined()
    }
}
