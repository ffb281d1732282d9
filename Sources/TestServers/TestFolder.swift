import Foundation
import Glibc

/// The temporary folder of one test process, held by a lock that ends with the process.
///
/// A process that is killed cannot clean up behind itself, so the next one removes the folders whose lock is free.
final class TestFolder: Sendable {
    let path: String
    private let lock: CInt

    private static let prefix = "tedi-test-"

    init() throws {
        // The system's own folder where TMPDIR is too long for the sockets below it.
        let wanted = NSTemporaryDirectory()
        let parent = wanted.utf8.count <= 60 ? wanted : P_tmpdir
        Self.sweep(parent)
        var template = Array("\(parent)/\(Self.prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The servers' users pass through it to folders of their own.
        chmod(path, 0o711)
        lock = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        flock(lock, LOCK_EX)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }

    private static func sweep(_ parent: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        for name in names where name.hasPrefix(prefix) {
            let folder = "\(parent)/\(name)"
            // One without a lock file has just been made, or lost a race to be swept.
            let lock = open("\(folder)/lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard lock >= 0 else { continue }
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(atPath: folder) }
            close(lock)
        }
    }
}
