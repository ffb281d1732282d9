import Evaluation
import Foundation
import TediGAN
import Torch

extension Studio {
    /// From one face to another: straight through z, and straight through w.
    func mapping() throws -> Exhibit {
        let (pairs, steps) = (40, 9)
        let noise = (0..<2 * pairs).map {
            SampleKey(seed: seed &* 1_000 &+ 1, sample: UInt64($0)).latent(generator.configuration.zDimension)
        }
        var figures: [Bool: (largest: [Double], foreign: [Double])] = [true: ([], []), false: ([], [])]
        var shown: [Bool: [LatentCode]] = [:]
        for pair in 0..<pairs {
            let ends = (noise[2 * pair], noise[2 * pair + 1])
            let throughZ = try codes(of: Self.path(from: ends.0, to: ends.1, steps: steps))
            let throughW = throughZ[0].path(to: throughZ[steps - 1], count: steps)
            for (isW, codes) in [(false, throughZ), (true, throughW)] {
                if pair == 3 { shown[isW] = codes }
                let pictures = try draw(codes)
                let changes = zip(pictures, pictures.dropFirst()).map(Self.difference)
                figures[isW]?.largest.append((changes.max() ?? 0) / max(changes.reduce(0, +), 1e-9))
                let seen = try judged.logits(of: codes).map { $0.map { $0 > 0 } }
                let foreign = judged.attributes.indices.count { attribute in
                    !seen[0][attribute] && !seen[steps - 1][attribute] && seen.contains { $0[attribute] }
                }
                figures[isW]?.foreign.append(Double(foreign))
            }
        }
        return try Exhibit(
            "mapping",
            rows: [
                Exhibit.Row("straight through z", draw(shown[false] ?? [])),
                Exhibit.Row("straight through w", draw(shown[true] ?? [])),
            ],
            numbers: [
                "pairs": .integer(Int64(pairs)), "steps": .integer(Int64(steps - 1)),
                "largestStepShareInZ": .rounded(figures[false]?.largest.average ?? .nan),
                "largestStepShareInW": .rounded(figures[true]?.largest.average ?? .nan),
                "attributesOfNeitherEndInZ": .rounded(figures[false]?.foreign.average ?? .nan),
                "attributesOfNeitherEndInW": .rounded(figures[true]?.foreign.average ?? .nan),
            ])
    }

    /// Pulled towards the mean code, and beyond.
    func truncation() throws -> Exhibit {
        let strengths = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5]
        var (rows, spread, attributes) = ([Exhibit.Row](), [Double](), [Double]())
        var columns: [[LatentCode]] = []
        for psi in strengths {
            let codes = try codes(60, purpose: 2, psi: psi)
            columns.append(Array(codes.prefix(3)))
            let pictures = try draw(codes)
            spread.append(zip(pictures, pictures.dropFirst()).map(Self.difference).average)
            attributes.append(try judged.logits(of: codes).map { Double($0.count { $0 > 0 }) }.average)
        }
        for face in 0..<3 {
            let caption = face < 2 ? "" : "ψ = 0, ¼, ½, ¾, 1, 1¼, 1½ on the coarse layers"
            rows.append(Exhibit.Row(caption, try draw(columns.map { $0[face] })))
        }
        return try Exhibit(
            "truncation", rows: rows,
            numbers: [
                "psi": .list(strengths), "pixelDifferenceOfTwoFaces": .list(spread),
                "attributesSeenPerFace": .list(attributes),
            ])
    }

    private func codes(of latents: [[Float]]) throws -> [LatentCode] {
        try withInferenceMode {
            let z = try Tensor(latents.flatMap(\.self), shape: [latents.count, generator.configuration.zDimension])
            return try generator.map(z, psi: 1).latentCodes()
        }
    }

    /// Along an arc: the straight line between two normal vectors passes through lengths that noise never has.
    private static func path(from first: [Float], to last: [Float], steps: Int) -> [[Float]] {
        (0..<steps).map { step in
            let angle = Float(step) / Float(steps - 1) * .pi / 2
            return zip(first, last).map { $0 * cosf(angle) + $1 * sinf(angle) }
        }
    }
}
