/// How far a long job has come; any later attempt goes on from its checkpoint.
public struct JobProgress: Hashable, Sendable {
    /// Most bytes of a note.
    public static let maximumNoteBytes = 200

    /// Steps made so far.
    public var step: Int
    /// Steps that there are.
    public var total: Int
    /// SHA-256 of the artifact that holds the state after this step, 64 lower-case hexadecimal digits.
    public var checkpoint: String?
    /// What else is worth knowing, such as the loss; for people.
    public var note: String?
    /// SHA-256 of a PNG of how it looks now.
    public var preview: String?
    /// SHA-256 of a JSON file with the losses so far.
    public var curve: String?

    /// Describes progress; a note that is too long is cut.
    public init(
        step: Int, total: Int, checkpoint: String? = nil, note: String? = nil, preview: String? = nil,
        curve: String? = nil
    ) {
        self.preview = preview
        self.curve = curve
        self.step = step
        self.total = total
        self.checkpoint = checkpoint
        self.note = note.map { JobFailure.cut($0, to: Self.maximumNoteBytes) }
    }
}

/// Where an attempt begins that does not begin at the beginning.
public struct Checkpoint: Hashable, Sendable {
    /// Steps that are done.
    public var step: Int
    /// SHA-256 of the artifact that holds the state after them.
    public var digest: String

    /// Names a checkpoint.
    public init(step: Int, digest: String) {
        self.step = step
        self.digest = digest
    }
}
