internal import CTorch

extension Tensor {
    /// Slides kernels over images: [N, Cin, H, W] with `weight` [Cout, Cin / groups, kH, kW] to [N, Cout, H', W'].
    ///
    /// Kernels are not turned round (this is cross-correlation, as everywhere in deep learning).
    /// H' = (H + 2 padding - dilation (kH - 1) - 1) / stride + 1, rounded down.
    public func conv2d(
        _ weight: Tensor, _ bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
    ) throws(TorchError) -> Tensor {
        try conv2d(
            weight, bias, stride: (stride, stride), padding: (padding, padding), dilation: (dilation, dilation),
            groups: groups)
    }

    /// The same with a value for height and one for width.
    public func conv2d(
        _ weight: Tensor, _ bias: Tensor? = nil, stride: (Int, Int), padding: (Int, Int), dilation: (Int, Int) = (1, 1),
        groups: Int = 1
    ) throws(TorchError) -> Tensor {
        try convolution(
            "conv2d", weight, bias, [stride.0, stride.1], [padding.0, padding.1], [dilation.0, dilation.1], [0, 0],
            groups, transposed: false)
    }

    /// The adjoint of `conv2d`: [N, Cin, H, W] with `weight` [Cin, Cout / groups, kH, kW] to [N, Cout, H', W'].
    ///
    /// H' = (H - 1) stride - 2 padding + dilation (kH - 1) + outputPadding + 1.
    public func convTranspose2d(
        _ weight: Tensor, _ bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0,
        dilation: Int = 1, groups: Int = 1
    ) throws(TorchError) -> Tensor {
        try convolution(
            "convTranspose2d", weight, bias, [stride, stride], [padding, padding], [dilation, dilation],
            [outputPadding, outputPadding], groups, transposed: true)
    }

    /// Slides kernels along sequences: [N, Cin, L] with `weight` [Cout, Cin / groups, k] to [N, Cout, L'].
    public func conv1d(
        _ weight: Tensor, _ bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
    ) throws(TorchError) -> Tensor {
        try convolution(
            "conv1d", weight, bias, [stride], [padding], [dilation], [0], groups, transposed: false)
    }

    private func convolution(
        _ operation: String, _ weight: Tensor, _ bias: Tensor?, _ stride: [Int], _ padding: [Int], _ dilation: [Int],
        _ outputPadding: [Int], _ groups: Int, transposed: Bool
    ) throws(TorchError) -> Tensor {
        // LibTorch would take lists that do not fit the number of axes for a shorthand of its own.
        guard rank == stride.count + 2, weight.rank == rank else {
            throw TorchError(
                operation: operation, shapes: [shape, weight.shape],
                message: "input and weight must have \(stride.count + 2) axes")
        }
        return try unsafe make(operation, [self, weight] + optional(bias)) {
            unsafe ct_convolution(
                $0, raw, weight.raw, bias?.raw, stride, padding, dilation, outputPadding,
                Int32(clamping: stride.count), groups, transposed, $1)
        }
    }
}
