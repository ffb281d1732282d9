import Explanation
import Foundation
import Images
import TediGAN
import Testing
import Torch
import Training

@Suite("Pictures of ideas")
struct ExplanationTests {
    private static func studio() throws -> Studio {
        let resources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Resources")
        return try Studio(
            pack: ModelPack(opening: resources.appendingPathComponent("Packs/demo-64").path),
            judge: AttributeJudge(reading: resources.appendingPathComponent("Judges/demo-64.safetensors").path))
    }

    @Test("An exhibit is a picture with numbers, and the same one comes again")
    func exhibit() throws {
        let studio = try Self.studio()
        let (first, second) = (try studio.exhibit("noise"), try studio.exhibit("noise"))
        #expect(first.picture == second.picture)
        #expect(first.numbers == second.numbers)
        // Three faces in rows of five pictures.
        #expect(first.picture.width >= 5 * 64 && first.picture.height >= 3 * 64)
        guard case .object(let numbers) = first.numbers else {
            Issue.record("the numbers are no object")
            return
        }
        let change = try #require(numbers["pixelChangeByNoise"]?.double)
        let faces = try #require(numbers["pixelDifferenceOfTwoFaces"]?.double)
        #expect(change > 0 && change < faces / 2)
    }

    @Test("Every idea has a name of its own, and others are refused")
    func names() throws {
        #expect(Set(Studio.names).count == Studio.names.count)
        #expect(Studio.names.contains("control"))
        let studio = try Self.studio()
        #expect(throws: TediGANError.self) { try studio.exhibit("nothing") }
    }
}
