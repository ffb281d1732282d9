internal import CTorch

/// What LibTorch, or a check before it, refused to do.
public struct TorchError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The operation that was asked for, under its name in this module.
    public let operation: String
    /// Shapes of the tensors it was given, in order.
    public let shapes: [[Int]]
    /// What was wrong, in LibTorch's own words where it found the fault.
    public let message: String

    /// Makes an error about `operation`.
    public init(operation: String, shapes: [[Int]] = [], message: String) {
        self.operation = operation
        self.shapes = shapes
        self.message = message
    }

    /// The operation, the shapes and the message on one line.
    public var description: String {
        let given = shapes.isEmpty ? "" : " of " + shapes.map { "\($0)" }.joined(separator: ", ")
        return "\(operation)\(given): \(message)"
    }
}

extension TorchError {
    /// Takes the message out of `failure` and frees it.
    init(_ operation: String, _ inputs: [Tensor], taking failure: inout ct_error) {
        var message = "LibTorch returned no tensor"
        if let text = unsafe failure.message {
            message = unsafe String(cString: text)
        }
        unsafe ct_error_clear(&failure)
        self.init(operation: operation, shapes: inputs.map(\.shape), message: message)
    }
}
