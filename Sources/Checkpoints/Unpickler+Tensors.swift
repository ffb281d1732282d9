// Storages and tensors: what the file says of them is checked here, before a byte of theirs is looked at.

extension Unpickler {
    /// A storage: ("storage", class, key, location, count) and in old files the part that is seen.
    ///
    /// The location, such as "cuda:0", is where the numbers were, and of no concern.
    mutating func pushStorage() throws(CheckpointFault) {
        let parts = try elements(try pop())
        guard parts.count >= 5, case .text("storage") = parts[0], case .global(.storage(let type)) = parts[1],
            let key = key(parts[2]), case .integer(let count) = parts[4]
        else { throw .malformed("a persistent value that is no storage") }
        guard count >= 0, !count.multipliedReportingOverflow(by: type.byteCount).overflow else {
            throw .malformed("a storage of \(count) elements")
        }
        var visible = 0..<count
        if parts.count > 5, case .node = parts[5] {
            let view = try elements(parts[5])
            guard view.count == 3, case .integer(let start) = view[1], case .integer(let length) = view[2],
                start >= 0, length >= 0, start <= count, length <= count - start
            else { throw .malformed("a view that leaves its storage") }
            visible = start..<start + length
        }
        try spend(4)
        storages.append(StorageReference(key: key, type: type, count: count, visible: visible))
        try push(.storage(storages.count - 1))
    }

    /// A tensor: (storage, offset, shape, strides, …).
    ///
    /// Whether it wants gradients is of no concern, nor are hooks.
    /// - Parameter type: where the storage does not say it.
    mutating func pushTensor(_ arguments: [PickleItem], type: ElementType?) throws(CheckpointFault) {
        guard arguments.count >= 4, case .storage(let index) = try kind(of: arguments[0]),
            case .integer(let offset) = arguments[1]
        else { throw .malformed("a tensor without its storage") }
        let shape = try lengths(arguments[2])
        let strides = try lengths(arguments[3])
        let storage = storages[index]
        let type = type ?? storage.type
        guard shape.count == strides.count, shape.count <= limits.rank, offset >= 0 else {
            throw .malformed("a tensor of \(shape.count) axes with \(strides.count) strides from \(offset) on")
        }
        let elements = storage.visible.count * storage.type.byteCount / type.byteCount
        guard let extent = TensorExtent(shape: shape, strides: strides),
            extent.span == 0 || offset <= elements && extent.span <= elements - offset
        else {
            throw CheckpointFault(.tensorOutsideStorage(shape: shape, storage: storage.key, elements: elements))
        }
        let start = storage.visible.lowerBound * storage.type.byteCount / type.byteCount
        let (place, overflow) = start.addingReportingOverflow(offset)
        guard !overflow else { throw .malformed("a tensor from \(offset) on") }
        try spend(8 + 2 * shape.count)
        records.append(
            TensorRecord(name: "", shape: shape, strides: strides, offset: place, storage: storage.key, type: type))
        try push(.tensor(records.count - 1))
    }

    private func lengths(_ item: PickleItem) throws(CheckpointFault) -> [Int] {
        var result: [Int] = []
        for part in try elements(item) {
            guard case .integer(let length) = part, length >= 0 else { throw .malformed("a shape or its strides") }
            result.append(length)
        }
        return result
    }

    private func key(_ item: PickleItem) -> String? {
        switch item {
        case .text(let key): key
        case .integer(let key): String(key)
        default: nil
        }
    }
}

/// How far a tensor reaches over its storage, in elements.
struct TensorExtent {
    /// All elements of the tensor.
    let count: Int
    /// Elements from the first to behind the last; 0 for an empty tensor.
    let span: Int
    /// Elements without those that an axis without a step repeats.
    let distinct: Int

    /// Works it out, or gives nil where it is more than can be.
    init?(shape: [Int], strides: [Int]) {
        var count = 1
        var distinct = 1
        var last = 0
        let isEmpty = shape.contains(0)
        for (length, stride) in zip(shape, strides) {
            let (all, tooMany) = count.multipliedReportingOverflow(by: length)
            let (reach, tooFar) = max(length - 1, 0).multipliedReportingOverflow(by: stride)
            let (end, pastEnd) = last.addingReportingOverflow(reach)
            guard !tooMany, isEmpty || !tooFar && !pastEnd && end < Int.max else { return nil }
            count = all
            last = end
            if stride != 0 { distinct &*= length }  // Wraps only beside an axis of length 0.
        }
        self.count = count
        self.distinct = isEmpty ? 0 : distinct
        span = isEmpty ? 0 : last + 1
    }
}
