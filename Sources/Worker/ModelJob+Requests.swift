import Artifacts
import Images
import Jobs
import TediGAN
import WorkerRuntime

// What a job asks for, in the words of the model core.

extension JobRequest {
    /// What is asked of the pack, by all that can be told without an input.
    var demand: FaceDemand {
        var roles: Set<PackRole> = []
        if inputs.photo != nil, kind != .optimize || inputs.code == nil { roles.insert(.photo) }
        if inputs.sketch != nil { roles.insert(.sketch) }
        if inputs.labels != nil { roles.insert(.labels) }
        return FaceDemand(
            caption: kind.readsCaption ? caption : "", needsCaption: kind == .manipulate, roles: roles,
            policy: options.policy, layers: options.layers, needsLayers: kind == .mix, truncation: truncation,
            bestOf: options.bestOf ?? 1, isScored: options.scores)
    }

    var key: SampleKey { SampleKey(seed: seed, sample: UInt64(bitPattern: Int64(sample))) }
}

extension ModelJob {
    /// Frames of a way where a request does not say.
    private static let usualFrames = 16

    /// Steps of an optimisation where a request does not say.
    private static let usualSteps = 200

    /// The face to make.
    func faceRequest() throws(TediGANError) -> FaceRequest {
        let options = request.options
        return FaceRequest(
            try task(), caption: request.kind.readsCaption ? request.caption : "", key: request.key,
            truncation: request.truncation, style: options.style, policy: options.policy, layers: options.layers,
            bestOf: options.bestOf ?? 1, isScored: options.scores)
    }

    private func task() throws(TediGANError) -> FaceRequest.Task {
        let options = request.options
        switch request.kind {
        case .generate:
            if let sketch = inputs.sketch { return .generate(.sketch(try Self.sketch(sketch))) }
            if let labels = inputs.labels { return .generate(.labels(try Self.labels(labels))) }
            guard !request.caption.isEmpty || request.inputs.noise else {
                throw .invalid("the request has neither a caption nor anything else to make a face of")
            }
            return .generate(nil)
        case .manipulate:
            let source = try Self.source(Self.given(inputs.photo ?? inputs.code, "photo or code"))
            return .manipulate(source, strength: options.strength ?? 1, steps: options.steps ?? 0)
        case .invert:
            return .invert(try Self.photo(Self.given(inputs.photo, "photo")), steps: options.steps ?? 0)
        case .mix:
            guard inputs.sources.count == 2 else {
                throw .invalid("two sources are mixed, not \(inputs.sources.count)")
            }
            return .mix(try Self.source(inputs.sources[0]), try Self.source(inputs.sources[1]))
        case .interpolate:
            let sources = try inputs.sources.map { input throws(TediGANError) in try Self.source(input) }
            return .interpolate(sources, frames: options.frames ?? max(Self.usualFrames, sources.count))
        case .optimize, .evaluate, .drill, .longDrill:
            throw .invalid("a job of kind \(request.kind.rawValue) makes no face at once")
        }
    }

    /// The face to optimise.
    func optimizationRequest() throws(TediGANError) -> OptimizationRequest {
        let options = request.options
        return OptimizationRequest(
            photo: try inputs.photo.map { input throws(TediGANError) in try Self.photo(input) },
            caption: request.caption, start: try inputs.code.map { input throws(TediGANError) in try Self.code(input) },
            steps: options.steps ?? Self.usualSteps,
            losses: Dictionary(options.losses.map { ($0.key.rawValue, $0.value) }) { first, _ in first },
            learningRate: options.learningRate, key: request.key)
    }

    /// The list of the batch to measure.
    func batchIndex() throws(TediGANError) -> BatchIndex {
        guard let bytes = inputs.index?.index else { throw .invalid("the index is no list of a batch") }
        return try BatchIndex(bytes)
    }

    // MARK: Inputs

    private static func given(_ input: ModelInput?, _ name: String) throws(TediGANError) -> ModelInput {
        guard let input else { throw .invalid("the \(name) is not there") }
        return input
    }

    private static func source(_ input: ModelInput) throws(TediGANError) -> FaceRequest.Source {
        input.code == nil ? .photo(try photo(input)) : .code(try code(input))
    }

    private static func code(_ input: ModelInput) throws(TediGANError) -> LatentCode {
        guard let file = input.code else { throw .invalid("the code is none: it must be a safetensors file of w_plus") }
        return LatentCode(layers: file.layers, width: file.width, values: file.values)
    }

    private static func photo(_ input: ModelInput) throws(TediGANError) -> PhotoInput {
        guard let picture = input.picture else { throw .invalid("the photo is no picture") }
        return try PhotoInput(width: picture.width, height: picture.height, pixels: picture.pixels)
    }

    private static func sketch(_ input: ModelInput) throws(TediGANError) -> SketchInput {
        guard let picture = input.picture else { throw .invalid("the sketch is no picture") }
        let pixels = picture.pixels
        // Brightness as in ITU-R BT.601, rounded.
        let gray = (0..<picture.width * picture.height).map { place in
            let (red, green, blue) = (
                Int(pixels[3 * place]), Int(pixels[3 * place + 1]), Int(pixels[3 * place + 2])
            )
            return UInt8((299 * red + 587 * green + 114 * blue + 500) / 1000)
        }
        return try SketchInput(width: picture.width, height: picture.height, pixels: gray)
    }

    /// A label map: gray values are numbers of CelebAMask-HQ, colours are its palette's.
    private static func labels(_ input: ModelInput) throws(TediGANError) -> LabelMap {
        guard let picture = input.picture else { throw .invalid("the label map is no picture") }
        let pixels = picture.pixels
        let places = 0..<picture.width * picture.height
        guard places.allSatisfy({ pixels[3 * $0] == pixels[3 * $0 + 1] && pixels[3 * $0] == pixels[3 * $0 + 2] }) else {
            return try LabelMap(width: picture.width, height: picture.height, palette: pixels)
        }
        return try LabelMap(width: picture.width, height: picture.height, ids: places.map { pixels[3 * $0] })
    }
}
