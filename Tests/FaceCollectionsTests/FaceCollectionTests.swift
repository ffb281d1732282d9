import FaceCollections
import FaceData
import Foundation
import Images
import Testing

@Suite("Collections of faces")
struct FaceCollectionTests {
    @Test("CelebAMask-HQ is read as it is published, in the order of its numbers")
    func published() throws {
        try TemporaryCollection.run { folder in
            for face in [0, 2, 10, 2001] {
                try folder.picture("CelebA-HQ-img/\(face).png", 16, 16, gray: UInt8(face % 250))
                try folder.mask("CelebAMask-HQ-mask-anno/\(face / 2000)/\(String(format: "%05d", face))_skin.png") {
                    _, _ in 255
                }
            }
            try folder.write(
                "4\nSmiling Male\n0.jpg  1 -1\n2.jpg -1 1\r\n10.jpg 1  1\n2001.jpg 0 +1\n",
                "CelebAMask-HQ-attribute-anno.txt")
            try folder.write("\u{FEFF}a man\r\n\r\n a smiling man \n", "celeba-caption/10.txt")
            let collection = try folder.open()
            #expect(collection.faces.map(\.stem) == ["0", "2", "10", "2001"])
            #expect(collection.index(of: "00010") == 2 && collection.index(of: "11") == nil)
            #expect(try collection.captions(of: 2) == ["a man", "a smiling man"] && collection.captions(of: 0) == [])
            #expect(collection.attributes(of: 1) == ["Smiling": false, "Male": true])
            #expect(collection.attributes(of: 3) == ["Smiling": false, "Male": true])
            #expect(collection.attributes?.names == ["Smiling", "Male"])
            #expect(try collection.labelMap(of: 3, size: 4)?.pixels == [UInt8](repeating: 1, count: 16))
            #expect(try collection.sketch(of: 0, size: 8) == nil)
        }
    }

    @Test("Parts are painted in the published order, whatever the order of their files")
    func parts() throws {
        try TemporaryCollection.run { folder in
            try folder.picture("images/7.png")
            let root = "CelebAMask-HQ-mask-anno/00007_"
            // Each part begins one row further down, so that all of them show.
            for part in FaceMaskClass.parts.prefix(7) {
                try folder.mask(root + part.partName + ".png") { _, y in y >= Int(part.rawValue) ? 255 : 0 }
            }
            try folder.mask(root + "hair.png") { x, _ in x == 0 ? 255 : 0 }
            let map = try #require(try folder.open().labelMap(of: 0))
            #expect((0..<8).map { map[4, $0] } == [0, 1, 2, 3, 4, 5, 6, 7])
            #expect((0..<8).allSatisfy { map[0, $0] == FaceMaskClass.hair.rawValue })
        }
    }

    @Test("A label map in colours is that of numbers")
    func palette() throws {
        try TemporaryCollection.run { folder in
            for face in ["a", "b", "c"] { try folder.picture("image/\(face).png", 19, 19) }
            let ids = (0..<19 * 19).map { UInt8($0 % 19) }
            try folder.mask("label/a.png", 19, 19) { x, _ in UInt8(x) }
            let colours = ids.flatMap { id -> [UInt8] in
                let colour = FaceMaskClass.allCases[Int(id)].colour
                return [colour.x, colour.y, colour.z]
            }
            let near = colours.map { $0 > 200 ? $0 - 24 : $0 + 24 }
            try folder.write(PNG.encode(RGBImage(width: 19, height: 19, pixels: colours)), "label/b.png")
            try folder.write(PNG.encode(RGBImage(width: 19, height: 19, pixels: near)), "label/c.png")
            let collection = try folder.open()
            for face in 0..<3 { #expect(try collection.labelMap(of: face)?.pixels == ids) }
        }
    }

    @Test("A label map comes before the parts")
    func precedence() throws {
        try TemporaryCollection.run { folder in
            for face in 0..<2 {
                try folder.picture("images/\(face).png")
                try folder.mask("CelebAMask-HQ-mask-anno/0000\(face)_hair.png") { _, _ in 255 }
            }
            try folder.mask("masks/1.png") { _, _ in 17 }
            let collection = try folder.open()
            #expect(try collection.labelMap(of: 0)?[0, 0] == 13 && collection.labelMap(of: 1)?[0, 0] == 17)
            #expect(collection.faces[1].parts?.parts == [.hair])
        }
    }

    @Test("The middle square is taken, pictures by areas and label maps by the nearest pixel")
    func framing() throws {
        try TemporaryCollection.run { folder in
            // Eight columns, of which the middle four count; each new pixel covers two by two.
            let grays: [UInt8] = [255, 255, 10, 20, 30, 50, 255, 255]
            let rows = (0..<4).flatMap { _ in grays }
            let wide = try RGBImage(width: 8, height: 4, pixels: rows.flatMap { [$0, $0, $0] })
            try folder.write(PNG.encode(wide), "images/1.png")
            try folder.mask("masks/1.png", 8, 4) { x, _ in UInt8(x) }
            try folder.mask("sketches/1.png", 8, 4) { x, _ in grays[x] }
            let collection = try folder.open()
            let image = try collection.image(of: 0, size: 2)
            #expect(image.width == 2 && image.pixels.prefix(6) == [15, 15, 15, 40, 40, 40])
            #expect(try collection.labelMap(of: 0, size: 2)?.pixels == [3, 5, 3, 5])
            #expect(try collection.labelMap(of: 0, size: 8)?.pixels.prefix(8) == [2, 2, 3, 3, 4, 4, 5, 5])
            #expect(try collection.sketch(of: 0, size: 2)?.pixels == [15, 40, 15, 40])
            #expect(try collection.image(of: 0).width == 8)
        }
    }

    @Test("Names are in natural order")
    func order() throws {
        try TemporaryCollection.run { folder in
            for name in ["b2", "b10", "b1", "10", "9", "a", "b1c", "x-2-10", "x-2-9", "011"] {
                try folder.picture("images/\(name).png")
            }
            let stems = try folder.open().faces.map(\.stem)
            #expect(stems == ["9", "10", "011", "a", "b1", "b1c", "b2", "b10", "x-2-9", "x-2-10"])
        }
    }

    @Test("Without lists, CelebA-HQ's numbers are divided as published, all others by their names")
    func splits() throws {
        try TemporaryCollection.run { folder in
            for face in [0, 23_999, 24_000, 29_999] { try folder.picture("images/\(face).png", 1, 1) }
            let published = try folder.open()
            #expect(published.indices(of: .training) == [0, 1] && published.indices(of: .test) == [2, 3])
            #expect(published.indices(of: .validation).isEmpty)
        }
        func split(_ names: [String]) throws -> [String: FaceSplit] {
            try TemporaryCollection.run { folder in
                for name in names { try folder.picture("images/\(name).png", 1, 1) }
                let collection = try folder.open()
                let pairs = FaceSplit.allCases.flatMap { split in
                    collection.indices(of: split).map { (collection.faces[$0].stem, split) }
                }
                return Dictionary(uniqueKeysWithValues: pairs)
            }
        }
        let all = try split((0..<400).map { "face\($0)" })
        let some = try split((0..<400).filter { $0 % 3 == 0 }.map { "face\($0)" })
        #expect(all.count == 400 && some.allSatisfy { all[$0.key] == $0.value })
        let counts = FaceSplit.allCases.map { split in all.values.count { $0 == split } }
        #expect((340...380).contains(counts[0]) && (8...35).contains(counts[1]) && (8...35).contains(counts[2]))
    }

    @Test("Lists say which faces belong to a split, in their order; the rest belongs to none")
    func lists() throws {
        try TemporaryCollection.run { folder in
            for face in 0..<5 { try folder.picture("images/\(face).png") }
            try folder.write("3\n00001.jpg\n", "train.txt")
            try folder.write("4", "test.txt")
            let collection = try folder.open()
            #expect(collection.indices(of: .training) == [3, 1] && collection.indices(of: .test) == [4])
            #expect(collection.indices(of: .validation) == [])
        }
    }
}
