import Foundation
import Glibc

extension CollectionFolder {
    /// A folder that is made where it is missing, with those above it.
    init(making url: URL) throws(FaceCollectionError) {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw FaceCollectionError(
                .unreadable, url.path, "the folder cannot be made (\(error.localizedDescription))",
                remedy: "check the path and who may write there")
        }
        try self.init(url)
    }

    /// Makes a folder of the collection where it is missing, and makes sure that it lies inside.
    func make(_ path: String) throws(FaceCollectionError) {
        if mkdir(root + path, 0o777) != 0, errno != EEXIST {
            throw FaceCollectionError(
                .unreadable, path, "the folder cannot be made (\(String(cString: strerror(errno))))",
                remedy: "check who may write there")
        }
        if let handle = try open(path, O_DIRECTORY) { close(handle) }
    }

    /// Whether there is anything by that name.
    func has(_ path: String) -> Bool {
        var status = stat()
        return lstat(root + path, &status) == 0
    }

    /// Writes a file as a whole or not at all: it has its name only once it is complete.
    func write(_ bytes: [UInt8], to path: String) throws(FaceCollectionError) {
        guard !isLink(path) else { throw Self.isOutside(path) }
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: root + path), options: .atomic)
        } catch {
            throw FaceCollectionError(
                .unreadable, path, "it cannot be written (\(error.localizedDescription))",
                remedy: "check the free space and who may write there")
        }
    }
}
