import Archives
import Augmentation
import FaceCollections
import FaceData
import Foundation
import Images
import LiveSystems
import Testing

@Suite("Data sets")
struct SourceTests {
    private static let picture = RGBImage(width: 20, height: 10, filledWith: RGBColour(gray: 77))

    private func picture(_ scratch: borrowing Scratch, _ name: String) throws {
        _ = try scratch.file(name, try PNG.encode(Self.picture))
    }

    @Test("The layout of Multi-Modal CelebA-HQ, with defects passed over")
    func collection() throws {
        let scratch = try Scratch()
        try Faces.write(to: scratch.path, count: 4)
        _ = try scratch.file("images/1.jpg", "a namesake")
        _ = try scratch.file("images/b c.png", "no picture")
        let source = try FaceSources.open(scratch.path)
        #expect(source.keys.count == 5)
        #expect(source.defects.map(\.kind) == [.clash])
        #expect(source.keys.prefix(2) == ["0", "1"])
        // A name with a space gets a key of its own.
        #expect(source.keys.last?.hasPrefix("b_c-") == true)
        #expect(source.has(.labels, of: 0) && source.has(.captions, of: 0) && source.has(.sketch, of: 0))
        #expect(try source.captions(of: 0).count == 10)
        #expect(try source.labels(of: 0)?.width == 32)
        #expect(throws: FaceCollectionError.self) { try source.picture(of: 4) }
        #expect(source.attributes.names.contains("Smiling"))
    }

    @Test("A table of pictures: captions of several rows, attributes, and rows with mistakes")
    func table() throws {
        let scratch = try Scratch()
        for name in ["a.png", "sub/b.png", "c.png"] { try picture(scratch, name) }
        _ = try scratch.file(
            "faces.csv",
            "file_name,text,Smiling,other\na.png,one,1,x\na.png,two,1,x\nsub/b.png,\"three, four\",-1,x\n,no,1,x\n"
                + "c.png,five\ngone.png,six,0,x\nc.png,seven,,x\n")
        let source = try FaceSources.open(scratch.path)
        #expect(
            source.keys == ["a", "sub_b-" + String(source.keys[1].suffix(8)), "gone", "c"] || source.keys[1] == "sub_b")
        #expect(try source.captions(of: 0) == ["one", "two"])
        #expect(try source.captions(of: 1) == ["three, four"])
        #expect(source.defects.map(\.line) == [5, 6])
        #expect(source.attributes.names == ["Smiling"])
        #expect(try source.picture(of: 0) == Self.picture)
        #expect(throws: FaceCollectionError.self) { try source.picture(of: 2) }
        #expect(try FaceSources.open(scratch.path + "/faces.csv").keys.count == 4)
    }

    @Test("A link that leads out of the folder, by a row or by a file, is refused")
    func outside() throws {
        let scratch = try Scratch()
        try picture(scratch, "elsewhere/secret.png")
        try picture(scratch, "set/a.png")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path + "/set/link.png", withDestinationPath: scratch.path + "/elsewhere/secret.png")
        _ = try scratch.file(
            "set/f.csv", "file\nlink.png\n../elsewhere/secret.png\n\(scratch.path)/elsewhere/secret.png\na.png\n")
        let source = try FaceSources.open(scratch.path + "/set")
        #expect(source.keys.count == 4)
        for place in 0..<3 {
            #expect(throws: FaceCollectionError.self, "\(source.name(of: place))") { try source.picture(of: place) }
        }
        #expect(try source.picture(of: 3) == Self.picture)
    }

    @Test("Shards: keys, captions, attributes, label maps; a damaged one gives what stands before")
    func shards() throws {
        let scratch = try Scratch()
        let png = try PNG.encode(Self.picture)
        let map = try PNG.encode(GrayImage(width: 2, height: 2, pixels: [0, 1, 17, 18]))
        let wrong = try PNG.encode(GrayImage(width: 1, height: 1, pixels: [99]))
        try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
        var first = try TarWriter(scratch.path + "/000000.tar")
        try first.add("d/a.png", png)
        try first.add("d/a.txt", Array("a man".utf8))
        try first.add("d/a.labels.png", map)
        try first.add("d/b.png", png)
        try first.add("d/b.json", Array(#"{"caption": "a woman", "attributes": {"Smiling": 1, "Male": false}}"#.utf8))
        try first.add("d/b.mask.png", wrong)
        try first.commit()
        var second = try TarWriter(scratch.path + "/000001.tar")
        try second.add("d/a.png", png)
        try second.add("e.png", png)
        try second.add("f.png", png)
        try second.commit()
        let path = scratch.path + "/000001.tar"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.prefix(bytes.count - 1_546).write(to: URL(fileURLWithPath: path))
        let source = try FaceSources.open(scratch.path)
        #expect(source.keys.count == 3)
        #expect(source.keys.last == "e")
        #expect(source.defects.map(\.kind) == [.clash, .unreadable])
        #expect(try source.captions(of: 0) == ["a man"])
        #expect(try source.captions(of: 1) == ["a woman"])
        #expect(try source.labels(of: 0)?.pixels == [0, 1, 17, 18])
        #expect(throws: FaceCollectionError.self) { try source.labels(of: 1) }
        #expect(try source.labels(of: 2) == nil)
        #expect(try source.picture(of: 2) == Self.picture)
    }

    @Test("An attribute of which the data set says nothing is refused with those that it has")
    func unknownToTheDataset() async throws {
        let scratch = try Scratch()
        try picture(scratch, "a.png")
        _ = try scratch.file("faces.csv", "file_name,Smiling\na.png,1\n")
        let recipe = try scratch.file(
            "recipe.yaml", "version: 1\npolicies:\n  - kind: edit\n    balance: {Goatee: 0.5}")
        let result = await tedi(
            "augment", scratch.path, "--recipe", recipe, "--out", scratch.path + "/out", "--dry-run")
        #expect(result.status == 2)
        #expect(result.errors.contains("line 4 of the recipe balances Goatee"), "\(result.errors)")
        #expect(result.errors.contains("alance an attribute that it has: Smiling"), "\(result.errors)")
        let missing = await tedi("augment", scratch.path, "--recipe", "/nonexistent.yaml", "--out", "/nonexistent")
        #expect(missing.status == 2 && missing.errors.contains("Check its path."), "\(missing.errors)")
    }

    @Test("What is no data set is refused with what would be one")
    func noDataset() throws {
        let scratch = try Scratch()
        #expect(throws: FaceCollectionError.self) { try FaceSources.open(scratch.path) }
        #expect(throws: FaceCollectionError.self) { try FaceSources.open(scratch.path + "/nothing") }
        _ = try scratch.file("x.txt", "text")
        #expect(throws: FaceCollectionError.self) { try FaceSources.open(scratch.path + "/x.txt") }
        try picture(scratch, "a.png")
        #expect(try FaceSources.open(scratch.path).keys == ["a"])
    }
}
