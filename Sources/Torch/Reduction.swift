internal import CTorch

// `axes` empty means all axes; a negative axis counts from the end. With `keepDims` a reduced axis stays, of length 1.

extension Tensor {
    /// The sum over `axes`.
    public func sum(_ axes: [Int] = [], keepDims: Bool = false) throws(TorchError) -> Tensor {
        try reduce("sum", CT_SUM, axes, keepDims)
    }

    /// The mean over `axes`.
    public func mean(_ axes: [Int] = [], keepDims: Bool = false) throws(TorchError) -> Tensor {
        try reduce("mean", CT_MEAN, axes, keepDims)
    }

    /// The largest over `axes`.
    public func amax(_ axes: [Int] = [], keepDims: Bool = false) throws(TorchError) -> Tensor {
        try reduce("amax", CT_MAX, axes, keepDims)
    }

    /// The smallest over `axes`.
    public func amin(_ axes: [Int] = [], keepDims: Bool = false) throws(TorchError) -> Tensor {
        try reduce("amin", CT_MIN, axes, keepDims)
    }

    /// The standard deviation over `axes`: squares are summed and divided by n - `correction`.
    public func std(
        _ axes: [Int] = [], correction: Double = 1, keepDims: Bool = false
    ) throws(TorchError) -> Tensor {
        try reduce("std", CT_STD, axes, keepDims, correction)
    }

    /// The square of `std`.
    public func variance(
        _ axes: [Int] = [], correction: Double = 1, keepDims: Bool = false
    ) throws(TorchError) -> Tensor {
        try reduce("variance", CT_VAR, axes, keepDims, correction)
    }

    /// The norm of order `order` over `axes`; 2 is Euclid's.
    public func norm(
        _ axes: [Int] = [], order: Double = 2, keepDims: Bool = false
    ) throws(TorchError) -> Tensor {
        try reduce("norm", CT_NORM, axes, keepDims, order)
    }

    /// The logarithm of the sum of exponentials over `axes`.
    public func logSumExp(_ axes: [Int] = [], keepDims: Bool = false) throws(TorchError) -> Tensor {
        try reduce("logSumExp", CT_LOG_SUM_EXP, axes, keepDims)
    }

    /// Index (int64) of the largest along `axis`, or in the whole flattened tensor.
    public func argmax(_ axis: Int? = nil, keepDims: Bool = false) throws(TorchError) -> Tensor {
        try reduce("argmax", CT_ARGMAX, axis.map { [$0] } ?? [], keepDims)
    }

    /// Index (int64) of the smallest along `axis`, or in the whole flattened tensor.
    public func argmin(_ axis: Int? = nil, keepDims: Bool = false) throws(TorchError) -> Tensor {
        try reduce("argmin", CT_ARGMIN, axis.map { [$0] } ?? [], keepDims)
    }

    /// Whether all over `axes` are true.
    public func all(_ axes: [Int] = [], keepDims: Bool = false) throws(TorchError) -> Tensor {
        try reduce("all", CT_ALL, axes, keepDims)
    }

    /// Whether any over `axes` is true.
    public func any(_ axes: [Int] = [], keepDims: Bool = false) throws(TorchError) -> Tensor {
        try reduce("any", CT_ANY, axes, keepDims)
    }

    /// Running sums along `axis`.
    public func cumulativeSum(_ axis: Int) throws(TorchError) -> Tensor {
        try along("cumulativeSum", CT_CUMSUM, axis)
    }

    /// The elements in ascending order along `axis`.
    public func sorted(_ axis: Int = -1) throws(TorchError) -> Tensor { try along("sorted", CT_SORT, axis) }

    /// The order (int64) that sorts along `axis`; equal elements keep theirs.
    public func argsort(_ axis: Int = -1, descending: Bool = false) throws(TorchError) -> Tensor {
        try along("argsort", descending ? CT_ARGSORT_DESCENDING : CT_ARGSORT, axis)
    }
}
