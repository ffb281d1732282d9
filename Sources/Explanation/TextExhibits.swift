import Captions
import Evaluation
import FaceData
import Images
import TediGAN
import Torch
import Training

extension Studio {
    /// A caption's code, and what it claims of a code.
    func read(_ caption: String) throws -> (code: LatentCode, claims: [ControlMechanism.Claim]) {
        let (ids, named) = try captions.read(caption)
        let code = try withInferenceMode { try textEncoder([ids]).latentCodes() }
        return (code[0], control.claims(of: named))
    }

    /// Captions against photos: distances of their codes.
    func similarity() throws -> Exhibit {
        let (shown, all) = (6, 100)
        let grammar = CaptionGrammar(seed: seed &+ 9)
        let captions = (0..<all).map { grammar.caption(of: photos.faces[$0], face: $0, number: 3).text }
        let pictures = try withInferenceMode { try encoder(photos.pictures(Array(0..<all))) }.latentCodes()
        var (whole, named) = ([[Double]](), [[Double]]())
        for caption in captions {
            let (text, claims) = try read(caption)
            let stacked = try Tensor(codes: pictures)
            whole.append(try VisualLinguisticSimilarity.distance(Tensor(codes: [text]), stacked).doubles())
            // Where text and picture agree in what is named, mixing the one into the other changes nothing.
            let mixed = try Tensor(codes: pictures.map { control.mix($0, with: text, claims: claims) })
            named.append(try VisualLinguisticSimilarity.distance(mixed, stacked).doubles())
        }
        let faces = try Self.images(of: photos.pictures(Array(0..<shown)))
        var rows = [Exhibit.Row("photos", faces)]
        for (index, caption) in captions.prefix(shown).enumerated() {
            rows.append(Exhibit.Row(caption, Self.strip(named[index].prefix(shown).map(\.self))))
        }
        let found = { (matrix: [[Double]]) in
            matrix.enumerated().map { row, distances in
                Double(distances.count { $0 < distances[row] })
            }
        }
        let (byWhole, byNamed) = (found(whole), found(named))
        return try Exhibit(
            "similarity", rows: rows,
            numbers: [
                "captions": .array(captions.prefix(shown).map(JSONValue.string)),
                "distances": .array(whole.prefix(shown).map { .list(Array($0.prefix(shown))) }),
                "distancesInWhatIsNamed": .array(named.prefix(shown).map { .list(Array($0.prefix(shown))) }),
                "photos": .integer(Int64(all)),
                "photosNearerThanTheOwn": .rounded(byWhole.average),
                "photosNearerThanTheOwnInWhatIsNamed": .rounded(byNamed.average),
                "shareWithAtMostFourNearer": .rounded(Double(byWhole.count { $0 < 5 }) / Double(all)),
                "shareWithAtMostFourNearerInWhatIsNamed": .rounded(Double(byNamed.count { $0 < 5 }) / Double(all)),
            ])
    }

    /// One caption, many styles: what is named comes from the text, all else from noise.
    func controlledVariants() throws -> Exhibit {
        let captions = [
            "she has long red hair and wears eyeglasses", "a bald man with a beard", "a young woman with a hat",
        ]
        var (rows, numbers) = ([Exhibit.Row](), [JSONValue]())
        for (index, caption) in captions.enumerated() {
            let (text, claims) = try read(caption)
            let styles = try codes(60, purpose: 10 &+ UInt64(index), psi: pack.manifest.truncation)
            let variants = control.variants(of: text, claims: claims, styles: styles)
            rows.append(Exhibit.Row("styles from noise", try draw(Array(styles.prefix(8)))))
            rows.append(Exhibit.Row("\u{201C}\(caption)\u{201D} in each", try draw(Array(variants.prefix(8)))))
            let wanted = control.policy.named(in: caption)
            let (before, after) = (try judged.logits(of: styles), try judged.logits(of: variants))
            numbers.append(
                .object([
                    "caption": .string(caption),
                    "namedSeenInStyles": .rounded(confirmed(wanted, before)),
                    "namedSeenInVariants": .rounded(confirmed(wanted, after)),
                    "othersKept": .rounded(kept(before, after, but: wanted)),
                ]))
        }
        return try Exhibit("control", rows: rows, numbers: ["captions": .array(numbers)])
    }

    private func confirmed(_ wanted: [NamedAttribute], _ logits: [[Double]]) -> Double {
        logits.map { row in
            wanted.map { named in
                judged.attributes.firstIndex(of: named.attribute).map { (row[$0] > 0) == named.isPresent ? 1 : 0 } ?? 0
            }.average
        }.average
    }

    private func kept(_ before: [[Double]], _ after: [[Double]], but named: [NamedAttribute]) -> Double {
        let others = judged.attributes.indices.filter { index in
            !named.contains { RelatedAttributes.share(features: $0.attribute, judged.attributes[index]) }
        }
        return zip(before, after).map { was, now in
            others.map { (was[$0] > 0) == (now[$0] > 0) ? 1 : 0 }.average
        }.average
    }
}
