import Foundation
import Glibc

/// The folder of one private server: its data, socket, log and lock.
struct ServerFolder: Sendable {
    let path: String
    let socketDirectory: String
    let socketName: String
    let logName: String

    var socketPath: String { "\(socketDirectory)/\(socketName)" }
    var dataPath: String { "\(path)/data" }
    var logPath: String { "\(path)/\(logName)" }
    private var lockPath: String { "\(path)/start.lock" }

    /// Bytes that Linux allows for a socket's path (unix(7)), without the one that ends the string.
    private static let socketPathLimit = 107

    init(_ path: String, _ options: PrivateServerOptions, socketName: String, logName: String) {
        // Servers change their folder, so every path they get is absolute.
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
        self.socketDirectory =
            options.socketDirectory.map { URL(fileURLWithPath: $0).standardizedFileURL.path } ?? self.path
        self.socketName = socketName
        self.logName = logName
    }

    /// Checks and makes what the server needs before it can start.
    func prepare(for account: ServerAccount) throws(PrivateStackError) {
        guard socketPath.utf8.count <= Self.socketPathLimit else {
            throw PrivateStackError(
                .socketPathTooLong,
                "the socket path \(socketPath) has \(socketPath.utf8.count) bytes; Linux allows \(Self.socketPathLimit)",
                remedy: "choose a folder with a shorter path, or a socket folder of its own")
        }
        try make(path, for: account)
        if socketDirectory != path { try make(socketDirectory, for: account) }
    }

    /// Makes a folder that belongs to the server's user alone.
    func make(_ folder: String, for account: ServerAccount) throws(PrivateStackError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw PrivateStackError(
                .folder, "cannot make the folder \(folder): \(error.localizedDescription)",
                remedy: "choose a folder that you may write to")
        }
        guard chown(folder, account.user, account.group) == 0, chmod(folder, 0o700) == 0 else {
            throw PrivateStackError(
                .folder, "cannot give the folder \(folder) to \(account.name): \(String(cString: strerror(errno)))",
                remedy: "choose a folder that belongs to you")
        }
        try checkReach(of: folder, for: account)
    }

    /// Names the folder above that keeps the server's user out.
    private func checkReach(of folder: String, for account: ServerAccount) throws(PrivateStackError) {
        guard !account.isOneself else { return }
        var parent = URL(fileURLWithPath: folder).resolvingSymlinksInPath().deletingLastPathComponent()
        while true {
            guard account.canEnter(parent.path) else {
                throw PrivateStackError(
                    .folder, "the user \(account.name) cannot reach \(folder), because \(parent.path) is closed to it",
                    remedy: "choose a folder elsewhere, for example below /var/lib, or run chmod o+x \(parent.path)")
            }
            guard parent.path != "/" else { return }
            parent = parent.deletingLastPathComponent()
        }
    }

    /// Opens the log for appending; servers write to it through their standard output.
    func openLog() throws(PrivateStackError) -> CInt {
        let descriptor = open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw PrivateStackError(
                .folder, "cannot write \(logPath): \(String(cString: strerror(errno)))",
                remedy: "choose a folder that you may write to")
        }
        return descriptor
    }

    /// Takes the lock that lets only one start at a time work on the folder; nil if another holds it.
    func lock() throws(PrivateStackError) -> FolderLock? {
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw PrivateStackError(
                .folder, "cannot write \(lockPath): \(String(cString: strerror(errno)))",
                remedy: "choose a folder that you may write to")
        }
        return FolderLock(descriptor)
    }

    /// The last lines of the log.
    func logTail(lines: Int = 12) -> String? {
        guard let file = FileHandle(forReadingAtPath: logPath) else { return nil }
        defer { try? file.close() }
        let end = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: end > 8192 ? end - 8192 : 0)
        let text = (try? file.readToEnd()).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let tail = text.split(separator: "\n").suffix(lines).joined(separator: "\n")
        return tail.isEmpty ? nil : tail
    }
}

/// Holds a folder's lock as long as it lives; the kernel lets go of it should the process die.
final class FolderLock: Sendable {
    private let descriptor: CInt

    init?(_ descriptor: CInt) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
