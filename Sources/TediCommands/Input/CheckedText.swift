import Jobs

extension ItemError {
    /// Bytes that are not text.
    static let notUTF8 = ItemError(.invalidUTF8, "the line is not valid UTF-8; save the file as UTF-8")
}

extension String {
    /// Text that arrived as bytes.
    init(checking utf8: ArraySlice<UInt8>) throws(ItemError) {
        guard let text = String(validating: utf8, as: UTF8.self) else { throw ItemError.notUTF8 }
        self = text
    }
}
