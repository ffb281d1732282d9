public import FaceData
public import Foundation
import Images

/// Drawn faces written as a collection: pictures, ten captions each, label maps, sketches, attributes and lists.
///
/// Files come under their names only when they are complete, so that writing can stop at any moment and go on later; a
/// note in the folder says which faces it has, so that others are never mixed in.
public struct RenderedCollection: Sendable, Hashable {
    /// The part of the drawn faces.
    public let split: FaceSplit
    /// The seed of faces and captions.
    public let seed: UInt64
    /// Side of the pictures in pixels, within `FaceRenderer.sizes`.
    public let size: Int

    /// Names faces; nothing is drawn yet.
    public init(split: FaceSplit, seed: UInt64, size: Int) {
        (self.split, self.seed, self.size) = (split, seed, size)
    }

    /// Writes the first faces, `0.png` and so on; blocks until done.
    ///
    /// Those that the folder has already are not drawn again. Of every 20 faces, 18 are listed for training, one for
    /// validation and one as a test: drawn faces are independent of each other, and stay in their list when others
    /// come.
    ///
    /// - Parameters:
    ///   - count: how many faces.
    ///   - root: the folder, made where it is missing.
    ///   - threads: how many threads draw.
    ///   - progress: is told after every few faces how many there are, and of how many.
    /// - Returns: how many faces were drawn; the others were there.
    /// - Throws: ``FaceCollectionError`` where the folder has other faces, or more, or cannot be written.
    @discardableResult
    public func write(
        _ count: Int, to root: URL, threads: Int = 1, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws(FaceCollectionError) -> Int {
        let folder = try CollectionFolder(making: root)
        try begin(count, in: folder)
        for name in Self.folders { try folder.make(name) }
        var drawn = 0
        for first in stride(from: 0, to: count, by: 64) {
            let block = first..<min(first + 64, count)
            for outcome in Parallel.map(block, threads: threads, { draw($0, into: folder) }) {
                if try outcome.get() { drawn += 1 }
            }
            progress(block.upperBound, count)
        }
        try writeTables(count, to: folder)
        return drawn
    }

    private static let folders = ["images", "text", "masks", "sketches"]

    // MARK: Faces

    /// Draws a face unless all of its files are there; says whether it did.
    private func draw(_ face: Int, into folder: CollectionFolder) -> Result<Bool, FaceCollectionError> {
        let paths = ["images/\(face).png", "text/\(face).txt", "masks/\(face).png", "sketches/\(face).png"]
        guard !paths.allSatisfy(folder.has) else { return .success(false) }
        do throws(FaceCollectionError) {
            let parameters = sampler.parameters(of: face)
            let drawn = FaceRenderer.render(parameters, size: size, sketch: true)
            let captions = CaptionGrammar(seed: seed &+ 9).captions(of: parameters, face: face)
            let image = try FaceCollectionError.ofPicture(paths[0]) { () throws(ImageError) in
                try PNG.encode(drawn.image)
            }
            try folder.write(image, to: paths[0])
            try folder.write(Array(captions.map { $0.text + "\n" }.joined().utf8), to: paths[1])
            try folder.write(encoded(drawn.mask, paths[2]), to: paths[2])
            try folder.write(encoded(drawn.sketch ?? [], paths[3]), to: paths[3])
            return .success(true)
        } catch {
            return .failure(error)
        }
    }

    private func encoded(_ pixels: [UInt8], _ path: String) throws(FaceCollectionError) -> [UInt8] {
        try FaceCollectionError.ofPicture(path) { () throws(ImageError) in
            try PNG.encode(GrayImage(width: size, height: size, pixels: pixels))
        }
    }

    private var sampler: FaceSampler { FaceSampler(seed: split.seed(base: seed)) }

    // MARK: Tables

    private func writeTables(_ count: Int, to folder: CollectionFolder) throws(FaceCollectionError) {
        let names = FaceParameters.attributeNames.joined(separator: " ")
        let rows = (0..<count).map { face in
            let values = sampler.parameters(of: face).attributes.map { $0 ? "1" : "-1" }
            return "\(face).png " + values.joined(separator: " ")
        }
        try folder.write(Self.text(["\(count)", names] + rows), to: "attributes.txt")
        let lists = Dictionary(grouping: 0..<count) {
            $0 % 20 == 18 ? "val.txt" : $0 % 20 == 19 ? "test.txt" : "train.txt"
        }
        for list in ["train.txt", "val.txt", "test.txt"] {
            try folder.write(Self.text((lists[list] ?? []).map(String.init)), to: list)
        }
    }

    private static func text(_ lines: [String]) -> [UInt8] { Array(lines.map { $0 + "\n" }.joined().utf8) }

    // MARK: The note

    /// What `rendering.json` says.
    private struct Note: Codable, Equatable {
        var split: String
        var seed: UInt64
        var size: Int
        var count: Int
    }

    private static let note = "rendering.json"

    /// Makes sure that the folder is empty or has the first of these faces, and notes how many there will be.
    private func begin(_ count: Int, in folder: CollectionFolder) throws(FaceCollectionError) {
        let wanted = Note(split: split.rawValue, seed: seed, size: size, count: count)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        if let bytes = try folder.contents(of: Self.note, limit: 1 << 16) {
            let found = try? JSONDecoder().decode(Note.self, from: Data(bytes))
            guard let found, found.split == wanted.split, found.seed == seed, found.size == size else {
                throw FaceCollectionError(
                    .clash, Self.note, "the folder has faces of another split, seed or size",
                    remedy: "give another folder, or the split, seed and size that the note says")
            }
            guard found.count <= count else {
                throw FaceCollectionError(
                    .clash, Self.note, "the folder has \(found.count) faces",
                    remedy: "give another folder, or a count of \(found.count) or more")
            }
        } else {
            for name in Self.folders {
                guard let names = try folder.names(in: name, limit: .max), !names.isEmpty else { continue }
                throw FaceCollectionError(
                    .clash, name, "there are files that no note says to be drawn", remedy: "give an empty folder")
            }
        }
        let bytes: [UInt8]
        do {
            bytes = [UInt8](try encoder.encode(wanted))
        } catch {
            throw FaceCollectionError(.unreadable, Self.note, "it cannot be written (\(error))", remedy: "try again")
        }
        try folder.write(bytes + [UInt8(ascii: "\n")], to: Self.note)
    }
}
