import CSync
import Glibc

/// The system calls of the local store, each with its failure as a typed error.
///
/// They block, so they run on the store's own thread and nowhere else.
enum Files {
    /// What an `errno` means to the queue.
    static func failure(_ action: String, _ path: String, _ number: CInt = errno) -> ArtifactError {
        let reason = String(cString: strerror(number))
        let message = "cannot \(action) \(path): \(reason)"
        switch number {
        case ENOENT, ENOTDIR:
            return ArtifactError(.unavailable, message, advice: "create the artifact folder, or mount what it lives on")
        case ENOSPC, EDQUOT, EFBIG:
            return ArtifactError(.noSpace, message, advice: "free space, or raise the quota, where the artifacts live")
        case EACCES, EPERM, EROFS:
            return ArtifactError(.denied, message, advice: "let the user that runs this process write there")
        case EMFILE, ENFILE:
            return ArtifactError(.unavailable, message, advice: "raise the limit of open files (ulimit -n)")
        default:
            return ArtifactError(.unavailable, message, advice: "look at the device that the artifacts live on")
        }
    }

    /// Calls again while a signal interrupts.
    static func uninterrupted(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            guard result == -1, errno == EINTR else { return result }
        }
    }

    /// Writes a new file, to be flushed by ``flushAll(below:)``; on failure nothing is left at `path`.
    static func write(_ bytes: [UInt8], to path: String) throws(ArtifactError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("create", path) }
        do throws(ArtifactError) {
            defer { close(descriptor) }
            // The umask of a service may be 077, and yet the coordinator, another user, serves these files.
            guard fchmod(descriptor, 0o644) == 0 else { throw failure("set the mode of", path) }
            try writeAll(bytes, to: descriptor, path)
        } catch {
            remove(path)
            throw error
        }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: CInt, _ path: String) throws(ArtifactError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                uninterrupted { Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done) }
            }
            guard count > 0 else { throw failure("write", path) }
            done += count
        }
    }

    /// All bytes of a file; `nil` where there is none.
    static func read(_ path: String, limit: Int) throws(ArtifactError) -> [UInt8]? {
        guard let descriptor = try opened(path) else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("examine", path) }
        let size = Int(status.st_size)
        guard size <= limit else {
            throw ArtifactError(.tooLarge, "\(path) has \(size) bytes; the limit is \(limit)")
        }
        return try bytes(of: descriptor, path, from: 0, upTo: size)
    }

    /// Up to `count` bytes of a file from a byte on; `nil` where there is none.
    static func read(_ path: String, from offset: Int, upTo count: Int) throws(ArtifactError) -> [UInt8]? {
        guard let descriptor = try opened(path) else { return nil }
        defer { close(descriptor) }
        return try bytes(of: descriptor, path, from: offset, upTo: count)
    }

    /// A file to be read, and to be closed by the caller; `nil` where there is none.
    private static func opened(_ path: String) throws(ArtifactError) -> CInt? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open", path)
        }
        return descriptor
    }

    private static func bytes(
        of descriptor: CInt, _ path: String, from offset: Int, upTo size: Int
    ) throws(ArtifactError) -> [UInt8] {
        var problem: ArtifactError?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            while filled < size {
                let count = uninterrupted {
                    pread(descriptor, buffer.baseAddress?.advanced(by: filled), size - filled, off_t(offset + filled))
                }
                if count < 0 { problem = failure("read", path) }
                guard count > 0 else { return }
                filled += count
            }
        }
        if let problem { throw problem }
        return bytes
    }

    /// Size of a file in bytes; `nil` where there is none.
    static func size(_ path: String) throws(ArtifactError) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw failure("examine", path)
        }
        return Int(status.st_size)
    }

    /// Which folder a path leads to, whatever it is called.
    struct Identity: Hashable {
        let device: UInt
        let number: UInt
    }

    /// The folder that a path leads to now.
    static func identity(_ path: String) throws(ArtifactError) -> Identity {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure("examine", path) }
        return Identity(device: UInt(status.st_dev), number: UInt(status.st_ino))
    }

    /// Puts a finished file in its place, over whatever is there.
    static func move(_ source: String, to target: String) throws(ArtifactError) {
        guard rename(source, target) == 0 else { throw failure("rename to", target) }
    }

    /// Makes a folder, unless it is there already.
    static func makeFolder(_ path: String) throws(ArtifactError) {
        guard mkdir(path, 0o755) == 0 else {
            if errno == EEXIST { return }
            throw failure("create", path)
        }
        var above = stat()
        guard stat(path + "/..", &above) == 0 else { throw failure("examine the folder above", path) }
        // As for files: a strict umask must not hide the folder from the coordinator. Where coordinator and workers are
        // different users, a group of both may write to the whole store, as it may to its topmost folder.
        let shared = above.st_mode & 0o2020
        guard chmod(path, 0o755 | shared) == 0 else { throw failure("set the mode of", path) }
    }

    /// Removes a file; false if it could not be, because it is gone for instance.
    @discardableResult
    static func remove(_ path: String) -> Bool { unlink(path) == 0 }

    /// Flushes everything that was written to the file system of a folder, entries of folders included (syncfs(2); Linux
    /// tells of failed writes since 5.8).
    ///
    /// One call for a group: flushed one by one, the six files and folders of a picture cost twice the processor time.
    static func flushAll(below path: String) throws(ArtifactError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        guard tedi_syncfs(descriptor) == 0 else { throw failure("flush", path) }
    }

    /// What is in a folder, without `.` and `..`; empty where there is no such folder.
    static func entries(of path: String) throws(ArtifactError) -> [(name: String, isFolder: Bool)] {
        guard let folder = opendir(path) else {
            if errno == ENOENT { return [] }
            throw failure("list", path)
        }
        defer { closedir(folder) }
        var entries: [(name: String, isFolder: Bool)] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            // Some file systems do not say.
            let type = entry.pointee.d_type
            entries.append((name, type == DT_UNKNOWN ? isFolder("\(path)/\(name)") : type == DT_DIR))
        }
        guard errno == 0 else { throw failure("list", path) }
        return entries
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Seconds since a file was last written; `nil` where there is none.
    static func age(_ path: String) throws(ArtifactError) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw failure("examine", path)
        }
        return max(0, time(nil) - status.st_mtim.tv_sec)
    }
}
