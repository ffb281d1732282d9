import FaceCollections
import Foundation
import Images
import Testing

@Suite("Inspection of collections")
struct CollectionInspectionTests {
    /// A way to damage a collection of six faces, and what has to be said of it.
    struct Damage: Sendable, CustomTestStringConvertible {
        let name: String
        let kind: FaceCollectionError.Kind
        let file: String
        let line: Int?
        let says: String
        let make: @Sendable (TemporaryCollection) throws -> Void

        init(
            _ name: String, _ kind: FaceCollectionError.Kind, _ file: String, line: Int? = nil, says: String,
            make: @escaping @Sendable (TemporaryCollection) throws -> Void
        ) {
            (self.name, self.kind, self.file, self.line) = (name, kind, file, line)
            (self.says, self.make) = (says, make)
        }

        var testDescription: String { name }
    }

    static let pictures: [Damage] = [
        Damage("cut-off picture", .picture, "images/1.png", says: "too early") { folder in
            try folder.write(Array(folder.bytes("images/1.png").dropLast(200)), "images/1.png")
        },
        Damage("picture that is none", .picture, "images/2.png", says: "PNG") { try $0.write("hello", "images/2.png") },
        Damage("empty picture", .picture, "images/2.png", says: "PNG") { try $0.write("", "images/2.png") },
        Damage("picture of another size", .size, "images/3.png", says: "most of its kind are 32 x 32") {
            try $0.picture("images/3.png", 16, 16)
        },
        Damage("mask of another size", .size, "masks/3.png", says: "it is 16 x 16") {
            try $0.mask("masks/3.png", 16, 16) { _, _ in 0 }
        },
        Damage("unknown class", .label, "masks/4.png", says: "the numbers 19, 200") {
            try $0.mask("masks/4.png", 32, 32) { x, y in x == 3 ? 19 : y == 4 ? 200 : 1 }
        },
        Damage("unknown colour", .label, "masks/4.png", says: "(90, 10, 90) at column 0, row 0") { folder in
            let colour = RGBColour(red: 90, green: 10, blue: 90)
            try folder.write(PNG.encode(RGBImage(width: 32, height: 32, filledWith: colour)), "masks/4.png")
        },
        Damage("missing mask", .missing, "images/5.png", says: "no label map") { try $0.remove("masks/5.png") },
        Damage("cut-off sketch", .picture, "sketches/0.png", says: "too early") { folder in
            try folder.write(Array(folder.bytes("sketches/0.png").prefix(60)), "sketches/0.png")
        },
        Damage("missing sketch", .missing, "images/0.png", says: "no sketch") { try $0.remove("sketches/0.png") },
        Damage("two pictures of one face", .clash, "images/2.png", says: "same face as images/2.jpg") {
            try $0.picture("images/2.jpg", 32, 32)
        },
        Damage("one face under two numbers", .clash, "images/2.png", says: "images/002.png") {
            try $0.picture("images/002.png", 32, 32)
        },
        Damage("something else among the pictures", .name, "images/notes.md", says: "is not read") {
            try $0.write("", "images/notes.md")
        },
        Damage("mask of no face", .missing, "masks/77.png", says: "no picture of the face 77") {
            try $0.mask("masks/77.png", 32, 32) { _, _ in 0 }
        },
    ]

    static let texts: [Damage] = [
        Damage("missing captions", .missing, "images/1.png", says: "no file of captions") {
            try $0.remove("text/1.txt")
        },
        Damage("empty caption", .caption, "text/2.txt", line: 3, says: "it is empty") { folder in
            try folder.edit("text/2.txt") { $0[2] = "  " }
        },
        Damage("no caption", .caption, "text/2.txt", says: "it has no caption") { try $0.write("", "text/2.txt") },
        Damage("caption that is not UTF-8", .caption, "text/3.txt", line: 2, says: "not UTF-8") {
            try $0.write([72, 105, 10, 0xC3, 0x28, 10], "text/3.txt")
        },
        Damage("missing row", .row, "attributes.txt", says: "no row for the face 3") { folder in
            try folder.edit("attributes.txt") { lines in
                lines.remove(at: 5)
                lines[0] = "5"
            }
        },
        Damage("row of no face", .row, "attributes.txt", line: 6, says: "no picture of the face 33") { folder in
            try folder.edit("attributes.txt") { lines in
                lines.insert(lines[5].replacing("3.png", with: "33.png"), at: 5)
                lines[0] = "7"
            }
        },
        Damage("doubled row", .row, "attributes.txt", line: 7, says: "a row already, in line 6") { folder in
            try folder.edit("attributes.txt") { lines in
                lines.insert(lines[5], at: 5)
                lines[0] = "7"
            }
        },
        Damage("row that says otherwise", .contradiction, "attributes.txt", line: 7, says: "line 6 says") { folder in
            try folder.edit("attributes.txt") { lines in
                var values = lines[5].split(separator: " ").map(String.init)
                values[1] = values[1] == "1" ? "-1" : "1"
                lines.insert(values.joined(separator: " "), at: 6)
                lines[0] = "7"
            }
        },
        Damage("attributes that exclude each other", .contradiction, "attributes.txt", line: 4, says: "Bald and ") {
            try $0.edit("attributes.txt") { lines in
                lines[3] = "1.png " + lines[1].split(separator: " ").map { _ in "1" }.joined(separator: " ")
            }
        },
        Damage("wrong number of rows", .attribute, "attributes.txt", line: 1, says: "announces 9 rows and has 6") {
            try $0.edit("attributes.txt") { $0[0] = "9" }
        },
        Damage("short row", .attribute, "attributes.txt", line: 5, says: "31 values for 32 attributes") { folder in
            try folder.edit("attributes.txt") { $0[4] = $0[4].split(separator: " ").dropLast().joined(separator: " ") }
        },
        Damage("value that is none", .attribute, "attributes.txt", line: 4, says: "neither 1 nor -1") { folder in
            try folder.edit("attributes.txt") { $0[3] += "2" }
        },
        Damage("list with an unknown face", .list, "val.txt", line: 1, says: "no picture of the face 88") {
            try $0.write("88\n", "val.txt")
        },
        Damage("face in two lists", .list, "test.txt", line: 2, says: "the face 4 is in train.txt") {
            try $0.write("\n4.png\n", "test.txt")
        },
        Damage("face twice in a list", .list, "train.txt", line: 7, says: "the face 0 is in train.txt") { folder in
            try folder.edit("train.txt") { $0[6] = "0" }
        },
    ]

    @Test("Every defect is found and named, and nothing else is", arguments: pictures + texts)
    func damaged(damage: Damage) throws {
        try TemporaryCollection.run(faces: 6) { folder in
            try damage.make(folder)
            let defects = try folder.defects()
            let found = defects.first {
                $0.kind == damage.kind && $0.file == damage.file && $0.line == damage.line
                    && $0.problem.contains(damage.says)
            }
            #expect(found?.remedy.isEmpty == false, "\(defects)")
            // A row that cannot be read leaves its face without one.
            let others = defects.filter { $0 != found && $0.kind != .row && $0.kind != .contradiction }
            #expect(others.isEmpty, "\(others)")
        }
    }

    @Test("The inspection goes on after each defect")
    func all() throws {
        try TemporaryCollection.run(faces: 6) { folder in
            let apart = (Self.pictures + Self.texts).filter {
                ["cut-off picture", "unknown class", "missing sketch", "empty caption", "wrong number of rows"]
                    .contains($0.name)
            }
            for damage in apart { try damage.make(folder) }
            let inspection = try CollectionInspection(of: folder.url)
            #expect(inspection.counts == [.picture: 1, .label: 1, .missing: 1, .caption: 1, .attribute: 1])
            // Those who want to use the collection are told of the first one that stands in their way.
            #expect(folder.refusal()?.kind == .attribute)
        }
    }

    @Test("Masks of single parts are looked at one by one")
    func parts() throws {
        try TemporaryCollection.run { folder in
            for face in 0..<4 {
                try folder.picture("CelebA-HQ-img/\(face).png", 16, 16)
                try folder.mask("CelebAMask-HQ-mask-anno/0/0000\(face)_skin.png") { x, _ in x < 4 ? 255 : 0 }
                try folder.mask("CelebAMask-HQ-mask-anno/0/0000\(face)_hair.png") { _, y in y < 2 ? 255 : 0 }
            }
            #expect(try folder.defects() == [])
            let root = "CelebAMask-HQ-mask-anno/0/"
            try folder.mask(root + "00000_nose.png") { _, _ in 128 }
            try folder.write("no picture", root + "00001_nose.png")
            try folder.mask(root + "00002_nose.png", 4, 4) { _, _ in 255 }
            try folder.mask(root + "00002_tail.png") { _, _ in 255 }
            try folder.mask(root + "00009_nose.png") { _, _ in 255 }
            try folder.mask("CelebAMask-HQ-mask-anno/00003_hat.png") { _, _ in 255 }
            let defects = try folder.defects()
            let found = Set(defects.map { "\($0.kind.rawValue) \($0.file.split(separator: "/").last ?? "")" })
            #expect(
                found == [
                    "part 00000_nose.png", "picture 00001_nose.png", "size 00002_nose.png", "name 00002_tail.png",
                    "missing 00009_nose.png", "clash 00003_skin.png", "clash 00003_hair.png",
                ], "\(defects)")
        }
    }

    @Test("A report goes over as JSON")
    func json() throws {
        try TemporaryCollection.run(faces: 3) { folder in
            try folder.write("x", "images/1.png")
            let inspection = try CollectionInspection(of: folder.url)
            let data = try JSONEncoder().encode(inspection)
            #expect(try JSONDecoder().decode(CollectionInspection.self, from: data) == inspection)
        }
    }
}
