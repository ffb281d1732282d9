import Torch

extension FaceSynthesis {
    /// A picture on its way to an encoder.
    enum Picture: Hashable {
        case photo(PhotoInput)
        case sketch(SketchInput)
        case labels(LabelMap)

        var role: PackRole {
            switch self {
            case .photo: .photo
            case .sketch: .sketch
            case .labels: .labels
            }
        }

        /// Sides as they came, and what the picture is called.
        var size: (name: String, width: Int, height: Int) {
            switch self {
            case .photo(let photo): ("photo", photo.width, photo.height)
            case .sketch(let sketch): ("sketch", sketch.width, sketch.height)
            case .labels(let map): ("label map", map.width, map.height)
            }
        }
    }

    /// How many times as long as the other a picture's side may be.
    public static let largestAspect = 2

    /// The codes of pictures, each encoded once, in passes of the usual size.
    ///
    /// Pictures of any size are brought to the encoder's square; where one side is more than twice the other, what would
    /// come of it is no face, and the picture is refused.
    func codes(of pictures: [Picture], rows: Int? = nil) throws(TediGANError) -> [Picture: LatentCode] {
        var codes: [Picture: LatentCode] = [:]
        for role in [PackRole.photo, .sketch, .labels] {
            var chosen: [Picture] = []
            var seen: Set<Picture> = []
            for picture in pictures where picture.role == role && seen.insert(picture).inserted {
                chosen.append(picture)
            }
            guard !chosen.isEmpty else { continue }
            let encoder = try encoder(role)
            for pass in FixedPasses(chosen, rows: rows ?? self.rows) {
                var tensors: [Tensor] = []
                for picture in pass.items.prefix(pass.count) { tensors.append(try tensor(picture, for: encoder)) }
                let filled = tensors + Array(repeating: tensors[0], count: pass.items.count - pass.count)
                let found = try inferring { () throws(TorchError) in try LatentCode.codes(encoder(Tensor.cat(filled))) }
                for (picture, code) in zip(pass.items.prefix(pass.count), found) { codes[picture] = code }
            }
        }
        return codes
    }

    /// A picture as its encoder reads it.
    private func tensor(_ picture: Picture, for encoder: PictureEncoder) throws(TediGANError) -> Tensor {
        switch picture {
        case .photo(let photo): return try photo.tensor(side: encoder.side, device: device)
        case .sketch(let sketch):
            return try sketch.tensor(width: encoder.side, height: encoder.side, device: device)
        case .labels(let map):
            // pSp was trained with maps that were resized as if they were brightness.
            return try map.resized(
                width: encoder.side, height: encoder.side, encoder.isGradual ? .published : .nearest
            ).oneHot(device: device)
        }
    }

    /// Truncated codes of every draw of z of a pass, the pack's number of candidates for each row.
    func styleCandidates(_ draws: [(key: SampleKey, psi: Double)]) throws(TorchError) -> [[LatentCode]] {
        let count = manifest.styleCandidates
        let width = generator.noiseWidth
        let numbers = draws.flatMap { draw in (0..<count).flatMap { draw.key.latent(width, candidate: $0) } }
        let w = try generator.mapped(Tensor(numbers, shape: [draws.count * count, width], device: device))
        let tensor: Tensor
        if let first = draws.first?.psi, draws.allSatisfy({ $0.psi == first }) {
            tensor = try generator.truncated(w, psi: first)
        } else {
            var parts: [Tensor] = []
            for (index, draw) in draws.enumerated() {
                parts.append(
                    try generator.truncated(w.narrow(0, start: index * count, length: count), psi: draw.psi))
            }
            tensor = try Tensor.cat(parts)
        }
        let codes = try LatentCode.codes(tensor)
        return draws.indices.map { Array(codes[$0 * count..<($0 + 1) * count]) }
    }
}
