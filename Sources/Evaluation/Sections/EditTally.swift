/// Counts of what edits did.
struct EditTally {
    let attribute: String
    private(set) var edits = 0
    private var changed = 0
    private var kept = 0
    private var watched = 0

    init(attribute: String) { self.attribute = attribute }

    /// Adds an edit by the verdicts before and after.
    mutating func add(_ before: [Bool], _ after: [Bool], _ asked: Int, _ unrelated: [Int]) {
        edits += 1
        if before[asked] != after[asked] { changed += 1 }
        watched += unrelated.count
        kept += unrelated.count { before[$0] == after[$0] }
    }

    /// Adds the edits of another attribute.
    mutating func add(_ other: EditTally) {
        edits += other.edits
        changed += other.changed
        watched += other.watched
        kept += other.kept
    }

    var row: EditQuality.Row {
        .init(
            attribute: attribute, edits: edits, success: Double(changed) / Double(max(1, edits)),
            unchanged: Double(kept) / Double(max(1, watched)))
    }
}
