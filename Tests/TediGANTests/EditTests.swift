import TediGAN
import Testing
import Torch

@Suite("Edits of codes")
struct EditTests {
    /// Faces of two attributes that mostly go together; each moves the code along an axis of its own.
    private func faces() -> (codes: [LatentCode], labels: [[Bool]]) {
        var codes: [LatentCode] = []
        var labels: [[Bool]] = []
        for index in 0..<200 {
            let first = index % 2 == 0
            let second = index % 10 == 0 ? !first : first
            var code = LatentCode(layers: 2, width: 3, values: [0, 0, 0, 0, 0, 0])
            code.values[0] = first ? 1 : -1
            code.values[1] = second ? 2 : -2
            // The axes are not at right angles, and there is something else.
            code.values[1] += first ? 0.5 : -0.5
            code.values[5] = Float(index % 7)
            codes.append(code)
            labels.append([first, second])
        }
        return (codes, labels)
    }

    @Test("Directions hold the other attributes still, where mean differences would not")
    func regression() throws {
        let (codes, labels) = faces()
        let directions = try EditDirections(of: codes, labels: labels, attributes: ["a", "b"], ridge: 1e-9)
        let expected = [[2.0, 1, 0, 0, 0, 0], [0, 4, 0, 0, 0, 0]]
        for (found, wanted) in zip(directions.directions, expected) {
            for place in 0..<5 { #expect(abs(found[place] - wanted[place]) < 1e-5) }
        }
        // The mean difference of `a` moves by 4 · 0.8 along the second axis besides.
        let with = zip(codes, labels).filter { $0.1[0] }.map(\.0.values[1])
        let without = zip(codes, labels).filter { !$0.1[0] }.map(\.0.values[1])
        let naive = with.reduce(0, +) / Float(with.count) - without.reduce(0, +) / Float(without.count)
        #expect(naive > 4)
    }

    @Test("Plain differences take along what goes with an attribute")
    func difference() throws {
        let (codes, labels) = faces()
        let plain = try EditDirections(
            of: codes, labels: labels, attributes: ["a", "b"], method: .difference, ridge: 1e-9)
        // 1 of its own, and 4 · 0.8 of `b`.
        #expect(abs(plain.directions[0][1] - 4.2) < 1e-5)
    }

    @Test("Orthogonalised directions leave the readings of the others, and keep their own effect")
    func orthogonality() throws {
        let (codes, labels) = faces()
        let scores = labels.map { row in row.map { $0 ? 1.0 : 0 } }
        let readouts = try AttributeReadouts(of: codes, scores: scores, attributes: ["a", "b"], ridge: 1e-6)
        // `a` is read from its own axis; `b` from the second one less what `a` puts there, at half the scale.
        #expect(abs(readouts.weights[0][0] - 0.5) < 1e-3 && abs(readouts.weights[0][1]) < 1e-3)
        #expect(abs(readouts.weights[1][1] - 0.25) < 1e-3 && abs(readouts.weights[1][0] + 0.125) < 1e-3)

        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let plain = try EditDirections(of: codes, labels: labels, attributes: ["a", "b"], method: .difference)
        #expect(dot(plain.directions[0], readouts.weights[1]) > 0.5)
        let apart = try plain.orthogonalized(against: readouts, largestStretch: 10)
        for (index, other) in [(0, 1), (1, 0)] {
            #expect(abs(dot(apart.directions[index], readouts.weights[other])) < 0.05)
            let effect = dot(plain.directions[index], readouts.weights[index])
            #expect(abs(dot(apart.directions[index], readouts.weights[index]) - effect) < 1e-6)
        }
    }

    @Test("Directions that share an axis by right keep it")
    func sharedAxis() throws {
        // Two colours of hair on one axis, which no face has both of: one cannot come while the other is held.
        var (codes, scores) = ([LatentCode](), [[Double]]())
        for index in 0..<90 {
            let colour = Float(index % 3 - 1)
            codes.append(LatentCode(layers: 1, width: 2, values: [colour, Float(index % 5)]))
            scores.append([colour > 0 ? 1 : 0, colour < 0 ? 1 : 0])
        }
        let plain = try EditDirections(of: codes, scores: scores, attributes: ["dark", "fair"], method: .difference)
        let readouts = try AttributeReadouts(of: codes, scores: scores, attributes: ["dark", "fair"])
        #expect(try plain.orthogonalized(against: readouts) == plain)
    }

    @Test("Directions come back from their numbers, and others' readouts are refused")
    func values() throws {
        let (codes, labels) = faces()
        let found = try EditDirections(of: codes, labels: labels, attributes: ["a", "b"])
        let again = try EditDirections(attributes: ["a", "b"], layers: 2, width: 3, directions: found.directions)
        #expect(again == found)
        #expect(throws: TediGANError.self) {
            try EditDirections(attributes: ["a"], layers: 2, width: 3, directions: found.directions)
        }
        #expect(throws: TediGANError.self) {
            try EditDirections(attributes: ["a", "b"], layers: 2, width: 2, directions: found.directions)
        }
        let foreign = try AttributeReadouts(of: codes, scores: labels.map { [$0[0] ? 1 : 0] }, attributes: ["a"])
        #expect(throws: TediGANError.self) { try found.orthogonalized(against: foreign) }
        #expect(throws: TediGANError.self) {
            try AttributeReadouts(of: codes, scores: [], attributes: ["a"])
        }
    }

    @Test("An edit is continuous in its strength and keeps to its layers")
    func strength() throws {
        let (codes, labels) = faces()
        let directions = try EditDirections(of: codes, labels: labels, attributes: ["a", "b"])
        let code = codes[1]
        #expect(try directions.edited(code, "a", strength: 0) == code)
        let half = try directions.edited(code, "a", strength: 0.5)
        let full = try directions.edited(code, "a", strength: 1)
        #expect(abs(half.values[0] - (code.values[0] + full.values[0]) / 2) < 1e-6)
        #expect(try directions.edited(code, "a", strength: 1, layers: [1]).values[0] == code.values[0])
        #expect(throws: TediGANError.self) { try directions.edited(code, "c", strength: 1) }
        #expect(throws: TediGANError.self) { try directions.edited(code, "a", strength: .nan) }
    }

    @Test("What cannot be measured is refused")
    func refusals() {
        let (codes, labels) = faces()
        #expect(throws: TediGANError.self) { try EditDirections(of: [], labels: [], attributes: ["a"]) }
        #expect(throws: TediGANError.self) {
            try EditDirections(of: codes, labels: labels.map { _ in [true, true] }, attributes: ["a", "b"])
        }
        #expect(throws: TediGANError.self) {
            try EditDirections(of: codes, labels: labels.map { [$0[0]] }, attributes: ["a", "b"])
        }
    }

    @Test("A path begins at one code, ends at the other, and is even")
    func path() {
        let a = LatentCode(layers: 1, width: 2, values: [0, 4])
        let b = LatentCode(layers: 1, width: 2, values: [3, 1])
        #expect(a.path(to: b, count: 4).map(\.values) == [[0, 4], [1, 3], [2, 2], [3, 1]])
        #expect(a.path(to: b, count: 0).count == 2)
        #expect(a.interpolated(to: b, by: 2).values == [6, -2])
    }

    @Test("An edit of strength 0 changes nothing, of strength 1 mixes; variants share what is claimed")
    func control() throws {
        let mechanism = ControlMechanism(policy: SmallModel.policy, subspaces: [:], layers: 6, width: 2)
        let claims: [ControlMechanism.Claim] = [.whole, .none, .none, .whole, .none, .none]
        let base = LatentCode(layers: 6, width: 2, values: [Float](repeating: 0, count: 12))
        let source = LatentCode(layers: 6, width: 2, values: [Float](repeating: 1, count: 12))
        #expect(mechanism.edit(base, towards: source, claims: claims, strength: 0) == base)
        #expect(
            mechanism.edit(base, towards: source, claims: claims, strength: 1)
                == mechanism.mix(base, with: source, claims: claims))
        #expect(mechanism.edit(base, towards: source, claims: claims, strength: 0.5)[layer: 3] == [0.5, 0.5])
        let variants = mechanism.variants(of: source, claims: claims, styles: [base, base])
        #expect(variants.count == 2 && variants[0][layer: 0] == [1, 1] && variants[0][layer: 1] == [0, 0])
    }

    @Test("Semantic diffusion pastes the part and counts it alone")
    func diffusion() throws {
        let (target, context) = (try Tensor.ones([1, 3, 8, 8]), try Tensor.zeros([1, 3, 8, 8]))
        let paste = try SemanticDiffusion(pasting: target, into: context, rows: 2..<5, columns: 1..<3)
        #expect(try paste.mask.sum().item() == 6)
        #expect(try paste.image.sum().item() == 18)
        #expect(try paste.image.select(2, index: 2).select(2, index: 1).floats() == [1, 1, 1])
        #expect(throws: TorchError.self) {
            try SemanticDiffusion(pasting: target, into: context, rows: 2..<9, columns: 1..<3)
        }
        #expect(throws: TorchError.self) {
            try SemanticDiffusion(pasting: target, into: context, rows: 2..<2, columns: 1..<3)
        }
    }
}
