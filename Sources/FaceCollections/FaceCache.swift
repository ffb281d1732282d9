/// Decoded faces up to a number of bytes; those that were used longest ago make room first.
struct FaceCache {
    private struct Entry {
        let face: LoadedFace
        /// Neighbours in the order of use: the one used before and the one used after.
        var older: Int?
        var younger: Int?
    }

    private let limit: Int
    private var entries: [Int: Entry] = [:]
    private var oldest: Int?
    private var youngest: Int?

    /// Bytes of all faces here, never above the limit.
    private(set) var bytes = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// The face at a position, which becomes the one used last; nil where it is not here.
    subscript(position: Int) -> LoadedFace? {
        mutating get {
            guard let face = entries[position]?.face else { return nil }
            if youngest != position {
                remove(position)
                append(face, at: position)
            }
            return face
        }
    }

    /// Keeps a face, unless it is larger than the limit alone.
    mutating func insert(_ face: LoadedFace, at position: Int) {
        remove(position)
        guard face.bytes <= limit else { return }
        while bytes + face.bytes > limit, let oldest { remove(oldest) }
        append(face, at: position)
    }

    private mutating func append(_ face: LoadedFace, at position: Int) {
        entries[position] = Entry(face: face, older: youngest, younger: nil)
        if let youngest { entries[youngest]?.younger = position }
        youngest = position
        if oldest == nil { oldest = position }
        bytes += face.bytes
    }

    private mutating func remove(_ position: Int) {
        guard let entry = entries.removeValue(forKey: position) else { return }
        bytes -= entry.face.bytes
        if let older = entry.older { entries[older]?.younger = entry.younger } else { oldest = entry.younger }
        if let younger = entry.younger { entries[younger]?.older = entry.older } else { youngest = entry.older }
    }
}
