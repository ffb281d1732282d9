import Perception
import Torch

/// Measures faces that were made: how well they show their caption, whose they are, what else changed, and how unlike a
/// face they look.
///
/// What the pack has networks for is measured by these; where it lacks one, by its encoder, which every pack that edits
/// photos has. A figure that nothing measures is left out.
final class FaceMeasures {
    /// A face that was made, with what it was made of.
    typealias Made = (request: FaceRequest, plan: FaceSynthesis.Plan, face: MadeFace)

    /// A judge, and what it tells.
    struct Judge {
        let network: AttributeClassifier
        let names: [String]
        let places: [String: Int]
    }

    let judge: Judge?
    let device: Device
    let side: Int
    let rows: Int
    let control: ControlMechanism
    let generator: PackGenerator
    let encoder: PictureEncoder?
    let mean: [Float]
    let truncation: Double
    private let segmenter: (network: FaceSegmenter, names: [String])?
    private let identity: FaceIdentity?
    private let discriminator: ((Tensor) throws(TorchError) -> Tensor)?
    private let clip: CaptionedCLIP?
    private var captionFeatures: [String: Tensor] = [:]
    /// Pairs of attributes that lie in one part of a code.
    private var knownRelations: [[String]: Bool] = [:]
    /// What faces of noise leave unexplained, ascending.
    private var habit: Double?

    init(_ faces: FaceSynthesis) throws(TediGANError) {
        let pack = faces.pack
        (device, side, rows) = (faces.device, faces.manifest.resolution, faces.rows)
        (control, generator, truncation) = (faces.control, faces.generator, faces.manifest.truncation)
        encoder = pack.has(.photo) ? try faces.encoder(.photo) : nil
        if pack.has(.attributes) {
            let (network, names) = try pack.attributeClassifier(device: device)
            judge = Judge(
                network: network, names: names,
                places: Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first }))
        } else {
            judge = nil
        }
        segmenter = pack.has(.regions) ? try pack.faceSegmenter(device: device) : nil
        identity = pack.has(.identity) ? try pack.faceIdentity(device: device) : nil
        clip = pack.readsCaptionsByCLIP ? try CaptionedCLIP(pack: pack, device: device) : nil
        discriminator = pack.has(.discriminator) ? try pack.discriminate(device: device) : nil
        let code = faces.generator.mean
        mean = try computing { () throws(TorchError) in try code.floats() }
    }

    /// Runs a network over pictures [1, 3, R, R], in passes of the usual size, to a row of numbers for each.
    func run(
        _ pictures: [Tensor], _ network: (Tensor) throws(TorchError) -> Tensor
    ) throws(TorchError) -> [[Double]] {
        try withInferenceMode { () throws(TorchError) in
            var made: [[Double]] = []
            for pass in FixedPasses(pictures, rows: rows) {
                let numbers = try network(Tensor.cat(pass.items)).flattened(from: 1)
                let (values, width) = (try numbers.doubles(), numbers.shape[1])
                for row in 0..<pass.count { made.append(Array(values[row * width..<(row + 1) * width])) }
            }
            return made
        }
    }

    /// Pictures as a network of another size sees them.
    static func sized(_ pictures: Tensor, to size: Int) throws(TorchError) -> Tensor {
        guard pictures.shape[2] != size || pictures.shape[3] != size else { return pictures }
        return pictures.shape[2] > size
            ? try pictures.adaptiveAveragePool2d(size, size) : try pictures.upsampleBilinear(height: size, width: size)
    }

    /// Pixels as the networks see them, [1, 3, R, R].
    func tensor(_ pixels: [UInt8]) throws(TorchError) -> Tensor {
        try Tensor.images(bytes: pixels, count: 1, height: side, width: side, device: device)
    }
}

// MARK: Similarity

extension FaceMeasures {
    /// Reads captions that faces are to be chosen by.
    func prepare(_ captions: [String]) throws(TediGANError) {
        guard let clip else { return }
        if captionFeatures.count > 1_024 { captionFeatures.removeAll(keepingCapacity: true) }
        for caption in captions where captionFeatures[caption] == nil && !caption.isEmpty {
            captionFeatures[caption] = try clip.features(of: caption)
        }
    }

    /// How well the pictures [N, 3, R, R] of a pass fit their captions, to choose the best: by CLIP where the pack has
    /// it, by what it reads of the pictures otherwise.
    func ranks(
        of images: Tensor, for items: [(request: FaceRequest, plan: FaceSynthesis.Plan)]
    ) throws(TorchError) -> [Double] {
        guard let clip else { return try similarities(of: images, for: items.map(\.plan)) }
        let features = try clip.network.imageFeatures(clip.preparation(images)).normalized()
        return try items.enumerated().map { row, item throws(TorchError) in
            guard let caption = captionFeatures[item.request.caption] else { return 0 }
            return try (features.narrow(0, start: row, length: 1) * caption.normalized()).sum().item()
        }
    }

    /// How well the pictures [N, 3, R, R] of a pass show what their captions name, 0...1.
    ///
    /// The mean, over what is named, of how sure the judge is of it; without a judge, half of 1 and the cosine between
    /// the caption's code and the picture's in what the caption claims.
    private func similarities(
        of images: Tensor, for plans: [FaceSynthesis.Plan]
    ) throws(TorchError) -> [Double] {
        if let judge {
            let logits = try judge.network(Self.sized(images, to: judge.network.size)).sigmoid()
            let (values, width) = (try logits.doubles(), judge.names.count)
            return plans.enumerated().map { row, plan in
                similarity(Array(values[row * width..<(row + 1) * width]), plan) ?? 0
            }
        }
        guard let encoder else { return plans.map { _ in 0 } }
        let codes = try LatentCode.codes(encoder.codes(ofImages: images))
        return zip(codes, plans).map { code, plan in
            guard let text = plan.text else { return 0 }
            return (1 + cosine(code, text.code, claims: text.claims)) / 2
        }
    }

    /// The same for what a judge has seen; nil where the caption names nothing that it knows.
    func similarity(_ seen: [Double], _ plan: FaceSynthesis.Plan) -> Double? {
        guard let judge, let text = plan.text else { return nil }
        let shares = text.attributes.compactMap { named in
            judge.places[named.attribute].map { named.isPresent ? seen[$0] : 1 - seen[$0] }
        }
        return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
    }

    /// How well faces that were made show their captions.
    func similarities(of made: [Made]) throws(TediGANError) -> [Double] {
        try computing { () throws(TorchError) in
            try withInferenceMode { () throws(TorchError) in
                var found: [Double] = []
                for pass in FixedPasses(made, rows: rows) {
                    let images = try Tensor.images(
                        bytes: pass.items.flatMap(\.face.pixels), count: pass.items.count, height: side, width: side,
                        device: device)
                    found += try similarities(of: images, for: pass.items.map(\.plan)).prefix(pass.count)
                }
                return found
            }
        }
    }

    /// The cosine of two codes less the mean code, in what is claimed.
    func cosine(_ first: LatentCode, _ second: LatentCode, claims: [ControlMechanism.Claim]) -> Double {
        let (a, b) = (control.coordinates(of: centred(first), claims: claims), second)
        let other = control.coordinates(of: centred(b), claims: claims)
        let (dot, left, right) = zip(a, other).reduce(into: (0.0, 0.0, 0.0)) { sums, pair in
            sums.0 += Double(pair.0) * Double(pair.1)
            sums.1 += Double(pair.0) * Double(pair.0)
            sums.2 += Double(pair.1) * Double(pair.1)
        }
        return left > 0 && right > 0 ? dot / (left * right).squareRoot() : 0
    }

    private func centred(_ code: LatentCode) -> LatentCode {
        var code = code
        for place in code.values.indices { code.values[place] -= mean[place % code.width] }
        return code
    }
}

// MARK: Scores

extension FaceMeasures {
    /// All figures of faces that were made.
    func scores(of made: [Made]) throws(TediGANError) -> [[String: Double]] {
        let photos = try made.map { item throws(TediGANError) in try sourcePhoto(of: item.request) }
        return try computing { () throws(TorchError) in
            try withInferenceMode { () throws(TorchError) in
                var scores = [[String: Double]](repeating: [:], count: made.count)
                let results = try made.map { item throws(TorchError) in try tensor(item.face.pixels) }
                let sources = try self.sources(of: made, photos)
                let compared = sources.indices.filter { sources[$0] != nil }
                let origins = compared.compactMap { sources[$0] }
                if let judge {
                    let see: (Tensor) throws(TorchError) -> Tensor = { images throws(TorchError) in
                        try judge.network(Self.sized(images, to: judge.network.size)).sigmoid()
                    }
                    let after = try run(results, see)
                    for (index, item) in made.enumerated() {
                        scores[index]["similarity"] = similarity(after[index], item.plan)
                    }
                    for (index, before) in zip(compared, try run(origins, see)) {
                        guard measuresDrift(made[index].request) else { continue }
                        scores[index]["drift"] = drift(before, after[index], made[index].plan)
                    }
                } else {
                    for (index, similarity) in zip(made.indices, try self.similaritiesByCode(made, results)) {
                        scores[index]["similarity"] = similarity
                    }
                }
                let embedded = try embeddings(compared.map { results[$0] })
                for ((index, result), source) in zip(zip(compared, embedded), try embeddings(origins)) {
                    scores[index]["identity"] = zip(result, source).reduce(0) { $0 + $1.0 * $1.1 }
                }
                for (index, share) in try misplaced(made, results) { scores[index]["drift"] = share }
                for (index, artefact) in try artefacts(results).enumerated() { scores[index]["artefact"] = artefact }
                return scores
            }
        }
    }

    private func similaritiesByCode(_ made: [Made], _ results: [Tensor]) throws(TorchError) -> [Double?] {
        guard let encoder else { return made.map { _ in nil } }
        let codes = try run(results) { images throws(TorchError) in try encoder.codes(ofImages: images) }
        return zip(codes, made).map { numbers, item in
            guard let text = item.plan.text else { return nil }
            let code = LatentCode(
                layers: text.code.layers, width: text.code.width, values: numbers.map(Float.init))
            return (1 + cosine(code, text.code, claims: text.claims)) / 2
        }
    }

    private func sourcePhoto(of request: FaceRequest) throws(TediGANError) -> Tensor? {
        guard !request.isNew, let picture = request.sources.first?.picture, case .photo(let photo) = picture else {
            return nil
        }
        return try photo.tensor(side: side, device: device)
    }

    /// The picture that each face is compared with: its photo, or what its first code draws.
    private func sources(of made: [Made], _ photos: [Tensor?]) throws(TorchError) -> [Tensor?] {
        var sources = photos
        let drawn = made.indices.filter { photos[$0] == nil && made[$0].plan.base != nil }
        let codes = drawn.compactMap { made[$0].plan.base }
        for pass in FixedPasses(Array(zip(drawn, codes)), rows: rows) {
            let tensor = try Tensor(
                pass.items.flatMap(\.1.values), shape: [pass.items.count, control.layers, control.width],
                device: device)
            let images = try generator.images(of: tensor)
            for (row, item) in pass.items.prefix(pass.count).enumerated() {
                sources[item.0] = try images.narrow(0, start: row, length: 1)
            }
        }
        return sources
    }

    /// Whether what was not asked for should have stayed: a mix changes whatever its layers hold.
    private func measuresDrift(_ request: FaceRequest) -> Bool {
        switch request.task {
        case .manipulate, .invert: true
        case .generate, .mix, .interpolate: false
        }
    }

    /// How far the judge's certainty moved, in the mean over attributes that were not asked for; those that lie in one
    /// part of the code with one that was do not count.
    private func drift(_ before: [Double], _ after: [Double], _ plan: FaceSynthesis.Plan) -> Double? {
        guard let judge else { return nil }
        let asked = (plan.text?.attributes ?? []).map(\.attribute)
        let others = judge.names.indices.filter { place in
            !asked.contains { isRelated($0, judge.names[place]) }
        }
        guard !others.isEmpty else { return nil }
        return others.reduce(0) { $0 + abs(after[$1] - before[$1]) } / Double(others.count)
    }

    /// Whether two attributes cannot be changed one without the other, by where the policy finds them.
    private func isRelated(_ first: String, _ second: String) -> Bool {
        guard first != second else { return true }
        let key = [first, second].sorted()
        if let known = knownRelations[key] { return known }
        let related = control.shareParts(first, second)
        knownRelations[key] = related
        return related
    }

    /// Directions of length 1, by which faces are told apart: of the identity network, or else the codes that the encoder
    /// reads, less the mean code.
    private func embeddings(_ pictures: [Tensor]) throws(TorchError) -> [[Double]] {
        if let identity {
            return try run(pictures) { images throws(TorchError) in try identity(identity.crop(images)) }
        }
        guard let encoder else { return [] }
        let mean = try Tensor(self.mean, shape: [1, 1, self.mean.count], device: device)
        return try run(pictures) { images throws(TorchError) in
            try (encoder.codes(ofImages: images) - mean).flattened(from: 1).normalized(1)
        }
    }

    /// Of faces with a label map, the share of pixels that show another region than the map says.
    private func misplaced(_ made: [Made], _ results: [Tensor]) throws(TorchError) -> [(Int, Double)] {
        guard let segmenter else { return [] }
        let size = segmenter.network.size
        var maps: [(index: Int, wanted: [Int?])] = []
        for (index, item) in made.enumerated() {
            guard case .generate(.labels(let map)) = item.request.task,
                let small = try? map.resized(width: size, height: size)
            else { continue }
            let table = FaceRegion.allCases.map { segmenter.names.firstIndex(of: $0.segmentedName) }
            maps.append((index, small.ids.map { table[Int($0)] }))
        }
        let seen = try run(maps.map { results[$0.index] }) { images throws(TorchError) in
            try segmenter.network(Self.sized(images, to: size)).argmax(1)
        }
        return zip(maps, seen).map { map, regions in
            let known = zip(map.wanted, regions).compactMap { pair in pair.0.map { (Double($0), pair.1) } }
            let wrong = known.count { $0.0 != $0.1 }
            return (map.index, Double(wrong) / Double(max(1, known.count)))
        }
    }
}

// MARK: Artefacts

extension FaceMeasures {
    /// How unlike a face each picture looks, 0...1: by the discriminator where the pack has one; otherwise by what is
    /// lost when it is encoded and drawn again, beyond what is lost of faces that the generator draws of noise.
    private func artefacts(_ pictures: [Tensor]) throws(TorchError) -> [Double] {
        if let discriminator {
            // One by one: the deviation over the batch is one of the things that a discriminator looks at.
            return try pictures.map { picture throws(TorchError) in
                try discriminator(picture).negated().sigmoid().item()
            }
        }
        guard let encoder else { return [] }
        let usual = try usualLoss(encoder)
        return try losses(pictures, encoder).map { max(0, 1 - usual / max($0, 1e-12)) }
    }

    private func losses(_ pictures: [Tensor], _ encoder: PictureEncoder) throws(TorchError) -> [Double] {
        let generator = generator
        return try run(pictures) { images throws(TorchError) in
            let again = try generator.images(of: encoder.codes(ofImages: images))
            return try (images - again).square().mean([1, 2, 3]).unsqueezed(1)
        }.map { $0[0] }
    }

    /// What is lost of all but one in sixteen faces of noise.
    private func usualLoss(_ encoder: PictureEncoder) throws(TorchError) -> Double {
        if let habit { return habit }
        let numbers = (0..<64).flatMap { SampleKey(seed: 0x7ED1, sample: UInt64($0)).latent(generator.noiseWidth) }
        let codes = try generator.truncated(
            generator.mapped(Tensor(numbers, shape: [64, generator.noiseWidth], device: device)), psi: truncation)
        var pictures: [Tensor] = []
        for start in stride(from: 0, to: 64, by: rows) {
            let images = try generator.images(
                of: codes.narrow(0, start: start, length: min(rows, 64 - start)))
            for row in 0..<images.shape[0] { pictures.append(try images.narrow(0, start: row, length: 1)) }
        }
        let usual = try losses(pictures, encoder).sorted()[60]
        habit = usual
        return usual
    }
}

extension FaceRequest {
    /// Whether the face was not there before.
    var isNew: Bool { if case .generate = task { true } else { false } }
}

extension FaceRegion {
    /// What a judge of regions calls it: left and right of a pair are one, and so are the parts of the mouth.
    var segmentedName: String {
        switch self {
        case .leftEye, .rightEye: "eyes"
        case .leftBrow, .rightBrow: "brows"
        case .leftEar, .rightEar: "ears"
        case .mouth, .upperLip, .lowerLip: "mouth"
        case .background, .skin, .nose, .eyeglasses, .hair, .hat, .earring, .necklace, .neck, .cloth:
            String(describing: self)
        }
    }
}
