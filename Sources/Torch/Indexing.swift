internal import CTorch

// Choosing elements.

extension Tensor {
    /// `length` elements from `start` along `axis`; a view.
    ///
    /// - Throws: `TorchError` if that leaves the tensor.
    public func narrow(_ axis: Int, start: Int, length: Int) throws(TorchError) -> Tensor {
        try arranged("narrow", CT_NARROW, [axis, start, length])
    }

    /// The element `index` along `axis`, without that axis; a view.
    ///
    /// - Throws: `TorchError` if there is none.
    public func select(_ axis: Int, index: Int) throws(TorchError) -> Tensor {
        try arranged("select", CT_SELECT, [axis, index])
    }

    /// Every `step`-th element along `axis`, beginning with the first; a view.
    ///
    /// - Throws: `TorchError` if `step` is not positive.
    public func strided(_ axis: Int, step: Int) throws(TorchError) -> Tensor {
        try arranged("strided", CT_STRIDED, [axis, step])
    }

    /// The elements at `index` (int64, [n]) along `axis`, in that order.
    ///
    /// - Throws: `TorchError` if an index is out of range.
    public func indexSelect(_ axis: Int, _ index: Tensor) throws(TorchError) -> Tensor {
        try unsafe make("indexSelect", [self, index]) {
            unsafe ct_index($0, CT_INDEX_SELECT, raw, Int32(clamping: axis), index.raw, $1)
        }
    }

    /// For each place of `index` (int64, as many axes as self) the element there along `axis`.
    ///
    /// - Throws: `TorchError` if an index is out of range.
    public func gather(_ axis: Int, _ index: Tensor) throws(TorchError) -> Tensor {
        try unsafe make("gather", [self, index]) {
            unsafe ct_index($0, CT_GATHER, raw, Int32(clamping: axis), index.raw, $1)
        }
    }

    /// Self with slice i of `source` added at `index[i]` along `axis`.
    ///
    /// - Throws: `TorchError` if an index is out of range or the shapes do not fit.
    public func indexAdd(_ axis: Int, _ index: Tensor, _ source: Tensor) throws(TorchError) -> Tensor {
        try unsafe make("indexAdd", [self, index, source]) {
            unsafe ct_index_add($0, raw, Int32(clamping: axis), index.raw, source.raw, $1)
        }
    }

    /// Class ids (int64, any shape) as rows (int64) that are 1 at the id: a last axis of `classes` is added.
    ///
    /// - Throws: `TorchError` if an id is not below `classes`.
    public func oneHot(_ classes: Int) throws(TorchError) -> Tensor {
        try arranged("oneHot", CT_ONE_HOT, [classes])
    }
}
