import Archives
import Augmentation
import FaceCollections
import Foundation
import Images
import LiveSystems
import Testing

@Suite("Stamps of pictures")
struct StampTests {
    private func png(_ gray: UInt8) throws -> [UInt8] {
        try PNG.encode(GrayImage(width: 2, height: 2, pixels: [gray, gray, gray, gray]))
    }

    @Test("A file: its time is of its look alone, its bytes are of both")
    func files() throws {
        let scratch = try Scratch()
        let file = try scratch.file("a.png", try png(7))
        let source = try FaceSources.open(scratch.path)
        let first = try #require(source.stamp(of: 0, nil))
        #expect(source.stamp(of: 0, nil) == first)
        #expect(try JSONDecoder().decode(SourceStamp.self, from: JSONEncoder().encode(first)) == first)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: file)
        let touched = try #require(source.stamp(of: 0, nil))
        #expect(touched.look != first.look && touched.digest == first.digest)
        _ = try scratch.file("a.png", try png(8))
        #expect(try #require(source.stamp(of: 0, nil)).digest != first.digest)
        #expect(source.stamp(of: 0, .labels) == nil)
        try FileManager.default.removeItem(atPath: file)
        #expect(source.look(of: 0, nil) == nil && source.digest(of: 0, nil) == nil)
    }

    @Test("A label map of several files: each of them counts")
    func parts() throws {
        let scratch = try Scratch()
        _ = try scratch.file("CelebA-HQ-img/0.png", try png(7))
        let folder = "CelebAMask-HQ-mask-anno/0/00000"
        _ = try scratch.file("\(folder)_skin.png", try png(255))
        _ = try scratch.file("\(folder)_nose.png", try png(0))
        let source = try FaceSources.open(scratch.path)
        let first = try #require(source.stamp(of: 0, .labels))
        // The same bytes, one file's in the other.
        _ = try scratch.file("\(folder)_skin.png", try png(0))
        _ = try scratch.file("\(folder)_nose.png", try png(255))
        let swapped = try #require(source.stamp(of: 0, .labels))
        #expect(swapped.digest != first.digest && swapped.look.bytes == first.look.bytes)
    }

    @Test("A shard: a sample that is moved stays the same, one that is replaced does not")
    func shards() throws {
        let scratch = try Scratch()
        func write(_ samples: [(String, UInt8)]) throws {
            var tar = try TarWriter(scratch.path + "/0.tar")
            for (name, gray) in samples { try tar.add(name, try png(gray)) }
            try tar.commit()
        }
        try write([("a.png", 1), ("a.labels.png", 3), ("b.png", 2)])
        let old = try FaceSources.open(scratch.path)
        let (a, b) = (try #require(old.stamp(of: 0, nil)), try #require(old.stamp(of: 1, nil)))
        let labels = try #require(old.stamp(of: 0, .labels))
        try write([("b.png", 2), ("a.png", 9), ("a.labels.png", 3), ("c.png", 4)])
        let new = try FaceSources.open(scratch.path)
        #expect(new.keys == ["b", "a", "c"])
        let moved = try #require(new.stamp(of: 0, nil))
        #expect(moved.digest == b.digest && moved.look != b.look)
        #expect(new.digest(of: 1, nil) != a.digest)
        #expect(new.digest(of: 1, .labels) == labels.digest)
    }
}
