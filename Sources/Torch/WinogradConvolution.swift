internal import CTorch

/// A convolution with 3x3 kernels that do not move any more, made fast by minimal filtering: a quarter of the products
/// of the definition, paid for by transforms of the pixels.
///
/// Stride 1, padding 1; on the CPU; channels are multiples of 16. Few weights are kept transformed, which takes four times
/// their memory; many are transformed again by every call. Results differ from `conv2d` by rounding. A result does not
/// depend on the batch that its image is in.
///
/// In bfloat16 pixels and the factors of the products are rounded to it, sums are not: half the memory, and twice the
/// speed where the processor has such products.
///
/// Source: Lavin, Gray, "Fast algorithms for convolutional neural networks", 2016.
public struct WinogradConvolution {
    let packed: Tensor
    private let adjoint: Tensor?
    let outputs: Int

    /// Whether a weight has the shape and type that this form needs.
    /// - Parameters:
    ///   - weight: the kernels, float32.
    ///   - precision: of the pixels: float32 or bfloat16.
    public static func suits(_ weight: Tensor, precision: DType = .float32) -> Bool {
        let shape = weight.shape
        guard precision == .float32 || precision == .bfloat16 else { return false }
        return shape.count == 4 && shape[2] == shape[3] && (shape[2] == 3 || shape[2] == 2)
            && shape[0] % (shape[2] == 2 ? 64 : 16) == 0
            && shape[1] % (precision == .bfloat16 ? 32 : 16) == 0 && shape[0] > 0 && shape[1] > 0
            && weight.dtype == .float32 && weight.device == .cpu
    }

    /// The height from which on the form pays: below it the weights, not the pixels, take the time.
    public static let smallestSide = 16

    /// Whether the form pays for images of height `side`; see ``suits(_:precision:)``.
    public static func pays(_ weight: Tensor, side: Int, precision: DType = .float32) -> Bool {
        suits(weight, precision: precision) && side >= smallestSide
    }

    /// Makes a weight ready.
    /// - Parameters:
    ///   - weight: the kernels, [outputs, inputs, 3, 3]; later changes of it have no effect. Kernels of
    ///     [outputs, inputs, 2, 2] are for doubling: quarter p of the outputs, pixel (p / 2, p % 2) of the squares, has
    ///     the rows from p / 2 on and the columns from p % 2 on of kernels of 3x3.
    ///   - differentiable: whether gradients by the input are wanted.
    ///   - precision: of the pixels: float32, or bfloat16 without gradients.
    /// - Throws: `TorchError` for a weight that does not suit.
    public init(_ weight: Tensor, differentiable: Bool, precision: DType = .float32) throws(TorchError) {
        guard precision == .float32 || (precision == .bfloat16 && !differentiable) else {
            throw TorchError(
                operation: "winograd", message: "pixels must be float32, or bfloat16 without gradients")
        }
        outputs = weight.shape.first ?? 0
        var other: OpaquePointer?
        packed = try unsafe make("winograd", [weight]) { out, failure in
            differentiable
                ? unsafe ct_filter_pack(out, &other, weight.raw, precision == .bfloat16, failure)
                : unsafe ct_filter_pack(out, nil, weight.raw, precision == .bfloat16, failure)
        }
        adjoint = unsafe other.map { unsafe Tensor(owning: $0) }
    }

    /// Whether gradients by the input are at hand.
    public var isDifferentiable: Bool { adjoint != nil }

    /// [N, inputs, H, W] to [N, outputs, H, W], plus bias, through a leaky ReLU.
    /// - Parameters:
    ///   - x: pixels; those stored channels last are not copied first, and the result is stored so.
    ///   - bias: [outputs].
    ///   - slope: of the activation below zero: 0 is ReLU, 1 none.
    ///   - doubling: whether the outputs are the four pixels of squares of an image of twice the size:
    ///     [N, outputs / 4, 2H, 2W].
    /// - Throws: `TorchError` if x does not fit, or wants a gradient that was not prepared for.
    public func callAsFunction(
        _ x: Tensor, bias: Tensor? = nil, slope: Double = 1, doubling: Bool = false
    ) throws(TorchError) -> Tensor {
        try unsafe make("winograd", [x] + optional(bias)) {
            unsafe ct_filter(
                $0, x.raw, packed.raw, adjoint?.raw, bias?.raw, outputs, slope, doubling, $1)
        }
    }
}
