import Archives
import FaceCollections
import Foundation
import Glibc

/// A file of a data set, or a part of one, that a picture is read from.
package struct FilePiece: Sendable {
    /// Path within the data set's folder.
    let file: String
    /// Where in the file; nil for all of it.
    let range: Range<Int>?

    init(_ file: String, _ range: Range<Int>? = nil) {
        self.file = file
        self.range = range
    }
}

/// What tells later whether a picture is still the one that something was made of.
package struct SourceStamp: Codable, Sendable, Equatable {
    /// How it looks from outside.
    package let look: SourceLook
    /// SHA-256 of what is read; of the digests of its files where these are several.
    package let digest: String
}

/// What is known of a picture's files without reading them.
package struct SourceLook: Codable, Sendable, Equatable {
    /// Bytes that are read.
    package let bytes: Int
    /// A number that stands for the sizes and times of the files.
    package let files: UInt64
}

extension FaceSource {
    /// How the files look that an image's picture is read from, or another part of it; nil where one is not there.
    package func look(of image: Int, _ part: FacePart?) -> SourceLook? {
        let pieces = pieces(of: image, part)
        guard !pieces.isEmpty else { return nil }
        var bytes = 0
        var files = ""
        for piece in pieces {
            guard let handle = try? folder.open(piece.file, 0) else { return nil }
            defer { close(handle) }
            var status = stat()
            guard fstat(handle, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            bytes += piece.range?.count ?? Int(status.st_size)
            files += "\(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)\n"
        }
        return SourceLook(bytes: bytes, files: SampleSeed.hash(files))
    }

    /// SHA-256 of the bytes that an image's picture is read from, or another part of it; nil where they cannot be read.
    package func digest(of image: Int, _ part: FacePart?) -> String? {
        let digests = pieces(of: image, part).map { read($0).map { SampleSeed.digest($0) } }
        guard digests.count != 1 else { return digests[0] }
        let known = digests.compactMap(\.self)
        guard !known.isEmpty, known.count == digests.count else { return nil }
        return SampleSeed.digest(Array(known.joined(separator: "\n").utf8))
    }

    /// Both; to be taken before the picture is decoded, so that a change in between is told rather than missed.
    package func stamp(of image: Int, _ part: FacePart?) -> SourceStamp? {
        guard let look = look(of: image, part), let digest = digest(of: image, part) else { return nil }
        return SourceStamp(look: look, digest: digest)
    }

    private func read(_ piece: FilePiece) -> [UInt8]? {
        let limit = FaceLimits().pictureBytes
        guard let range = piece.range else { return (try? folder.contents(of: piece.file, limit: limit)) ?? nil }
        guard range.count <= limit, let handle = try? folder.open(piece.file, 0) else { return nil }
        defer { close(handle) }
        return try? TarReader.read(piece.file, handle, at: range.lowerBound, count: range.count)
    }
}
