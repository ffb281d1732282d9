public import Torch

/// Instance-level optimisation: moves codes until their pictures agree with their goals.
///
/// For every image on its own, w* = argmin_w Σ_k λ_k loss_k(G(w), w), by Adam from a given start. Images of a batch are
/// independent: each has a loss, a memory and a step count of its own, so faces can join and leave between steps, and
/// the best code of each is kept. Networks are in inference form throughout, and noise is fixed.
///
/// Source: TediGAN, section 3.4; IIGROUP/TediGAN `inverter.py`.
public struct InstanceOptimization {
    /// A loss and how much it counts.
    public struct Term {
        /// λ.
        public var weight: Double
        /// The loss.
        public var loss: any OptimizationLoss

        /// Creates a term.
        public init(_ weight: Double, _ loss: any OptimizationLoss) {
            self.weight = weight
            self.loss = loss
        }
    }

    /// When to stop early.
    public struct Patience: Sendable, Hashable {
        /// Steps without hope.
        public var steps: Int
        /// Share by which the loss must fall to give hope.
        public var improvement: Double

        /// Creates a rule.
        public init(steps: Int = 30, improvement: Double = 0.002) {
            self.steps = steps
            self.improvement = improvement
        }
    }

    /// What a step saw of one face, before it moved.
    public struct Report: Sendable, Hashable {
        /// Steps that the face had taken.
        public var step: Int
        /// The losses by name, not weighted.
        public var losses: [String: Double]
        /// Their weighted sum.
        public var total: Double
    }

    private let generator: any FaceGenerator
    /// The losses that count.
    public let terms: [Term]
    private let rate: LearningRate
    private let patience: Patience?
    private let options: Adam.Options

    /// Puts an objective together.
    /// - Parameters:
    ///   - generator: G; fold its constants first, for speed.
    ///   - terms: at least one; those of weight 0 are left out.
    ///   - rate: how far steps go.
    ///   - patience: when a face counts as done; never if nil.
    /// - Throws: ``TediGANError/invalid(_:)`` for an objective without terms or with a bad weight.
    public init(
        generator: any FaceGenerator, terms: [Term], rate: LearningRate = .constant(0.01), patience: Patience? = nil
    ) throws(TediGANError) {
        let counting = terms.filter { $0.weight != 0 }
        guard !counting.isEmpty else { throw .invalid("an objective needs a loss with a weight other than 0") }
        for term in counting where !term.weight.isFinite || term.weight < 0 {
            throw .invalid("the weight of \(term.loss.name) is \(term.weight); it must be a positive number")
        }
        guard Set(counting.map(\.loss.name)).count == counting.count else {
            throw .invalid("each loss may be named once")
        }
        self.generator = generator
        self.terms = counting
        self.rate = rate
        self.patience = patience
        options = Adam.Options(learningRate: rate.rate(at: 0))
    }

    /// A face to optimise.
    /// - Parameters:
    ///   - goal: start and what the losses compare with.
    ///   - weights: λ by the losses' names, for this face alone; the objective's where it says nothing.
    ///   - rate: how far this face's steps go; the objective's if nil.
    /// - Throws: `TorchError` if the goal lacks what a loss needs, or its shapes do not fit.
    public func face(
        _ goal: OptimizationGoal, weights: [String: Double] = [:], rate: LearningRate? = nil
    ) throws(TorchError) -> OptimizedFace {
        try check(goal)
        let face = try OptimizedFace(start: goal.start, references: references(goal), options: options)
        (face.weights, face.rate) = (self.weights(weights), rate)
        return face
    }

    /// A face to go on with.
    /// - Parameters:
    ///   - goal: as it was.
    ///   - state: what ``OptimizedFace/state()`` has kept.
    ///   - weights: as they were.
    ///   - rate: as it was.
    /// - Throws: `TorchError` if the state is damaged or does not fit.
    public func face(
        _ goal: OptimizationGoal, resuming state: [String: Tensor], weights: [String: Double] = [:],
        rate: LearningRate? = nil
    ) throws(TorchError) -> OptimizedFace {
        try check(goal)
        let face = try OptimizedFace(state: state, references: references(goal), options: options)
        guard face.code.shape == goal.start.shape else {
            throw TorchError(
                operation: "resume", shapes: [face.code.shape, goal.start.shape],
                message: "the saved code is not of this model")
        }
        (face.weights, face.rate) = (self.weights(weights), rate)
        return face
    }

    private func weights(_ own: [String: Double]) -> [Double]? {
        own.isEmpty ? nil : terms.map { own[$0.loss.name] ?? $0.weight }
    }

    /// Evaluates faces and moves each by one step; those that have ended are left where they are.
    /// - Returns: a report per face, in order; nil for those that had ended.
    /// - Throws: `TorchError` if LibTorch does; codes are then as they were.
    @discardableResult
    public func step(_ faces: [OptimizedFace]) throws(TorchError) -> [Report?] {
        try run(faces, moves: true)
    }

    /// Evaluates faces where they are, so that a last step can become the best one.
    @discardableResult
    public func evaluate(_ faces: [OptimizedFace]) throws(TorchError) -> [Report?] {
        try withNoGradient { () throws(TorchError) in try run(faces, moves: false) }
    }

    private func run(_ faces: [OptimizedFace], moves: Bool) throws(TorchError) -> [Report?] {
        let active = faces.indices.filter { faces[$0].end == nil }
        guard !active.isEmpty else { return faces.map { _ in nil } }
        let batch = active.map { faces[$0] }
        for face in batch { try face.clearGradient() }
        let codes = batch.count == 1 ? batch[0].code : try Tensor.cat(batch.map(\.code))
        let (totals, columns) = try moves ? descend(batch, codes) : evaluate(batch, generator.images(of: codes), codes)
        var reports = [Report?](repeating: nil, count: faces.count)
        for (row, face) in batch.enumerated() {
            let losses = zip(terms, columns).map { ($0.loss.name, $1[row]) }
            reports[active[row]] = Report(
                step: face.step, losses: Dictionary(losses, uniquingKeysWith: { $1 }), total: totals[row])
            try face.note(total: totals[row], patience: patience)
            if moves, face.end == nil { try face.advance(rate: (face.rate ?? rate).rate(at: face.step)) }
        }
        return reports
    }

    /// Totals, and the losses of each term, of every image.
    private typealias Evaluation = (totals: [Double], columns: [[Double]])

    private func evaluate(
        _ batch: [OptimizedFace], _ images: Tensor, _ codes: Tensor,
        each: (_ weighted: Tensor) throws(TorchError) -> Void = { _ in }
    ) throws(TorchError) -> Evaluation {
        var totals = [Double](repeating: 0, count: batch.count)
        var columns: [[Double]] = []
        for (index, term) in terms.enumerated() {
            let losses = try term.loss(images: images, codes: codes, reference: stacked(batch, index))
            let column = try losses.detached().doubles()
            columns.append(column)
            let weights = batch.map { $0.weights?[index] ?? term.weight }
            for row in totals.indices { totals[row] += column[row] * weights[row] }
            if weights.allSatisfy({ $0 == weights[0] }) {
                try each(losses * weights[0])
            } else {
                let factors = try Tensor(weights, shape: [weights.count], dtype: losses.dtype, device: losses.device)
                try each(losses * factors)
            }
        }
        return (totals, columns)
    }

    /// The same, with the gradients of the codes.
    ///
    /// Gradients are taken term by term back to the images, and then at once back to the codes, so that only one term's
    /// network is held in memory at a time. A sum over images: each one's gradient is what it would be alone.
    private func descend(_ batch: [OptimizedFace], _ codes: Tensor) throws(TorchError) -> Evaluation {
        let leaf = try codes.detached().requiringGradient()
        let images = try generator.images(of: leaf)
        let seen = try images.detached().requiringGradient()
        let result = try evaluate(batch, seen, leaf) { weighted throws(TorchError) in try weighted.sum().backward() }
        if let gradient = try seen.gradient() { try images.backward(gradient) }
        if let gradient = try leaf.gradient() { try codes.backward(gradient) }
        return result
    }

    private func references(_ goal: OptimizationGoal) throws(TorchError) -> [[Tensor]] {
        try terms.map { term throws(TorchError) in try term.loss.reference(for: goal) }
    }

    private func stacked(_ faces: [OptimizedFace], _ term: Int) throws(TorchError) -> [Tensor] {
        guard faces.count > 1 else { return faces[0].references[term] }
        return try faces[0].references[term].indices.map { index throws(TorchError) in
            try Tensor.cat(faces.map { $0.references[term][index] })
        }
    }

    private func check(_ goal: OptimizationGoal) throws(TorchError) {
        guard goal.start.shape == [1, generator.layers, generator.width] else {
            throw TorchError(
                operation: "optimise", shapes: [goal.start.shape],
                message: "the start must be [1, \(generator.layers), \(generator.width)]")
        }
        let size = [1, 3, generator.resolution, generator.resolution]
        if let image = goal.image, image.shape != size {
            throw TorchError(operation: "optimise", shapes: [image.shape], message: "the image must be \(size)")
        }
        if let mask = goal.mask, mask.shape != [1, 1, size[2], size[3]] {
            throw TorchError(
                operation: "optimise", shapes: [mask.shape], message: "the mask must be [1, 1, \(size[2]), \(size[3])]")
        }
    }
}
