internal import CTorch

extension Tensor {
    /// Means over windows: [N, C, H, W] to [N, C, H', W'].
    ///
    /// - Parameters:
    ///   - stride: distance of the windows; nil sets them side by side.
    ///   - roundingUp: whether a last window that hangs over the edge counts.
    ///   - countingPadding: whether padded zeros count as elements.
    public func averagePool2d(
        _ kernel: Int, stride: Int? = nil, padding: Int = 0, roundingUp: Bool = false, countingPadding: Bool = true
    ) throws(TorchError) -> Tensor {
        try pool("averagePool2d", CT_AVERAGE_POOL, kernel, stride ?? kernel, padding, roundingUp, countingPadding)
    }

    /// Maxima over windows: [N, C, H, W] to [N, C, H', W']; parameters as for `averagePool2d`.
    public func maxPool2d(
        _ kernel: Int, stride: Int? = nil, padding: Int = 0, roundingUp: Bool = false
    ) throws(TorchError) -> Tensor {
        try pool("maxPool2d", CT_MAX_POOL, kernel, stride ?? kernel, padding, roundingUp, true)
    }

    /// Means over windows chosen so that the result is [N, C, height, width].
    public func adaptiveAveragePool2d(_ height: Int, _ width: Int) throws(TorchError) -> Tensor {
        try unsafe make("adaptiveAveragePool2d", [self]) {
            unsafe ct_adaptive_average_pool2d($0, raw, height, width, $1)
        }
    }

    private func pool(
        _ operation: String, _ code: ct_pool_op, _ kernel: Int, _ stride: Int, _ padding: Int, _ ceil: Bool,
        _ countPadding: Bool
    ) throws(TorchError) -> Tensor {
        try unsafe make(operation, [self]) {
            unsafe ct_pool2d(
                $0, code, raw, [kernel, kernel], [stride, stride], [padding, padding], ceil, countPadding, $1)
        }
    }
}
