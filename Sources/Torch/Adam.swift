internal import CTorch

/// The Adam optimiser: steps along the mean of recent gradients, scaled by the root of their mean square.
///
/// With gradient g at step t: m = β₁ m + (1 - β₁) g; v = β₂ v + (1 - β₂) g²;
/// p = p - rate · (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε). One call steps all parameters.
public final class Adam {
    /// What a step is made of.
    public struct Options: Hashable, Sendable {
        /// How far a step goes.
        public var learningRate: Double
        /// Decay of the mean of gradients, 0..<1.
        public var beta1: Double
        /// Decay of the mean of squared gradients, 0..<1.
        public var beta2: Double
        /// Keeps the division finite.
        public var epsilon: Double
        /// Pull of parameters towards 0.
        public var weightDecay: Double
        /// Whether the pull acts on parameters (AdamW), instead of being added to gradients.
        public var decoupledDecay: Bool

        /// Makes options; all but the rate have the defaults of the literature.
        public init(
            learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
            weightDecay: Double = 0, decoupledDecay: Bool = false
        ) {
            self.learningRate = learningRate
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.weightDecay = weightDecay
            self.decoupledDecay = decoupledDecay
        }
    }

    /// What the optimiser remembers of one parameter.
    public struct Moments {
        /// Number of steps so far, a float32 scalar.
        public let step: Tensor
        /// Mean of gradients, of the parameter's shape.
        public let mean: Tensor
        /// Mean of squared gradients, of the parameter's shape.
        public let meanSquare: Tensor

        /// Puts together moments, read from a checkpoint say.
        public init(step: Tensor, mean: Tensor, meanSquare: Tensor) {
            self.step = step
            self.mean = mean
            self.meanSquare = meanSquare
        }
    }

    /// Options of the next step; the rate may change before each.
    public var options: Options

    /// The parameters, in the order of `moments`.
    public let parameters: [Tensor]

    /// The live memory of each parameter, not a copy: write it out before the next step, or clone it.
    public private(set) var moments: [Moments]

    /// Makes an optimiser that has taken no step.
    ///
    /// - Throws: `TorchError` when memory is short.
    public init(_ parameters: [Tensor], _ options: Options) throws(TorchError) {
        self.options = options
        self.parameters = parameters
        var moments: [Moments] = []
        for parameter in parameters {
            try withNoGradient { () throws(TorchError) in
                moments.append(
                    Moments(
                        step: try Tensor(0, device: parameter.device),
                        mean: try (parameter * 0).detached(),
                        meanSquare: try (parameter * 0).detached()))
            }
        }
        self.moments = moments
    }

    /// Moves every parameter that has a gradient.
    ///
    /// Gradients stay; clear them with `zeroGradients`.
    ///
    /// - Throws: `TorchError` if a gradient does not fit its parameter.
    public func step() throws(TorchError) {
        let lists = unsafe (
            parameters.map { unsafe $0.raw }, moments.map { unsafe $0.mean.raw },
            moments.map { unsafe $0.meanSquare.raw }, moments.map { unsafe $0.step.raw }
        )
        let options = ct_adam_options(
            learning_rate: options.learningRate, beta1: options.beta1, beta2: options.beta2, epsilon: options.epsilon,
            weight_decay: options.weightDecay, decoupled: options.decoupledDecay)
        try unsafe perform("Adam.step", []) {
            unsafe ct_adam_step(
                lists.0, lists.1, lists.2, lists.3, Int32(clamping: parameters.count), options, $0)
        }
    }

    /// Clears the gradients of the parameters.
    ///
    /// - Throws: `TorchError` if LibTorch refuses.
    public func zeroGradients() throws(TorchError) { try Tensor.zeroGradients(parameters) }

    /// Takes over the memory of an earlier run, copied; after it, steps go on bit for bit.
    ///
    /// - Throws: `TorchError` if the number or a shape does not fit the parameters.
    public func restore(_ saved: [Moments]) throws(TorchError) {
        guard saved.count == moments.count else {
            throw TorchError(
                operation: "Adam.restore", message: "\(saved.count) moments for \(moments.count) parameters")
        }
        for (mine, theirs) in zip(moments, saved) {
            try mine.step.copy(from: theirs.step)
            try mine.mean.copy(from: theirs.mean)
            try mine.meanSquare.copy(from: theirs.meanSquare)
        }
    }
}
