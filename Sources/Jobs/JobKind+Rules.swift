extension JobKind {
    /// The inputs that jobs of this kind may have.
    public var inputs: Set<JobInputs.Field> {
        switch self {
        case .generate: [.sketch, .labels, .noise]
        case .manipulate: [.photo, .code]
        case .invert: [.photo]
        case .optimize: [.photo, .code]
        case .mix, .interpolate: [.sources]
        case .evaluate: [.index]
        case .drill, .longDrill: []
        }
    }

    /// The options that jobs of this kind may have.
    public var options: Set<JobOptions.Field> {
        switch self {
        case .generate: [.layers, .policy, .style, .bestOf, .scores, .firstSample]
        case .manipulate: [.policy, .strength, .steps, .scores, .firstSample]
        case .invert: [.steps, .scores, .firstSample]
        case .optimize: [.steps, .losses, .learningRate, .scores, .firstSample]
        case .mix: [.layers, .scores, .firstSample]
        case .interpolate: [.frames, .format, .firstSample]
        case .evaluate, .drill, .longDrill: []
        }
    }

    /// Whether the model reads the caption; other kinds keep one as a note.
    public var readsCaption: Bool {
        switch self {
        case .generate, .manipulate, .optimize: true
        case .invert, .mix, .interpolate, .evaluate, .drill, .longDrill: false
        }
    }

    /// What is wrong with options for all jobs of a batch of this kind, or `nil`.
    public func objection(to options: JobOptions) -> String? {
        // As in most of millions of lines: there is nothing to object to.
        if options.isEmpty { return nil }
        for field in options.fields where !self.options.contains(field) {
            return "a job of kind \(rawValue) has no option “\(field.rawValue)”"
        }
        if let steps = options.steps, !isLong, !JobOptions.shortSteps.contains(steps) {
            return "“steps” of kind \(rawValue) goes up to \(JobOptions.shortSteps.upperBound); use optimize for more"
        }
        if self == .optimize, options.steps == 0 { return "“steps” of kind optimize is at least 1" }
        guard options.encoded().count <= JobOptions.maximumBytes else {
            return "the options are more than \(JobOptions.maximumBytes) bytes of JSON"
        }
        return nil
    }

    /// What is wrong with a job of this kind, or `nil`.
    ///
    /// - Parameters:
    ///   - caption: Its caption, empty where there is none.
    ///   - inputs: What it works on.
    ///   - options: Those of its batch and its line together.
    public func objection(caption: String, inputs: JobInputs, options: JobOptions) -> ItemError? {
        for field in inputs.fields where !self.inputs.contains(field) {
            return ItemError(.invalidField, "a job of kind \(rawValue) takes no “\(field.rawValue)”")
        }
        if let objection = objection(to: options) { return ItemError(.invalidField, objection) }
        func lacks(_ what: String) -> ItemError { ItemError(.missingInput, "a job of kind \(rawValue) needs \(what)") }
        let missingCaption = ItemError(.missingCaption, "the line has no “caption”; write {\"caption\": \"…\"}")
        switch self {
        case .generate:
            if inputs.noise {
                let isAlone = caption.isEmpty && inputs.sketch == nil && inputs.labels == nil
                return isAlone ? nil : ItemError(.invalidField, "“noise” stands alone: drop it, or everything else")
            }
            if inputs.sketch != nil, inputs.labels != nil {
                return ItemError(.invalidField, "a face is made from a sketch or from a label map, not from both")
            }
            if caption.isEmpty {
                if inputs.sketch == nil, inputs.labels == nil { return missingCaption }
                if options.bestOf != nil { return lacks("a caption for “best_of” to go by") }
            }
            return nil
        case .manipulate:
            if caption.isEmpty { return missingCaption }
            if inputs.photo == nil, inputs.code == nil { return lacks("a “photo” or a “code”") }
            if inputs.photo != nil, inputs.code != nil {
                return ItemError(.invalidField, "a “photo” or a “code” is changed, not both; drop one")
            }
            return nil
        case .invert: return inputs.photo == nil ? lacks("a “photo”") : nil
        case .optimize: return inputs.photo == nil && caption.isEmpty ? lacks("a “photo” or a “caption”") : nil
        case .mix:
            if inputs.sources.count != 2 { return lacks("two “sources”") }
            return options.layers?.isEmpty ?? true ? lacks("“layers”: those of the second source") : nil
        case .interpolate: return inputs.sources.count < 2 ? lacks("two or more “sources”") : nil
        case .evaluate: return inputs.index == nil ? lacks("an “index”") : nil
        case .drill, .longDrill: return caption.isEmpty ? missingCaption : nil
        }
    }

    /// What a model must be able to do for such a job.
    public func abilities(caption: String, inputs: JobInputs, options: JobOptions) -> Set<Ability> {
        guard self != .drill, self != .longDrill else { return [] }
        var abilities: Set<Ability> = []
        if readsCaption, !caption.isEmpty { abilities.insert(.words) }
        if inputs.photo != nil { abilities.insert(.photos) }
        if inputs.sketch != nil { abilities.insert(.sketches) }
        if inputs.labels != nil { abilities.insert(.labels) }
        if options.scores || options.bestOf != nil || self == .evaluate { abilities.insert(.scores) }
        if options.losses.keys.contains(.perceptual) { abilities.insert(.perceptual) }
        if options.losses.keys.contains(.clip) { abilities.insert(.clip) }
        if options.losses.keys.contains(.identity) { abilities.insert(.identity) }
        if options.losses.keys.contains(.encoder) { abilities.insert(.photos) }
        return abilities
    }
}
