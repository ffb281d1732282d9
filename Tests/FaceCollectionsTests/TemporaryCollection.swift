import FaceCollections
import FaceData
import Foundation
import Images
import Synchronization

/// A folder for a collection, which is removed afterwards.
struct TemporaryCollection {
    static let drawn = RenderedCollection(split: .test, seed: 5, size: 32)

    let url: URL

    /// - Parameter faces: how many drawn faces of 32 pixels the folder has at first.
    static func run<Value>(faces: Int = 0, _ body: (TemporaryCollection) throws -> Value) throws -> Value {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        let folder = TemporaryCollection(url: url)
        if faces > 0 {
            for (name, bytes) in try files(faces) { try folder.write(bytes, name) }
        }
        return try body(folder)
    }

    /// The files of so many faces; drawn once, for drawing takes long in a debug build.
    private static func files(_ faces: Int) throws -> [String: [UInt8]] {
        try drawnFiles.withLock { known in
            if let files = known[faces] { return files }
            let files = try run { folder in
                try drawn.write(faces, to: folder.url, threads: 2)
                let names = try FileManager.default.subpathsOfDirectory(atPath: folder.url.path)
                let files = names.filter { $0.contains(".") }
                return Dictionary(uniqueKeysWithValues: try files.map { ($0, try folder.bytes($0)) })
            }
            known[faces] = files
            return files
        }
    }

    private static let drawnFiles = Mutex<[Int: [String: [UInt8]]]>([:])

    func path(_ name: String) -> URL { url.appendingPathComponent(name) }

    /// Writes a file, and the folders above it.
    func write(_ bytes: [UInt8], _ name: String) throws {
        try FileManager.default.createDirectory(
            at: path(name).deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: path(name))
    }

    func write(_ text: String, _ name: String) throws { try write(Array(text.utf8), name) }

    /// Writes a picture of one colour.
    func picture(_ name: String, _ width: Int = 8, _ height: Int = 8, gray: UInt8 = 90) throws {
        try write(PNG.encode(RGBImage(width: width, height: height, filledWith: RGBColour(gray: gray))), name)
    }

    /// Writes a mask of one channel.
    func mask(_ name: String, _ width: Int = 8, _ height: Int = 8, _ value: (_ x: Int, _ y: Int) -> UInt8) throws {
        let pixels = (0..<height).flatMap { y in (0..<width).map { value($0, y) } }
        try write(PNG.encode(GrayImage(width: width, height: height, pixels: pixels)), name)
    }

    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: path(name))) }

    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// Replaces a part of a text file.
    func edit(_ name: String, _ body: (inout [String]) -> Void) throws {
        var lines = try text(name).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        body(&lines)
        try write(lines.joined(separator: "\n"), name)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(at: path(name)) }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name).path, withDestinationPath: target)
    }

    func open() throws(FaceCollectionError) -> FaceCollection { try FaceCollection(opening: url) }

    func defects() throws(FaceCollectionError) -> [FaceCollectionError] {
        try CollectionInspection(of: url, threads: 2).defects
    }

    /// Why the collection cannot be opened.
    func refusal() -> FaceCollectionError? {
        do {
            _ = try open()
            return nil
        } catch {
            return error
        }
    }
}
