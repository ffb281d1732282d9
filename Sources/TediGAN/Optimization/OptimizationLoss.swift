public import Torch

/// What one image shall become by optimisation.
///
/// All tensors have a first axis of 1.
public struct OptimizationGoal {
    /// The picture to reach, [1, 3, R, R], RGB in -1...1.
    public var image: Tensor?
    /// Where the picture counts, [1, 1, R, R], 0...1; everywhere if nil.
    public var mask: Tensor?
    /// The code that the search starts from, [1, L, C].
    public var start: Tensor
    /// The text's code [1, L, C].
    public var textCode: Tensor?
    /// How much each layer of the text's code counts, [1, L, 1]; equally if nil.
    public var textLayers: Tensor?
    /// What of the text's code counts, where it is neither all nor whole layers.
    public var textClaims: TextClaims?
    /// The text's features in the space of a joint model of images and text, [1, D].
    public var textFeatures: Tensor?

    /// Creates a goal.
    public init(
        start: Tensor, image: Tensor? = nil, mask: Tensor? = nil, textCode: Tensor? = nil, textLayers: Tensor? = nil,
        textClaims: TextClaims? = nil, textFeatures: Tensor? = nil
    ) {
        self.start = start
        self.image = image
        self.mask = mask
        self.textCode = textCode
        self.textLayers = textLayers
        self.textClaims = textClaims
        self.textFeatures = textFeatures
    }
}

/// One term of the objective: a number per image, so that images in one batch do not disturb each other.
///
/// What depends on the goal alone is made once, in `reference(for:)`, and handed back at every step, stacked for the
/// batch.
public protocol OptimizationLoss {
    /// The term's name in reports.
    var name: String { get }

    /// Tensors [1, ...] that a step needs of a goal; always as many, whatever the goal holds.
    /// - Throws: `TorchError` if the goal lacks what the term compares with.
    func reference(for goal: OptimizationGoal) throws(TorchError) -> [Tensor]

    /// The losses [N] of images [N, 3, R, R] drawn from codes [N, L, C].
    func callAsFunction(images: Tensor, codes: Tensor, reference: [Tensor]) throws(TorchError) -> Tensor
}

extension OptimizationGoal {
    /// A part of the goal that a term cannot do without.
    static func required(_ tensor: Tensor?, _ what: String, by loss: String) throws(TorchError) -> Tensor {
        guard let tensor else { throw TorchError(operation: loss, message: "the goal has no \(what)") }
        return try tensor.detached()
    }

    /// The picture under its mask, and the mask.
    func masked(by loss: String) throws(TorchError) -> [Tensor] {
        let image = try Self.required(image, "image", by: loss)
        guard let mask else {
            return [image, try Tensor.ones([1, 1, 1, 1], dtype: image.dtype, device: image.device)]
        }
        return [try image * mask, mask]
    }
}
