internal import CTorch

// The two ways over to C. `inputs` is read only when something went wrong.

typealias Failure = UnsafeMutablePointer<ct_error>
typealias Result = UnsafeMutablePointer<OpaquePointer?>

/// Runs `body`, which returns 0 or fills the error.
@inline(__always)
func perform(
    _ operation: String, _ inputs: @autoclosure () -> [Tensor], _ body: (Failure) -> Int32
) throws(TorchError) {
    var failure = unsafe ct_error(code: 0, message: nil)
    guard unsafe body(&failure) == 0 else {
        throw unsafe TorchError(operation, inputs(), taking: &failure)
    }
}

/// Runs `body`, which makes one tensor.
@inline(__always)
func make(
    _ operation: String, _ inputs: @autoclosure () -> [Tensor], _ body: (Result, Failure) -> Int32
) throws(TorchError) -> Tensor {
    var failure = unsafe ct_error(code: 0, message: nil)
    var result: OpaquePointer?
    guard unsafe body(&result, &failure) == 0, let made = unsafe result else {
        throw unsafe TorchError(operation, inputs(), taking: &failure)
    }
    return unsafe Tensor(owning: made)
}

extension Tensor {
    func unary(_ operation: String, _ code: ct_unary_op) throws(TorchError) -> Tensor {
        try unsafe make(operation, [self]) { unsafe ct_unary($0, code, raw, $1) }
    }

    func scalar(_ operation: String, _ code: ct_scalar_op, _ value: Double) throws(TorchError) -> Tensor {
        try unsafe make(operation, [self]) { unsafe ct_scalar($0, code, raw, value, $1) }
    }

    func binary(_ operation: String, _ code: ct_binary_op, _ other: Tensor) throws(TorchError) -> Tensor {
        try unsafe make(operation, [self, other]) { unsafe ct_binary($0, code, raw, other.raw, $1) }
    }

    func reduce(
        _ operation: String, _ code: ct_reduce_op, _ axes: [Int], _ keep: Bool, _ parameter: Double = 0
    ) throws(TorchError) -> Tensor {
        try unsafe make(operation, [self]) {
            unsafe ct_reduce($0, code, raw, axes, Int32(clamping: axes.count), keep, parameter, $1)
        }
    }

    func along(_ operation: String, _ code: ct_axis_op, _ axis: Int) throws(TorchError) -> Tensor {
        try unsafe make(operation, [self]) { unsafe ct_axis($0, code, raw, Int32(clamping: axis), $1) }
    }

    func arranged(_ operation: String, _ code: ct_shape_op, _ values: [Int]) throws(TorchError) -> Tensor {
        try unsafe make(operation, [self]) {
            unsafe ct_reshape($0, code, raw, values, Int32(clamping: values.count), $1)
        }
    }
}
