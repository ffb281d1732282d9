/// What an unpickler grants a file: far more than any checkpoint needs, far less than would hurt.
struct PickleLimits: Sendable {
    /// Bytes of all pickles of a file; a network of 2,000 tensors takes about 200,000.
    var bytes = 64 << 20
    /// Values on the stack at one time.
    var stack = 500_000
    /// Marks at one time: containers that are being filled.
    var marks = 1_000
    /// Containers made, elements put into them and values remembered, together; also values in the result.
    var values = 2_000_000
    /// Levels of containers within containers in the result.
    var depth = 100
    /// Bytes of one text or number.
    var text = 1 << 20
    /// Axes of a tensor.
    var rank = 64
}
