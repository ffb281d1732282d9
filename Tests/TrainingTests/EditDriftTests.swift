import Evaluation
import TediGAN
import Testing

@Suite("Drift of edits")
struct EditDriftTests {
    /// Each attribute is a threshold on an axis of its own, and the axes go together: a label tells less of its axis
    /// than the other attribute's code does, so that holding the label does not hold the axis.
    private let faces: JudgedGenerator
    private let codes: [LatentCode]

    init() throws {
        faces = try LinearFaces.judged(["a": LinearFaces.row([0: 8]), "b": LinearFaces.row([5: 8, 11: -8])])
        codes = (0..<2_000).map { index in
            let normal = SampleKey(seed: 3, sample: UInt64(index)).latent(3)
            return LinearFaces.code([0: normal[0], 5: 0.35 * normal[0] + 0.94 * normal[1], 9: normal[2], 11: 0.8])
        }
    }

    @Test("Success and drift are those that the hand finds")
    func byHand() throws {
        let directions = try EditDirections(
            attributes: ["a", "b"], layers: 3, width: 4,
            directions: [LinearFaces.row([0: 3]).map(Double.init), LinearFaces.row([5: 1]).map(Double.init)])
        let code = LinearFaces.code([0: -1, 5: 0.5])
        let drift = try EditDrift(of: directions, strength: 1, faces: faces, codes: [code])
        // `a` from -8 to 16. `b` is there, at 4, so it is moved away from, to -4.
        #expect(drift.rows.map(\.success) == [1, 1])
        #expect(drift.rows.map(\.flips) == [0, 0])
        #expect(drift.rows.map(\.drift) == [0, 0])
        let entangled = try EditDrift(
            of: EditDirections(
                attributes: ["a"], layers: 3, width: 4, directions: [LinearFaces.row([0: 3, 5: -1]).map(Double.init)]),
            strength: 1, faces: faces, codes: [code])
        // `b` falls from 4 to -4.
        #expect(entangled.rows.map(\.flips) == [1])
        #expect(abs(entangled.drift - (0.982_014 - 0.017_986)) < 1e-5)
        let related = try EditDrift(of: directions, strength: 1, faces: faces, codes: [code]) { _, _ in true }
        #expect(related.drift == 0)
    }

    @Test("Regression drifts less than differences, and orthogonalised directions less than regression")
    func order() throws {
        let measured = try MeasuredDirections(of: faces, codes: codes)
        let drifts = try MeasuredDirections.Kind.allCases.map { kind in
            try EditDrift(of: measured.directions(kind), strength: 1, faces: faces, codes: Array(codes.prefix(200)))
        }
        #expect(drifts.allSatisfy { $0.success > 0.75 })
        #expect(drifts[1].drift < drifts[0].drift * 0.8)
        #expect(drifts[2].drift < drifts[1].drift / 2)
        #expect(drifts[2].success > drifts[1].success - 0.1)
    }

    @Test("Attributes that share a feature of the renderer are related")
    func related() {
        #expect(RelatedAttributes.share(features: "Blond_Hair", "Black_Hair"))
        #expect(!RelatedAttributes.share(features: "Blond_Hair", "Eyeglasses"))
        #expect(!RelatedAttributes.share(features: "no such thing", "Eyeglasses"))
    }
}
