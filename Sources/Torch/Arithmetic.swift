internal import CTorch

// Element by element. Two tensors may differ in shape if their last axes agree or are 1: the smaller is repeated.

extension Tensor {
    /// a + b.
    public static func + (a: Tensor, b: Tensor) throws(TorchError) -> Tensor { try a.binary("+", CT_ADD, b) }
    /// a - b.
    public static func - (a: Tensor, b: Tensor) throws(TorchError) -> Tensor { try a.binary("-", CT_SUBTRACT, b) }
    /// a * b, element by element.
    public static func * (a: Tensor, b: Tensor) throws(TorchError) -> Tensor { try a.binary("*", CT_MULTIPLY, b) }
    /// a / b, element by element.
    public static func / (a: Tensor, b: Tensor) throws(TorchError) -> Tensor { try a.binary("/", CT_DIVIDE, b) }

    /// a + b.
    public static func + (a: Tensor, b: Double) throws(TorchError) -> Tensor { try a.scalar("+", CT_ADD_S, b) }
    /// a - b.
    public static func - (a: Tensor, b: Double) throws(TorchError) -> Tensor { try a.scalar("-", CT_ADD_S, -b) }
    /// a * b.
    public static func * (a: Tensor, b: Double) throws(TorchError) -> Tensor { try a.scalar("*", CT_MULTIPLY_S, b) }
    /// a / b.
    public static func / (a: Tensor, b: Double) throws(TorchError) -> Tensor { try a.scalar("/", CT_DIVIDE_S, b) }

    /// a + b.
    public static func + (a: Double, b: Tensor) throws(TorchError) -> Tensor { try b.scalar("+", CT_ADD_S, a) }
    /// a - b.
    public static func - (a: Double, b: Tensor) throws(TorchError) -> Tensor {
        try b.scalar("-", CT_REVERSE_SUBTRACT_S, a)
    }
    /// a * b.
    public static func * (a: Double, b: Tensor) throws(TorchError) -> Tensor { try b.scalar("*", CT_MULTIPLY_S, a) }
    /// a / b.
    public static func / (a: Double, b: Tensor) throws(TorchError) -> Tensor {
        try b.scalar("/", CT_REVERSE_DIVIDE_S, a)
    }

    /// -x.
    public static prefix func - (x: Tensor) throws(TorchError) -> Tensor { try x.negated() }

    /// -x.
    public func negated() throws(TorchError) -> Tensor { try unary("negated", CT_NEGATE) }
    /// x².
    public func square() throws(TorchError) -> Tensor { try unary("square", CT_SQUARE) }
    /// √x.
    public func sqrt() throws(TorchError) -> Tensor { try unary("sqrt", CT_SQRT) }
    /// 1/√x.
    public func rsqrt() throws(TorchError) -> Tensor { try unary("rsqrt", CT_RSQRT) }
    /// 1/x.
    public func reciprocal() throws(TorchError) -> Tensor { try unary("reciprocal", CT_RECIPROCAL) }
    /// e to the power of x.
    public func exp() throws(TorchError) -> Tensor { try unary("exp", CT_EXP) }
    /// The natural logarithm.
    public func log() throws(TorchError) -> Tensor { try unary("log", CT_LOG) }
    /// The natural logarithm of 1 + x, exact near 0.
    public func log1p() throws(TorchError) -> Tensor { try unary("log1p", CT_LOG1P) }
    /// The absolute value.
    public func abs() throws(TorchError) -> Tensor { try unary("abs", CT_ABS) }
    /// -1, 0 or 1.
    public func sign() throws(TorchError) -> Tensor { try unary("sign", CT_SIGN) }
    /// The sine of radians.
    public func sin() throws(TorchError) -> Tensor { try unary("sin", CT_SIN) }
    /// The cosine of radians.
    public func cos() throws(TorchError) -> Tensor { try unary("cos", CT_COS) }
    /// The error function.
    public func erf() throws(TorchError) -> Tensor { try unary("erf", CT_ERF) }
    /// The next whole number below.
    public func floor() throws(TorchError) -> Tensor { try unary("floor", CT_FLOOR) }
    /// The nearest whole number; halves go to the even one.
    public func round() throws(TorchError) -> Tensor { try unary("round", CT_ROUND) }

    /// x to the power of `exponent`.
    public func pow(_ exponent: Double) throws(TorchError) -> Tensor { try scalar("pow", CT_POW_S, exponent) }
    /// x to the power of `exponent`, with broadcasting.
    public func pow(_ exponent: Tensor) throws(TorchError) -> Tensor { try binary("pow", CT_POW, exponent) }

    /// x kept within `min` and `max`; nil leaves that side open, and the gradient is 0 outside.
    public func clamp(min: Double? = nil, max: Double? = nil) throws(TorchError) -> Tensor {
        var result = self
        if let min {
            result = try result.scalar("clamp", CT_CLAMP_MIN_S, min)
        }
        if let max {
            result = try result.scalar("clamp", CT_CLAMP_MAX_S, max)
        }
        return result
    }

    /// The larger of the two, with broadcasting.
    public static func maximum(_ a: Tensor, _ b: Tensor) throws(TorchError) -> Tensor {
        try a.binary("maximum", CT_MAXIMUM, b)
    }

    /// The smaller of the two, with broadcasting.
    public static func minimum(_ a: Tensor, _ b: Tensor) throws(TorchError) -> Tensor {
        try a.binary("minimum", CT_MINIMUM, b)
    }

    /// self + weight * (other - self).
    public func lerp(to other: Tensor, weight: Double) throws(TorchError) -> Tensor {
        try unsafe make("lerp", [self, other]) { unsafe ct_lerp($0, raw, other.raw, weight, $1) }
    }
}
