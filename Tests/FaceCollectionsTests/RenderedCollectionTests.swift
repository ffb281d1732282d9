import FaceCollections
import FaceData
import Foundation
import Images
import Testing

@Suite("Drawn faces as a collection")
struct RenderedCollectionTests {
    @Test("What was drawn is clean, and reads back as it was drawn")
    func roundTrip() throws {
        try TemporaryCollection.run(faces: 22) { folder in
            let inspection = try CollectionInspection(of: folder.url, threads: 2)
            #expect(inspection.defects == [] && inspection.faces == 22)
            #expect(
                inspection.found == ["captions": 22, "labelMaps": 22, "parts": 0, "sketches": 22, "attributes": 22])
            let collection = try folder.open()
            #expect(collection.faces.map(\.stem) == (0..<22).map(String.init))
            let sampler = FaceSampler(seed: FaceSplit.test.seed(base: 5))
            for face in [0, 9, 21] {
                let parameters = sampler.parameters(of: face)
                let drawn = FaceRenderer.render(parameters, size: 32, sketch: true)
                #expect(try collection.image(of: face, size: 32).pixels == drawn.pixels)
                #expect(try collection.labelMap(of: face, size: 32)?.pixels == drawn.mask)
                #expect(try collection.sketch(of: face, size: 32)?.pixels == drawn.sketch)
                let captions = CaptionGrammar(seed: 14).captions(of: parameters, face: face).map(\.text)
                #expect(try collection.captions(of: face) == captions)
                let values = Dictionary(uniqueKeysWithValues: zip(FaceParameters.attributeNames, parameters.attributes))
                #expect(collection.attributes(of: face) == values)
            }
            #expect(collection.indices(of: .training) == Array(0..<18) + [20, 21])
            #expect(collection.indices(of: .validation) == [18] && collection.indices(of: .test) == [19])
            #expect(try folder.text("train.txt").hasPrefix("0\n1\n2\n") && folder.text("val.txt") == "18\n")
        }
    }

    @Test("Drawing goes on where it stopped, and a higher count adds faces")
    func resumed() throws {
        try TemporaryCollection.run(faces: 4) { folder in
            let before = try folder.bytes("masks/2.png")
            try folder.remove("masks/2.png")
            try folder.remove("text/3.txt")
            try folder.remove("attributes.txt")
            #expect(try TemporaryCollection.drawn.write(4, to: folder.url) == 2)
            #expect(try folder.bytes("masks/2.png") == before)
            #expect(try TemporaryCollection.drawn.write(4, to: folder.url) == 0)
            #expect(try TemporaryCollection.drawn.write(6, to: folder.url) == 2)
            #expect(try folder.defects() == [] && folder.open().count == 6)
        }
    }

    @Test("Other faces are never mixed in")
    func mixed() throws {
        try TemporaryCollection.run(faces: 2) { folder in
            func refusal(_ faces: RenderedCollection, _ count: Int) -> String {
                do {
                    try faces.write(count, to: folder.url)
                    return ""
                } catch {
                    return error.description
                }
            }
            let other = [
                RenderedCollection(split: .test, seed: 6, size: 32),
                RenderedCollection(split: .test, seed: 5, size: 16),
                RenderedCollection(split: .training, seed: 5, size: 32),
            ]
            for faces in other { #expect(refusal(faces, 2).contains("another split, seed or size")) }
            #expect(refusal(TemporaryCollection.drawn, 1).contains("the folder has 2 faces"))
            try folder.write("{", "rendering.json")
            #expect(!refusal(TemporaryCollection.drawn, 2).isEmpty)
            try folder.remove("rendering.json")
            #expect(refusal(TemporaryCollection.drawn, 2).contains("give an empty folder"))
            #expect(try folder.open().count == 2)
        }
    }

    @Test("The bytes do not depend on the number of threads")
    func threads() throws {
        try TemporaryCollection.run { folder in
            let one = TemporaryCollection(url: folder.path("one"))
            let three = TemporaryCollection(url: folder.path("three"))
            try TemporaryCollection.drawn.write(5, to: one.url, threads: 1)
            try TemporaryCollection.drawn.write(5, to: three.url, threads: 3)
            for name in ["images/4.png", "masks/4.png", "sketches/3.png", "text/0.txt", "attributes.txt", "train.txt"] {
                #expect(try one.bytes(name) == three.bytes(name), "\(name)")
            }
        }
    }
}
