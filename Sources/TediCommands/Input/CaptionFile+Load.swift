extension CaptionFile {
    /// Reads a caption file and refuses one with mistakes; it blocks while it reads.
    ///
    /// - Parameters:
    ///   - source: The file or stream.
    ///   - format: How it is written; by the file's name where it is nil.
    ///   - plan: How its lines become items.
    ///   - files: Knows the folder that local files are looked for in.
    ///   - search: Folders of programs that unpack, separated by colons.
    ///   - refusal: The first line about a file with so many mistakes.
    static func load(
        _ source: InputSource, format named: CaptionFormat?, plan: ItemPlan, files: LocalFiles? = nil,
        search: String? = nil, refusal: (Int) -> String
    ) throws(CommandError) -> CaptionFile {
        let format = named ?? CaptionFormat.guessed(from: source.path) ?? .txt
        var bytes = try source.read()
        if let archive = PackedInput(bytes) {
            bytes = try archive.unpack(bytes, name: source.name, limit: InputSource.limit, search: search)
            // Once is a habit, twice is a trap.
            if let inner = PackedInput(bytes) { throw inner.refusal(of: source.name) }
        }
        if named == nil, format == .txt { try refuseJSON(bytes, name: source.name) }
        let file = CaptionFile(
            reading: bytes, as: format, plan: plan, files: files ?? LocalFiles(folder: source.folder))
        try file.refuseMistakes(name: source.name, refusal)
        return file
    }

    /// Notes on the console what is worth knowing.
    func tell(name: String) {
        for note in notes { Console.current.note("\(name): \(note)") }
    }

    /// Refuses a file with mistakes.
    func refuseMistakes(name: String, _ refusal: (Int) -> String) throws(CommandError) {
        guard errorCount > 0 else { return }
        throw CommandError(.badInput, [refusal(errorCount)] + report(name: name).map { "  \($0)" })
    }

    /// JSON lines under another name would be drawn as captions, braces and all.
    private static func refuseJSON(_ bytes: [UInt8], name: String) throws(CommandError) {
        guard bytes.prefix(200).starts(with: Array("{\"".utf8)) else { return }
        throw .badInput(
            "\(name) looks like JSON lines", remedy: "Say --format jsonl, or --format txt if these are the captions.")
    }
}
