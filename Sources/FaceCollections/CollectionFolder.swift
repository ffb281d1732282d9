package import Foundation
import Glibc

/// The folder of a collection, out of which no path and no link leads.
///
/// What was opened is asked for its place afterwards, so that no link can be laid between a check and its use.
package struct CollectionFolder: Sendable, Hashable {
    /// The folder's own path without links, `/` at the end.
    package let root: String

    /// Opens a folder.
    /// - Throws: ``FaceCollectionError`` where there is no such folder.
    package init(_ url: URL) throws(FaceCollectionError) {
        let handle = Glibc.open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw Self.failure(url.path, "the folder of the collection") }
        defer { close(handle) }
        guard let place = Self.place(of: handle) else {
            throw FaceCollectionError(
                .unreadable, url.path, "its place cannot be told", remedy: "mount /proc, which Tedi asks for it")
        }
        root = place.hasSuffix("/") ? place : place + "/"
    }

    /// The names in a folder, without hidden ones, or nil where there is no such folder.
    package func names(in path: String, limit: Int) throws(FaceCollectionError) -> [String]? {
        guard let handle = try open(path, O_DIRECTORY) else { return nil }
        guard let stream = fdopendir(handle) else {
            close(handle)
            throw Self.failure(path, "the folder")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(validatingCString: $0) }
            }
            guard name?.hasPrefix(".") != true else { continue }
            // A name that is not UTF-8 cannot be that of a face; it shows as one that no rule fits.
            names.append(name ?? "\u{FFFD}")
            guard names.count <= limit else {
                throw FaceCollectionError(
                    .tooLarge, path, "it has more than \(limit) files", remedy: "divide the collection")
            }
        }
        return names
    }

    /// The bytes of a file, or nil where there is none.
    package func contents(of path: String, limit: Int) throws(FaceCollectionError) -> [UInt8]? {
        guard let handle = try open(path, 0) else { return nil }
        defer { close(handle) }
        let count = try size(of: handle, path)
        guard count <= limit else {
            throw FaceCollectionError(
                .tooLarge, path, "it has \(count) bytes, more than \(limit)",
                remedy: "store it smaller, or take it out")
        }
        return try read(handle, count: count, path)
    }

    /// How many bytes a file has; 0 where there is none.
    func size(of path: String) throws(FaceCollectionError) -> Int {
        guard let handle = try open(path, 0) else { return 0 }
        defer { close(handle) }
        return try size(of: handle, path)
    }

    private func size(of handle: Int32, _ path: String) throws(FaceCollectionError) -> Int {
        var status = stat()
        guard fstat(handle, &status) == 0 else { throw Self.failure(path, "the file") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FaceCollectionError(.unreadable, path, "it is no plain file", remedy: "put a file there")
        }
        return Int(status.st_size)
    }

    private func read(_ handle: Int32, count: Int, _ path: String) throws(FaceCollectionError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            while initialised < count {
                let got = Glibc.read(handle, buffer.baseAddress?.advanced(by: initialised), count - initialised)
                if got < 0, errno == EINTR { continue }
                // Nothing more although the size was known: somebody cut the file off; what there is will be judged.
                guard got > 0 else {
                    code = got < 0 ? errno : 0
                    return
                }
                initialised += got
            }
        }
        guard code == 0 else { throw Self.failure(path, "the file", code: code) }
        return bytes
    }

    /// Opens what has a path for reading, or returns nil where there is nothing; refuses what lies outside.
    package func open(_ path: String, _ flags: Int32) throws(FaceCollectionError) -> Int32? {
        // Without O_NONBLOCK a pipe by that name would wait for a writer.
        let handle = Glibc.open(root + path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags)
        guard handle >= 0 else {
            let code = errno
            // A link that leads nowhere is no missing file.
            if code == ENOENT, !isLink(path) { return nil }
            throw Self.failure(path, flags == O_DIRECTORY ? "the folder" : "the file", code: code)
        }
        guard let place = Self.place(of: handle), (place + "/").hasPrefix(root) else {
            close(handle)
            throw Self.isOutside(path)
        }
        return handle
    }

    func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(root + path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// The path of an open file, without links.
    private static func place(of handle: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/fd/\(handle)", &buffer, buffer.count)
        guard length > 0, length < buffer.count else { return nil }
        return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func isOutside(_ path: String) -> FaceCollectionError {
        FaceCollectionError(
            .outside, path, "it is a link that leads out of the folder",
            remedy: "put the file itself there, or open the folder that has it")
    }

    private static func failure(_ path: String, _ thing: String, code: Int32 = errno) -> FaceCollectionError {
        let isMissing = code == ENOENT
        return FaceCollectionError(
            isMissing ? .missing : .unreadable, path,
            isMissing ? "\(thing) is not there" : "\(thing) cannot be read (\(String(cString: strerror(code))))",
            remedy: isMissing ? "check the path" : "check what it is and who may read it")
    }
}
