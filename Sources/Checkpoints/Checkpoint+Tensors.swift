public import Torch

extension Checkpoint {
    /// Reads one tensor's numbers.
    ///
    /// Other tensors of the same storage get numbers of their own, except through ``tensors(at:prefix:device:)``. An
    /// axis without a step (`expand` in PyTorch) costs no memory: the tensor repeats what it has.
    ///
    /// - Throws: `CheckpointError` for a type that no `Tensor` holds, and where the file cannot be read.
    public func read(_ record: TensorRecord, device: Device = .cpu) throws(CheckpointError) -> Tensor {
        do throws(CheckpointFault) {
            return try tensor(record, device)
        } catch {
            throw CheckpointError(path: path, reason: error.reason)
        }
    }

    /// Reads the tensors of one of the ``stateDictionaries()``.
    /// - Parameters:
    ///   - place: where the dictionary is; empty for the root.
    ///   - prefix: only names that begin so; it is cut off from them.
    ///   - device: where the tensors are to be.
    /// - Returns: tensors by name; those that are the same part of a storage share their numbers.
    /// - Throws: `CheckpointError` if there are none, and as ``read(_:device:)``.
    public func tensors(
        at place: String = "", prefix: String = "", device: Device = .cpu
    ) throws(CheckpointError) -> [String: Tensor] {
        do throws(CheckpointFault) {
            let known = stateDictionaries()
            let records = (known.first { $0.place == place }?.tensors ?? [:]).filter { $0.key.hasPrefix(prefix) }
            guard !records.isEmpty else {
                let asked = prefix.isEmpty ? place : "\(place)/\(prefix)"
                throw CheckpointFault(.noSuchPlace(asked, known: known.map(\.place)))
            }
            try checkViews(records.values, place)
            var result: [String: Tensor] = [:]
            var read: [TensorRecord: Tensor] = [:]
            for (name, record) in records {
                let numbers: Tensor
                if let known = read[record.unnamed] {
                    numbers = known
                } else {
                    numbers = try tensor(record, device)
                    read[record.unnamed] = numbers
                }
                result[String(name.dropFirst(prefix.count))] = numbers
            }
            return result
        } catch {
            throw CheckpointError(path: path, reason: error.reason)
        }
    }

    /// A small file can name a large storage in very many ways; reading each would take memory without bound.
    private func checkViews(_ records: some Sequence<TensorRecord>, _ place: String) throws(CheckpointFault) {
        var sum = 0
        for record in Set(records.map(\.unnamed)) {
            let size = TensorExtent(shape: record.shape, strides: record.strides)?.distinct ?? 0
            let (bytes, tooLarge) = size.multipliedReportingOverflow(by: record.type.byteCount)
            let (next, overflow) = sum.addingReportingOverflow(bytes)
            guard !tooLarge, !overflow, next <= 8 * file.size + 1 << 20 else {
                throw CheckpointFault(.tooManyViews(place: place))
            }
            sum = next
        }
    }

    private func tensor(_ record: TensorRecord, _ device: Device) throws(CheckpointFault) -> Tensor {
        guard let dtype = record.dtype else {
            throw CheckpointFault(.unsupportedType(tensor: record.shown, type: record.typeName))
        }
        // The record may be of another file, so it is checked again.
        guard let range = storages[record.storage] else { throw CheckpointFault(.missingStorage(record.storage)) }
        let held = range.count / dtype.byteCount
        guard let extent = TensorExtent(shape: record.shape, strides: record.strides),
            extent.span == 0 || record.offset >= 0 && record.offset <= held && extent.span <= held - record.offset
        else {
            throw CheckpointFault(
                .tensorOutsideStorage(shape: record.shape, storage: record.storage, elements: held))
        }
        guard extent.distinct <= held else { throw CheckpointFault(.selfOverlapping(tensor: record.shown)) }
        let layout = TensorLayout(record.shape, record.strides)
        let start = extent.span == 0 ? range.lowerBound : range.lowerBound + record.offset * dtype.byteCount
        let span = try reading("storage \(Unpickler.shown(record.storage))") { () throws(SafeTensorsFault) in
            try file.bytes(at: start, count: extent.span * dtype.byteCount)
        }
        do throws(TorchError) {
            let bytes = layout.isRowMajor ? span : layout.gathered(span, dtype.byteCount)
            var tensor: Tensor
            if dtype == .bool {
                // Only 0 and 1 are truth values in memory, but a file may hold any byte.
                tensor = try Tensor(bytes, shape: layout.shape).notEqual(0).to(device: device)
            } else {
                tensor = try Tensor(bytes: bytes, shape: layout.shape, dtype: dtype, device: device)
            }
            if layout.shape != record.shape { tensor = try tensor.expanded(record.shape) }
            return tensor
        } catch {
            throw CheckpointFault(.tensor(error))
        }
    }
}

extension TensorRecord {
    /// The same numbers, whatever they are called.
    fileprivate var unnamed: TensorRecord {
        var record = self
        record.name = ""
        return record
    }

    /// How a message calls the tensor.
    fileprivate var shown: String { name.isEmpty ? "of storage \(storage)" : name }
}
