import Evaluation
import Images
import TediGAN
import Torch

extension Studio {
    /// Layers by the size they draw at: what StyleGAN's paper calls coarse, middle and fine.
    var layerGroups: [(name: String, layers: Range<Int>)] {
        let count = generator.layers
        let (coarse, middle) = (min(4, count - 2), min(6, count - 1))
        return [("coarse", 0..<coarse), ("middle", coarse..<middle), ("fine", middle..<count)]
    }

    /// Style mixing: some layers' AdaIN reads the code of another face.
    func styleMixing() throws -> Exhibit {
        let faces = try codes(7, purpose: 3)
        let (source, targets) = (faces[0], Array(faces.dropFirst()))
        var rows = [Exhibit.Row("first the face that styles come from; then six others", try draw(faces))]
        var numbers: [String: JSONValue] = [:]
        let bases = try codes(100, purpose: 4)
        let donors = try codes(100, purpose: 5)
        let before = try judged.logits(of: bases)
        let wanted = try judged.logits(of: donors)
        let pictures = try draw(bases)
        for (name, layers) in layerGroups {
            let mixed = targets.map { Self.mixed($0, source, layers) }
            let sizes =
                "\(generator.configuration.resolution(ofLayer: layers.lowerBound)) to "
                + "\(generator.configuration.resolution(ofLayer: layers.upperBound - 1)) pixels"
            rows.append(
                Exhibit.Row(
                    "\(name) layers (\(layers.lowerBound) to \(layers.upperBound - 1), \(sizes)) of the first",
                    try draw([source] + mixed)))
            let all = zip(bases, donors).map { Self.mixed($0, $1, layers) }
            var (taken, differing) = (0, 0)
            for (was, (goal, now)) in zip(before, zip(wanted, try judged.logits(of: all))) {
                for attribute in was.indices where (was[attribute] > 0) != (goal[attribute] > 0) {
                    differing += 1
                    if (now[attribute] > 0) == (goal[attribute] > 0) { taken += 1 }
                }
            }
            numbers[name] = .object([
                "layers": .array(layers.map { .integer(Int64($0)) }),
                "pixelChange": .rounded(zip(pictures, try draw(all)).map(Self.difference).average),
                "attributesTakenOver": .rounded(Double(taken) / Double(max(1, differing))),
            ])
        }
        return try Exhibit("adain", rows: rows, numbers: numbers)
    }

    private static func mixed(_ target: LatentCode, _ source: LatentCode, _ layers: Range<Int>) -> LatentCode {
        var code = target
        for layer in layers { code[layer: layer] = source[layer: layer] }
        return code
    }

    /// The same codes with the stored noise, with none, with other noise, and where that makes a difference.
    func noise() throws -> Exhibit {
        let faces = try codes(3, purpose: 6)
        let draws = 16
        var (rows, changes) = ([Exhibit.Row](), [Double]())
        let gain = 8.0
        for (index, face) in faces.enumerated() {
            let code = try Tensor(codes: [face])
            let none = try (0..<generator.layers).map { layer throws(TorchError) in
                let side = generator.configuration.resolution(ofLayer: layer)
                return try Tensor.zeros([1, 1, side, side])
            }
            let keys = (0..<draws).map { SampleKey(seed: seed, sample: UInt64($0)) }
            let others = try withInferenceMode {
                try generator.synthesize(
                    code.repeated([draws, 1, 1]), noise: .maps(NoiseMaps.random(keys, generator.configuration)))
            }
            let plain = try withInferenceMode { try generator.synthesize(code, noise: .maps(none)) }
            let spread = try others.std([0], keepDims: true)
            changes.append(try (others.narrow(0, start: 0, length: 1) - plain).abs().mean().item() * 127.5)
            rows.append(
                Exhibit.Row(
                    index < 2 ? "" : "stored noise, none, two other draws, \(Int(gain)) times the deviation over draws",
                    try draw([face]) + Self.images(of: plain) + Self.images(of: others).prefix(2)
                        + Self.images(of: spread * gain * 2 - 1)))
        }
        let scale = try draw(codes(40, purpose: 2))
        return try Exhibit(
            "noise", rows: rows,
            numbers: [
                "pixelChangeByNoise": .rounded(changes.average),
                "pixelDifferenceOfTwoFaces": .rounded(zip(scale, scale.dropFirst()).map(Self.difference).average),
                "gainOfDeviation": .number(gain), "draws": .integer(Int64(draws)),
            ])
    }
}
