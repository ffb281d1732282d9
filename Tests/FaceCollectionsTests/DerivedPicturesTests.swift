import FaceCollections
import FaceData
import Foundation
import Images
import Testing

@Suite("Pictures made of others")
struct DerivedPicturesTests {
    @Test("Sketches are those of the renderer, and are made once")
    func sketches() throws {
        try TemporaryCollection.run(faces: 6) { folder in
            let before = try (0..<6).map { try folder.bytes("sketches/\($0).png") }
            try folder.remove("sketches")
            var report = try DerivedPictures.sketches.make(for: folder.open(), threads: 2)
            #expect((report.written, report.kept, report.defects.count) == (6, 0, 0))
            #expect(try (0..<6).map { try folder.bytes("sketches/\($0).png") } == before)
            try folder.remove("sketches/3.png")
            try folder.write("old", "sketches/4.png")
            report = try DerivedPictures.sketches.make(for: folder.open())
            #expect((report.written, report.kept) == (1, 5))
            report = try DerivedPictures.sketches.make(for: folder.open(), replacing: true)
            #expect(try report.written == 6 && folder.bytes("sketches/4.png") == before[4])
        }
    }

    @Test("A picture of any shape has a sketch, with the lines of a smaller label map")
    func shapes() throws {
        try TemporaryCollection.run { folder in
            try folder.picture("images/1.png", 12, 8)
            try folder.picture("images/2.png", 8, 12)
            try folder.mask("masks/1.png", 6, 4) { x, _ in x < 3 ? 0 : 1 }
            let report = try DerivedPictures.sketches.make(for: folder.open())
            #expect((report.written, report.kept, report.defects.count) == (2, 0, 0))
            let collection = try folder.open()
            let lines = try #require(try collection.sketch(of: 0))
            #expect((0..<12).map { lines[$0, 3] } == (0..<12).map { $0 == 5 ? 105 : 255 })
            #expect(try collection.sketch(of: 1)?.pixels == [UInt8](repeating: 255, count: 96))
        }
    }

    @Test("What cannot be read is told, and nothing is written for it")
    func defects() throws {
        try TemporaryCollection.run(faces: 4) { folder in
            try folder.remove("sketches")
            try folder.write("damaged", "images/1.png")
            try folder.mask("masks/2.png", 16, 32) { _, _ in 0 }
            let report = try DerivedPictures.sketches.make(for: folder.open())
            #expect(report.written == 2 && report.defects.map(\.file) == ["images/1.png", "images/2.png"])
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("sketches").path).sorted()
            #expect(names == ["0.png", "3.png"])
        }
    }

    @Test("Masks of parts become label maps; those with defects do not")
    func labelMaps() throws {
        try TemporaryCollection.run { folder in
            for face in 0..<4 {
                try folder.picture("CelebA-HQ-img/\(face).png")
                let root = "CelebAMask-HQ-mask-anno/0/0000\(face)_"
                guard face != 3 else { continue }
                try folder.mask(root + "skin.png") { _, _ in 255 }
                try folder.mask(root + "hair.png") { x, _ in x == 2 && face == 1 ? 7 : x == 0 ? 255 : 0 }
            }
            let report = try DerivedPictures.labelMaps.make(for: folder.open(), threads: 2)
            #expect(report.written == 2 && report.without == 1)
            #expect(report.defects.map(\.file) == ["CelebAMask-HQ-mask-anno/0/00001_hair.png"])
            let collection = try folder.open()
            #expect(collection.faces.map(\.labelMap) == ["masks/0.png", nil, "masks/2.png", nil])
            let map = try #require(try collection.labelMap(of: 2))
            #expect(map[0, 5] == 13 && map[1, 5] == 1)
            #expect(try DerivedPictures.labelMaps.make(for: collection).kept == 2)
        }
    }

    @Test("Nothing is written through a link")
    func links() throws {
        try TemporaryCollection.run { outside in
            try TemporaryCollection.run(faces: 2) { folder in
                try outside.write("mine", "precious")
                try folder.remove("sketches/1.png")
                try folder.link("sketches/1.png", to: outside.path("precious").path)
                let report = try DerivedPictures.sketches.make(for: folder.open(), replacing: true)
                #expect(report.written == 1 && report.defects.map(\.kind) == [.outside])
                #expect(try outside.text("precious") == "mine")
                try folder.remove("sketches")
                let collection = try folder.open()
                try folder.link("sketches", to: outside.url.path)
                #expect(throws: FaceCollectionError.self) { try DerivedPictures.sketches.make(for: collection) }
                #expect(try FileManager.default.contentsOfDirectory(atPath: outside.url.path) == ["precious"])
            }
        }
    }
}
