/// Where readers leave the defects that they meet.
///
/// A reader goes on after ``note(_:)`` with the next file or line; whoever opens a collection to use it lets it throw.
struct DefectLog {
    /// Whether the first defect ends the reading.
    let isStrict: Bool
    private(set) var defects: [FaceCollectionError] = []

    init(isStrict: Bool) {
        self.isStrict = isStrict
    }

    /// Keeps a defect, or throws it.
    mutating func note(_ defect: FaceCollectionError) throws(FaceCollectionError) {
        guard !isStrict else { throw defect }
        defects.append(defect)
    }

    /// Keeps a defect that does not keep anybody from using the collection; a strict reader passes it over.
    mutating func remark(_ defect: FaceCollectionError) {
        if !isStrict { defects.append(defect) }
    }

    /// The result of some reading, or nil where a defect was kept instead.
    mutating func keep<Value>(
        _ body: () throws(FaceCollectionError) -> Value
    ) throws(FaceCollectionError) -> Value? {
        do {
            return try body()
        } catch {
            try note(error)
            return nil
        }
    }
}
