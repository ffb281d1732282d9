import Evaluation
import Images
import TediGAN

extension Studio {
    /// Single attributes moved along their directions, from absent to present.
    func edits() throws -> Exhibit {
        let measured = try MeasuredDirections(of: judged, codes: codes(4_000, purpose: 20))
        let directions = try measured.directions(.orthogonalized)
        let strengths = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1.0]
        var faces = try codes(60, purpose: 21)
        let asked = ["Smiling", "Eyeglasses", "Long_Hair", "Blond_Hair"]
        var (rows, numbers) = ([Exhibit.Row](), [String: JSONValue]())
        for attribute in asked {
            guard let column = judged.attributes.firstIndex(of: attribute),
                let place = try judged.logits(of: faces).firstIndex(where: { $0[column] < -2 })
            else { continue }
            // The next attribute is shown on a face of its own.
            let face = faces.remove(at: place)
            let edited = try strengths.map { try directions.edited(face, attribute, strength: $0) }
            rows.append(Exhibit.Row("\(attribute), -1 to 1", try draw(edited)))
            numbers[attribute] = .list(try judged.probabilities(of: edited).map { $0[column] })
        }
        return try Exhibit(
            "edits", rows: rows, numbers: ["strengths": .list(strengths), "judgedProbability": .object(numbers)])
    }

    /// How much each layer alone does to each attribute.
    func layerEffects() throws -> Exhibit {
        let analysis = try LayerAnalysis(
            of: judged, bases: codes(200, purpose: 30), donors: codes(200, purpose: 31),
            sets: .single)
        var (rows, numbers) = ([Exhibit.Row](), [String: JSONValue]())
        for attribute in analysis.attributes {
            let effects = (0..<analysis.layers).map { analysis.effect(on: attribute, of: [$0]) ?? 0 }
            rows.append(Exhibit.Row(attribute, effects.map { Self.tile($0 / 0.6, side: 20, height: 20) }))
            numbers[attribute] = .list(effects)
        }
        return try Exhibit("layers", rows: rows, numbers: ["effectOfOneLayer": .object(numbers)], cell: 20, columns: 4)
    }
}
