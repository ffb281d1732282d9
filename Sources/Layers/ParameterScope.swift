public import Torch

/// A part of a ``ParameterStore`` under a common prefix; what a layer takes its parameters from.
public struct ParameterScope {
    let store: ParameterStore
    let prefix: String

    /// The scope `name` inside this one.
    public func scope(_ name: String) -> ParameterScope {
        ParameterScope(store: store, prefix: path(name))
    }

    /// The full path of `name` in this scope.
    public func path(_ name: String) -> String { prefix.isEmpty ? name : "\(prefix).\(name)" }

    /// A tensor that training changes.
    /// - Parameters:
    ///   - name: the last part of the path.
    ///   - shape: the shape that the layer needs.
    ///   - initializer: the numbers to start from where the store creates.
    /// - Throws: ``LayerError/torch(_:)`` when memory is short; faults of loading wait for
    ///   ``ParameterStore/verify()``.
    public func parameter(
        _ name: String, _ shape: [Int], _ initializer: Initializer
    ) throws(LayerError) -> Tensor {
        try store.tensor(path(name), shape, initializer, trainable: true, dtype: store.dtype)
    }

    /// A tensor that belongs to the network's state and is not trained.
    /// - Parameters:
    ///   - name: the last part of the path.
    ///   - shape: the shape that the layer needs.
    ///   - initializer: the numbers to start from where the store creates.
    ///   - dtype: the element type where it is not the store's.
    /// - Throws: ``LayerError/torch(_:)`` when memory is short.
    public func buffer(
        _ name: String, _ shape: [Int], _ initializer: Initializer, dtype: DType? = nil
    ) throws(LayerError) -> Tensor {
        try store.tensor(path(name), shape, initializer, trainable: false, dtype: dtype ?? store.dtype)
    }
}

extension ParameterScope {
    /// The type of the store's floating-point tensors.
    public var dtype: DType { store.dtype }

    /// Where the store's tensors live.
    public var device: Device { store.device }
}
