public import Torch

/// Doubles the size and convolves with a 3x3 kernel, with an equalised learning rate.
///
/// Repeating every pixel twice and convolving with a 3x3 kernel under zero padding is one transposed convolution of
/// stride 2 whose 4x4 kernel sums the 3x3 taps that fall on the same source pixel; the borders agree exactly. Both
/// published forms therefore run as one transposed convolution: it does 4 products per output and channel pair in
/// place of 9, and nothing of the doubled size is stored before it. The two forms differ in how the weight is laid
/// out, and in that the fused form's kernel lies turned by 180 degrees.
///
/// Tensors: plain `conv.weight` [outputs, inputs, 3, 3]; fused `weight` [3, 3, inputs, outputs].
///
/// Source: Karras et al., "Progressive growing of GANs", 2018 (fused scaling); the equality is derived in the tests.
public struct UpsamplingConvolution {
    private var weight: Tensor
    private let scale: Double
    private let isFused: Bool
    /// From so many numbers on a weight's memory counts.
    private static let many = 1 << 20
    private var isFolded = false
    /// What runs where the layer is frozen and transformed weights pay; it makes the four pixels of squares.
    public private(set) var filter: WinogradConvolution?
    /// What runs where the layer is frozen and the image is so small that the weights take the time, and the memory: the
    /// 3x3 kernels are little more than half of the 4x4 ones.
    private var plain: EqualizedConvolution?

    /// Takes the layer from a scope.
    /// - Parameters:
    ///   - scope: where the weight is.
    ///   - inputs: channels of the input.
    ///   - outputs: channels of the output.
    ///   - isFused: whether the weight is laid out for the fused form, as from 128 pixels on.
    ///   - gain: √2 before a leaky ReLU.
    public init(
        in scope: ParameterScope, inputs: Int, outputs: Int, isFused: Bool, gain: Double = 2.0.squareRoot()
    ) throws(LayerError) {
        weight =
            isFused
            ? try scope.parameter("weight", [3, 3, inputs, outputs], .normal(deviation: 1))
            : try scope.scope("conv").parameter("weight", [outputs, inputs, 3, 3], .normal(deviation: 1))
        scale = gain / Double(inputs * 9).squareRoot()
        self.isFused = isFused
    }

    /// [N, inputs, H, W] to [N, outputs, 2H, 2W].
    public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        if let filter { return try filter(x, doubling: true) }
        if let plain { return try plain(x.upsampleNearest(2)) }
        return try x.convTranspose2d(kernel(), stride: 2, padding: 1)
    }

    /// The layer with its 4x4 kernel made once, for a network that is only run.
    /// - Parameters:
    ///   - side: height of the input, where it is known: large ones are worth transformed weights.
    ///   - differentiable: whether gradients by the input are wanted of those.
    ///   - precision: type of the pixels; the weight's if nil.
    public func frozen(
        side: Int = 0, differentiable: Bool = true, precision: DType? = nil
    ) throws(TorchError) -> UpsamplingConvolution {
        var copy = self
        if side > 0, side < WinogradConvolution.smallestSide, weight.count >= Self.many {
            copy.plain = try EqualizedConvolution(
                kernel: (taps() * scale).detached().flipped([2, 3]).transposed(0, 1).contiguous()
            ).frozen(side: 2 * side, differentiable: differentiable, precision: precision)
            copy.weight = try Tensor.zeros([0])
            return copy
        }
        let folded = try kernel().detached().contiguous()
        let precision = precision ?? folded.dtype
        copy.isFolded = true
        // The outputs must be whole vectors in each of the four phases.
        if folded.shape[1] % 16 == 0, side > 0 {
            let phases = try Self.phases(folded)
            if WinogradConvolution.pays(phases, side: side, precision: precision) {
                copy.filter = try WinogradConvolution(phases, differentiable: differentiable, precision: precision)
                copy.weight = try Tensor.zeros([0])
                return copy
            }
        }
        copy.weight = try folded.to(dtype: precision)
        return copy
    }

    /// The transposed convolution as four convolutions of the small image, one per pixel of a square:
    /// [inputs, outputs, 4, 4] to [4 outputs, inputs, 2, 2].
    ///
    /// Along one axis output 2y + p sums x[i] k[a] with 2i + a - 1 = 2y + p: for p = 0 the taps k[3], k[1] at i = y - 1,
    /// y; for p = 1 the taps k[2], k[0] at i = y, y + 1.
    private static func phases(_ kernel: Tensor) throws(TorchError) -> Tensor {
        var parts: [Tensor] = []
        let taps = try kernel.transposed(0, 1).flipped([2, 3])  // now k[3], k[2], k[1], k[0]
        for phase in 0..<4 {
            let (row, column) = (phase / 2, phase % 2)
            let rows = try taps.narrow(2, start: row, length: 4 - row).strided(2, step: 2)
            parts.append(try rows.narrow(3, start: column, length: 4 - column).strided(3, step: 2))
        }
        return try Tensor.cat(parts)
    }

    /// The kernel of the transposed convolution, [inputs, outputs, 4, 4].
    private func kernel() throws(TorchError) -> Tensor {
        if isFolded { return weight }
        let padded = try (taps() * scale).padded([1, 1, 1, 1])
        // Separable: pairs of neighbouring rows, then pairs of neighbouring columns.
        let rows = try padded.narrow(2, start: 0, length: 4) + padded.narrow(2, start: 1, length: 4)
        return try rows.narrow(3, start: 0, length: 4) + rows.narrow(3, start: 1, length: 4)
    }

    /// The weight as the 3x3 kernels of a transposed convolution, [inputs, outputs, 3, 3].
    private func taps() throws(TorchError) -> Tensor {
        try isFused ? weight.permuted([2, 3, 0, 1]) : weight.flipped([2, 3]).transposed(0, 1)
    }
}
