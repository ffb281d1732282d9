internal import Glibc

/// A regular file held open; reads and writes go on after interrupts and short counts.
package final class OpenFile: Sendable {
    private let descriptor: Int32
    /// Length in bytes when it was opened.
    package let size: Int

    /// Opens the file at `path`; nothing but a regular file, as a pipe would block for ever.
    package init(reading path: String) throws(SafeTensorsFault) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system() }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            close(descriptor)
            throw .system()
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw SafeTensorsFault(.notAFile)
        }
        size = Int(status.st_size)
    }

    private init(creating path: String) throws(SafeTensorsFault) {
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .system() }
        size = 0
    }

    deinit {
        close(descriptor)
    }

    /// `count` bytes from `offset` on.
    package func bytes(at offset: Int, count: Int) throws(SafeTensorsFault) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let place = off_t(offset + done)
            let got = unsafe result.withUnsafeMutableBytes { buffer in
                unsafe pread(descriptor, buffer.baseAddress?.advanced(by: done), count - done, place)
            }
            if got < 0 {
                guard errno == EINTR else { throw .system() }
                continue
            }
            guard got > 0 else { throw SafeTensorsFault(.truncated) }
            done += got
        }
        return result
    }

    /// Writes `bytes` at the end.
    func append(_ bytes: [UInt8]) throws(SafeTensorsFault) {
        var done = 0
        while done < bytes.count {
            let put = unsafe bytes.withUnsafeBytes { buffer in
                unsafe write(descriptor, buffer.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if put < 0 {
                guard errno == EINTR else { throw .system() }
                continue
            }
            done += put
        }
    }

    /// Replaces the file at `path` by what `body` writes: readers see the old file or the new one, never a part.
    static func replace(
        _ path: String, _ body: (OpenFile) throws(SafeTensorsFault) -> Void
    ) throws(SafeTensorsFault) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let temporary = "\(path).\(getpid()).\(UInt64.random(in: 0 ... .max)).tmp"
        do throws(SafeTensorsFault) {
            let file = try OpenFile(creating: temporary)
            try body(file)
            guard fsync(file.descriptor) == 0, unsafe rename(temporary, path) == 0 else { throw .system() }
        } catch {
            unsafe unlink(temporary)
            throw error
        }
        // The new name is safe from a power cut only once the folder is.
        let directory = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .system() }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw .system() }
    }
}

extension SafeTensorsFault {
    /// What the last call to the operating system said.
    fileprivate static func system() -> SafeTensorsFault {
        let code = errno
        return SafeTensorsFault(.system(unsafe String(cString: strerror(code))))
    }
}
