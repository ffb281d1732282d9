import Evaluation
import Explanation
import Images
import TediGAN
import Testing

@Suite("Layer-wise analysis")
struct LayerAnalysisTests {
    /// `a` is read from the first layer, `b` from the second and third together.
    private func analysis() throws -> LayerAnalysis {
        let faces = try LinearFaces.judged([
            "a": LinearFaces.row([0: 10]), "b": LinearFaces.row([4: 10, 8: 10]), "c": LinearFaces.row([3: 1]),
        ])
        var (bases, donors) = ([LatentCode](), [LatentCode]())
        for index in 0..<40 {
            let (a, b): (Float, Float) = (index % 2 == 0 ? 1 : -1, index % 3 == 0 ? 1 : -1)
            bases.append(LinearFaces.code([0: a, 4: b, 8: b, 3: 1]))
            donors.append(LinearFaces.code([0: -a, 4: -b, 8: -b, 3: 1]))
        }
        return try LayerAnalysis(of: faces, bases: bases, donors: donors, sets: .ranges(and: [[0, 2]]))
    }

    @Test("The effect of a layer is its share of what all layers do")
    func effects() throws {
        let analysis = try analysis()
        #expect(analysis.pairs == [40, 40, 0])
        #expect(analysis.sets.count == 7)
        let found = try [[0], [1], [0, 1, 2]].map { try #require(analysis.effect(on: "a", of: $0)) }
        for (effect, wanted) in zip(found, [1.0, 0, 1]) { #expect(abs(effect - wanted) < 1e-6) }
        // One of two equal layers leaves the judge in the middle.
        #expect(try abs(#require(analysis.effect(on: "b", of: [1])) - 0.5) < 1e-6)
        #expect(try abs(#require(analysis.effect(on: "b", of: [0, 2])) - 0.5) < 1e-6)
        #expect(analysis.effect(on: "c", of: [0]) == nil)
        #expect(analysis.effect(on: "unknown", of: [0]) == nil)
    }

    @Test("The proposed layers are the fewest that carry the effect; what was not measured stays")
    func policy() throws {
        let analysis = try analysis()
        #expect(analysis.smallest(for: "a")?.layers == [0])
        #expect(analysis.smallest(for: "b")?.layers == [1, 2])
        #expect(analysis.smallest(for: "b", share: 0.4)?.layers.count == 1)
        #expect(analysis.smallest(for: "c") == nil)
        let policy = LayerPolicy(
            attributes: ["a", "b", "c", "d"].map {
                AttributePolicy(attribute: $0, positive: ["\($0)x"], layers: [0, 1, 2], subspace: "s")
            })
        let proposed = analysis.calibrated(policy)
        #expect(proposed.attributes.map(\.layers) == [[0], [1, 2], [0, 1, 2], [0, 1, 2]])
        #expect(proposed.attributes.map(\.positive) == policy.attributes.map(\.positive))
        #expect(proposed.attributes.allSatisfy { $0.subspace == "s" })
        #expect(analysis.calibrated(policy, fewestPairs: 41) == policy)
    }

    @Test("The picture has a cell for each layer and attribute, and frames what is proposed")
    func picture() throws {
        let policy = LayerPolicy(
            attributes: ["a", "b", "d"].map { AttributePolicy(attribute: $0, positive: ["\($0)x"], layers: [0, 1, 2]) })
        let analysis = try analysis()
        let map = LayerHeatMap(
            analysis, proposed: analysis.calibrated(policy), title: "faces", subtitle: "", sides: [4, 4, 8])
        // Without words cells begin at a known place.
        let image = try map.draw(font: nil)
        let frame = image[36, 112]
        #expect(frame.red > 180 && frame.blue < 80)
        // `a` is framed on layer 0 alone, `b` on layers 1 and 2; `d` was not measured and has no row.
        func isFramed(layer: Int, row: Int) -> Bool { image[36 + layer * 46 + 20, 112 + row * 22] == frame }
        #expect((0..<3).map { isFramed(layer: $0, row: 0) } == [true, false, false])
        #expect((0..<3).map { isFramed(layer: $0, row: 1) } == [false, true, true])
        #expect(image.height == 112 + 2 * 22 + 24)
        // The darker, the more it does.
        #expect(image[36 + 20, 112 + 10].red < image[36 + 46 + 20, 112 + 10].red)
        #expect(try map.draw().width >= image.width)
    }

    @Test("Without pairs there is nothing to measure")
    func refusal() throws {
        let faces = try LinearFaces.judged(["a": LinearFaces.row([0: 1])])
        #expect(throws: TediGANError.self) { try LayerAnalysis(of: faces, bases: [], donors: []) }
        #expect(throws: TediGANError.self) {
            try LayerAnalysis(of: faces, bases: [LinearFaces.code([:])], donors: [])
        }
    }
}
