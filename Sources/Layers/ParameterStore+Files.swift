public import Torch

extension ParameterStore {
    /// Writes all tensors to a safetensors file, atomically.
    /// - Parameters:
    ///   - path: the file; replaced if it exists.
    ///   - storage: the type that floating-point tensors are stored in, `.float16` to halve the file; as they are if
    ///     nil.
    ///   - metadata: texts for the head of the file.
    /// - Throws: ``LayerError/file(_:)`` with the system's message.
    public func save(
        to path: String, storage: DType? = nil, metadata: [String: String] = [:]
    ) throws(LayerError) {
        let stored = try layered { () throws(TorchError) in
            var stored: [String: Tensor] = [:]
            for entry in entries {
                let tensor = try entry.tensor.detached()
                stored[entry.path] =
                    if let storage, tensor.dtype.isFloatingPoint { try tensor.to(dtype: storage) } else { tensor }
            }
            return stored
        }
        do {
            try SafeTensors.write(path, stored, metadata: metadata)
        } catch {
            throw .file(error)
        }
    }

    /// A store that loads from a safetensors file.
    /// - Parameters:
    ///   - path: the file.
    ///   - dtype: the type that floating-point tensors are computed in, whatever they are stored in.
    ///   - device: where the tensors live.
    ///   - trains: whether parameters ask for gradients.
    /// - Throws: ``LayerError/file(_:)`` for a file that is absent or broken.
    public static func reading(
        _ path: String, dtype: DType = .float32, device: Device = .cpu, trains: Bool = false
    ) throws(LayerError) -> ParameterStore {
        let file: SafeTensors
        do {
            file = try SafeTensors.read(path)
        } catch {
            throw .file(error)
        }
        return ParameterStore(loading: file.tensors, dtype: dtype, device: device, trains: trains)
    }
}
