public import Torch

extension ParameterStore {
    /// A store with the same paths and a copy of the numbers.
    /// - Parameters:
    ///   - dtype: the type of floating-point tensors in the copy; this store's if nil. Others keep theirs.
    ///   - device: where the copy lives; this store's device if nil.
    ///   - trains: whether the copy's parameters ask for gradients.
    /// - Throws: ``LayerError/torch(_:)`` when memory is short.
    public func copied(
        dtype: DType? = nil, device: Device? = nil, trains: Bool = false
    ) throws(LayerError) -> ParameterStore {
        let copy = ParameterStore(
            loading: [:], dtype: dtype ?? self.dtype, device: device ?? self.device, trains: trains)
        for entry in entries {
            let tensor = try layered { () throws(TorchError) in
                let type = entry.tensor.dtype.isFloatingPoint ? copy.dtype : entry.tensor.dtype
                return try entry.tensor.detached().to(dtype: type, device: copy.device).clone()
                    .requiringGradient(trains && entry.isTrainable)
            }
            copy.append(Entry(path: entry.path, tensor: tensor, isTrainable: trains && entry.isTrainable))
        }
        return copy
    }

    /// Moves every trained parameter a little towards the store it follows: `self += weight (other - self)`; buffers
    /// (running statistics, averages) are copied.
    ///
    /// - Parameters:
    ///   - other: the store with the same network that is being trained.
    ///   - weight: 1 minus the decay of the average, 0 to 1.
    /// - Throws: ``LayerError/invalid(_:)`` where a path is missing in `other`.
    public func average(toward other: ParameterStore, weight: Double) throws(LayerError) {
        var targets: [Tensor] = []
        var sources: [Tensor] = []
        for entry in entries {
            guard let source = other[entry.path] else {
                throw .invalid("cannot average: the other store has no \(entry.path)")
            }
            if other.isTrained(entry.path) {
                targets.append(entry.tensor)
                sources.append(source)
            } else {
                try layered { () throws(TorchError) in try entry.tensor.copy(from: source) }
            }
        }
        try layered { () throws(TorchError) in try Tensor.lerp(targets, towards: sources, weight: weight) }
    }

    /// Overwrites the numbers with those of `tensors`, in place, so that networks over this store see them.
    ///
    /// - Parameter tensors: by path; just the paths of this store, with the same shapes.
    /// - Throws: ``LayerError/mismatch(_:)`` before anything is written.
    public func restore(_ tensors: [String: Tensor]) throws(LayerError) {
        var report = ParameterReport()
        for entry in entries {
            guard let given = tensors[entry.path] else {
                report.missing.append(entry.path)
                continue
            }
            if given.shape != entry.tensor.shape {
                report.misshapen.append(
                    .init(path: entry.path, expected: entry.tensor.shape, found: given.shape))
            }
        }
        report.extra = tensors.keys.filter { self[$0] == nil }.sorted()
        guard report.isEmpty else { throw .mismatch(report) }
        for entry in entries {
            guard let given = tensors[entry.path] else { continue }
            try layered { () throws(TorchError) in try entry.tensor.copy(from: given) }
        }
    }
}
