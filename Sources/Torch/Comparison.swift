internal import CTorch

// Comparisons give tensors of `.bool`, with broadcasting.

extension Tensor {
    /// Where self > other.
    public func greater(_ other: Tensor) throws(TorchError) -> Tensor { try binary("greater", CT_GREATER, other) }
    /// Where self >= other.
    public func greaterOrEqual(_ other: Tensor) throws(TorchError) -> Tensor {
        try binary("greaterOrEqual", CT_GREATER_EQUAL, other)
    }
    /// Where self < other.
    public func less(_ other: Tensor) throws(TorchError) -> Tensor { try binary("less", CT_LESS, other) }
    /// Where self <= other.
    public func lessOrEqual(_ other: Tensor) throws(TorchError) -> Tensor {
        try binary("lessOrEqual", CT_LESS_EQUAL, other)
    }
    /// Where both are the same.
    public func equal(_ other: Tensor) throws(TorchError) -> Tensor { try binary("equal", CT_EQUAL, other) }
    /// Where they differ.
    public func notEqual(_ other: Tensor) throws(TorchError) -> Tensor {
        try binary("notEqual", CT_NOT_EQUAL, other)
    }

    /// Where self > value.
    public func greater(_ value: Double) throws(TorchError) -> Tensor { try scalar("greater", CT_GREATER_S, value) }
    /// Where self >= value.
    public func greaterOrEqual(_ value: Double) throws(TorchError) -> Tensor {
        try scalar("greaterOrEqual", CT_GREATER_EQUAL_S, value)
    }
    /// Where self < value.
    public func less(_ value: Double) throws(TorchError) -> Tensor { try scalar("less", CT_LESS_S, value) }
    /// Where self <= value.
    public func lessOrEqual(_ value: Double) throws(TorchError) -> Tensor {
        try scalar("lessOrEqual", CT_LESS_EQUAL_S, value)
    }
    /// Where self is `value`.
    public func equal(_ value: Double) throws(TorchError) -> Tensor { try scalar("equal", CT_EQUAL_S, value) }
    /// Where self is not `value`.
    public func notEqual(_ value: Double) throws(TorchError) -> Tensor {
        try scalar("notEqual", CT_NOT_EQUAL_S, value)
    }

    /// Where both are true (not 0).
    public func and(_ other: Tensor) throws(TorchError) -> Tensor { try binary("and", CT_LOGICAL_AND, other) }
    /// Where one of them is true.
    public func or(_ other: Tensor) throws(TorchError) -> Tensor { try binary("or", CT_LOGICAL_OR, other) }
    /// Where self is 0.
    public func not() throws(TorchError) -> Tensor { try unary("not", CT_LOGICAL_NOT) }
    /// Where self is neither infinite nor NaN.
    public func isFinite() throws(TorchError) -> Tensor { try unary("isFinite", CT_IS_FINITE) }

    /// `a` where `condition` (a `.bool` tensor) holds, `b` elsewhere.
    public static func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor) throws(TorchError) -> Tensor {
        try unsafe make("where", [condition, a, b]) { unsafe ct_where($0, condition.raw, a.raw, b.raw, $1) }
    }

    /// Self with `value` where `mask` (a `.bool` tensor that broadcasts to self) holds.
    public func maskedFill(_ mask: Tensor, _ value: Double) throws(TorchError) -> Tensor {
        try unsafe make("maskedFill", [self, mask]) { unsafe ct_masked_fill($0, raw, mask.raw, value, $1) }
    }
}
