import Jobs

// Whoever can write to Redis can announce anything. One announcement that PostgreSQL cannot hold, such as a name with
// a NUL, would keep the whole list of workers from being recorded, again and again.

extension WorkerAnnouncement {
    /// Whether it can be one of ours; its models are looked at apart.
    var isPlausible: Bool {
        [host, version, device, pool].allSatisfy { isPlain($0, limit: 1_000) } && (0...1 << 20).contains(capacity)
    }
}

extension AnnouncedModel {
    /// Most words of a vocabulary.
    private static let maximumWords = 100_000

    /// Whether it can be one of ours.
    var isPlausible: Bool {
        digest.utf8.count == 64 && digest.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
            && (1...BatchSpecification.maximumNameBytes).contains(name.utf8.count)
            && isPlain(name, limit: BatchSpecification.maximumNameBytes) && (1...1 << 16).contains(resolution)
            && (1...1 << 10).contains(layers) && vocabulary.count <= Self.maximumWords
            && vocabulary.allSatisfy { isPlain($0, limit: 1_000) }
    }
}

/// Whether a text is short and without control characters.
private func isPlain(_ text: String, limit: Int) -> Bool {
    text.utf8.count <= limit && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
}
