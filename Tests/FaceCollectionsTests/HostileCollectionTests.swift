import FaceCollections
import Foundation
import Glibc
import Images
import Testing

@Suite("Hostile collections")
struct HostileCollectionTests {
    @Test(
        "No link leads out of the folder",
        arguments: [
            "images/1.png", "text/1.txt", "masks/1.png", "sketches/1.png", "attributes.txt", "train.txt",
        ])
    func links(name: String) throws {
        try TemporaryCollection.run { outside in
            try TemporaryCollection.run(faces: 3) { folder in
                try outside.write(folder.bytes(name), "secret")
                try folder.remove(name)
                try folder.link(name, to: outside.path("secret").path)
                let defect = try #require(try folder.defects().first { $0.file == name })
                #expect(defect.kind == .outside && defect.description.contains("leads out of the folder"))
                // Where it leads does not matter, nor whether there is something.
                try folder.remove(name)
                try folder.link(name, to: "../../../../../../../../etc/passwd")
                #expect(try folder.defects().contains { $0.kind == .outside && $0.file == name })
                try folder.remove(name)
                try folder.link(name, to: "nowhere")
                #expect(try folder.defects().contains { $0.kind == .missing && $0.file == name })
            }
        }
    }

    @Test("A folder that lies elsewhere is refused, one that is linked within is read")
    func folders() throws {
        try TemporaryCollection.run(faces: 2) { other in
            try TemporaryCollection.run(faces: 2) { folder in
                try folder.remove("text")
                try folder.link("text", to: other.path("text").path)
                #expect(folder.refusal()?.kind == .outside && folder.refusal()?.file == "text")
                try folder.remove("text")
                try FileManager.default.moveItem(at: folder.path("masks"), to: folder.path("store"))
                try folder.link("masks", to: "store")
                #expect(try folder.open().labelMap(of: 1) != nil)
                // The folder itself may be reached by a link.
                try other.link("here", to: folder.url.path)
                #expect(try FaceCollection(opening: other.path("here")).image(of: 0).width == 32)
            }
        }
    }

    @Test("Pictures that are read through a collection cannot be swapped for links afterwards")
    func swapped() throws {
        try TemporaryCollection.run(faces: 2) { folder in
            let collection = try folder.open()
            try folder.remove("images/1.png")
            try folder.link("images/1.png", to: "/etc/passwd")
            #expect { try collection.image(of: 1) } throws: { ($0 as? FaceCollectionError)?.kind == .outside }
            try folder.remove("images/1.png")
            #expect { try collection.image(of: 1) } throws: { ($0 as? FaceCollectionError)?.kind == .missing }
        }
    }

    @Test("Pipes and folders in place of files are refused at once")
    func pipes() throws {
        try TemporaryCollection.run(faces: 2) { folder in
            try folder.remove("images/0.png")
            #expect(mkfifo(folder.path("images/0.png").path, 0o600) == 0)
            try folder.remove("text/1.txt")
            try FileManager.default.createDirectory(at: folder.path("text/1.txt"), withIntermediateDirectories: true)
            let defects = try folder.defects()
            #expect(Set(defects.map(\.file)) == ["images/0.png", "text/1.txt"])
            #expect(defects.allSatisfy { $0.kind == .unreadable })
        }
    }

    @Test("A small file cannot claim a large picture")
    func claim() throws {
        try TemporaryCollection.run(faces: 2) { folder in
            // The header of a picture of 20,000 x 20,000 pixels: 1.2 GB.
            let header: [UInt8] =
                [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
                + [0, 0, 0x4E, 0x20, 0, 0, 0x4E, 0x20, 8, 2, 0, 0, 0, 0x6C, 0x12, 0xD1, 0x6E]
            try folder.write(header + [UInt8](repeating: 0, count: 200), "images/0.png")
            let defects = try folder.defects()
            #expect(defects.map(\.file) == ["images/0.png"] && defects.map(\.kind) == [.tooLarge])
        }
    }

    @Test("Every limit is kept")
    func limits() throws {
        try TemporaryCollection.run(faces: 4) { folder in
            func kinds(_ body: (inout FaceLimits) -> Void) throws -> Set<FaceCollectionError.Kind> {
                var layout = FaceLayout.celebA
                body(&layout.limits)
                return Set(try CollectionInspection(of: folder.url, layout: layout).defects.map(\.kind))
            }
            let none = try kinds { _ in }
            #expect(none.isEmpty)
            #expect(try kinds { $0.pictureBytes = 100 } == [.tooLarge])
            #expect(try kinds { $0.pictureSide = 31 } == [.tooLarge])
            #expect(try kinds { $0.picturePixels = 32 * 32 - 1 } == [.tooLarge])
            #expect(try kinds { $0.captionBytes = 10 } == [.tooLarge])
            #expect(try kinds { $0.captions = 9 } == [.tooLarge])
            #expect(try kinds { $0.tableBytes = 3 }.contains(.tooLarge))
            #expect(try kinds { $0.attributes = 31 } == [.attribute])
            var layout = FaceLayout.celebA
            layout.limits.files = 3
            #expect { try FaceCollection(opening: folder.url, layout: layout) } throws: {
                ($0 as? FaceCollectionError)?.kind == .tooLarge
            }
        }
    }

    @Test(
        "Rows of attributes cannot name paths",
        arguments: ["../../x.jpg", "/etc/passwd", ".hidden.jpg", "a/b.png", ".."])
    func paths(name: String) throws {
        try TemporaryCollection.run { folder in
            try folder.write("1\nMale\n\(name) 1\n", "list.txt")
            #expect { try AttributeTable(reading: folder.path("list.txt")) } throws: { error in
                let error = error as? FaceCollectionError
                return error?.kind == .attribute && error?.line == 3
            }
        }
    }

    @Test("What is no collection is told so")
    func none() throws {
        try TemporaryCollection.run { folder in
            #expect(folder.refusal()?.kind == .missing && folder.refusal()?.remedy.contains("images") == true)
            try FileManager.default.createDirectory(at: folder.path("images"), withIntermediateDirectories: true)
            #expect(folder.refusal()?.problem.contains("no pictures") == true)
            #expect { try FaceCollection(opening: folder.path("nowhere")) } throws: {
                ($0 as? FaceCollectionError)?.kind == .missing
            }
            try folder.write("x", "file")
            #expect { try FaceCollection(opening: folder.path("file")) } throws: {
                ($0 as? FaceCollectionError)?.kind == .unreadable
            }
        }
    }
}
