public import Layers

extension CLIPConfiguration {
    /// Entries of published state dictionaries that are numbers about the model and no part of the network.
    public static let metadataNames: Set = ["input_resolution", "context_length", "vocab_size"]

    /// The sizes of the model that a state dictionary belongs to.
    ///
    /// The number of heads leaves no trace in the tensors; it is one per 64 of the width, as in all published models.
    /// - Parameter shapes: the shapes of the tensors by their published names.
    /// - Throws: ``LayerError/invalid(_:)`` if the tensors are not those of CLIP, or a size is out of range.
    public init(shapes: [String: [Int]]) throws(LayerError) {
        func length(_ name: String, _ axis: Int) throws(LayerError) -> Int {
            guard let shape = shapes[name], shape.indices.contains(axis) else {
                throw .invalid("CLIP: the state dictionary has no \(name) of \(axis + 1) axes")
            }
            return shape[axis]
        }
        func blocks(_ prefix: String) -> Int {
            Set(shapes.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count).prefix { $0 != "." } })
                .count
        }
        let width = try length("ln_final.weight", 0)
        self.init(
            embedDimension: try length("text_projection", 1),
            contextLength: try length("positional_embedding", 0),
            vocabularySize: try length("token_embedding.weight", 0), transformerWidth: width,
            transformerHeads: max(1, width / 64), transformerLayers: blocks("transformer.resblocks."))
        if shapes["visual.proj"] != nil {
            let patch = try length("visual.conv1.weight", 3)
            let places = try length("visual.positional_embedding", 0)
            visionLayers = [blocks("visual.transformer.resblocks.")]
            visionWidth = try length("visual.conv1.weight", 0)
            visionPatchSize = patch
            imageResolution = try Self.side(of: places, unit: patch)
        } else {
            let places = try length("visual.attnpool.positional_embedding", 0)
            visionLayers = (1...4).map { blocks("visual.layer\($0).") }
            visionWidth = try length("visual.layer1.0.conv1.weight", 0)
            visionPatchSize = nil
            imageResolution = try Self.side(of: places, unit: 32)
        }
        try validate()
    }

    /// The side of the image whose squares, with one place more, are `places`.
    private static func side(of places: Int, unit: Int) throws(LayerError) -> Int {
        let root = Int(Double(max(0, places - 1)).squareRoot().rounded())
        guard root > 0, root * root == places - 1, unit > 0, root <= 1024, unit <= 1024 else {
            throw .invalid("CLIP: \(places) places are not those of a square image and one more")
        }
        return root * unit
    }
}
