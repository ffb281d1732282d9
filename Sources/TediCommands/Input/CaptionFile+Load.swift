extension CaptionFile {
    /// Reads a caption file and refuses one with mistakes; what is worth knowing is noted on the console.
    ///
    /// - Parameters:
    ///   - source: The file or stream.
    ///   - format: How it is written; by the file's name where it is nil.
    ///   - column: For `csv`, the column of the captions.
    ///   - refusal: The first line about a file with so many mistakes.
    static func load(
        _ source: InputSource, format named: CaptionFormat?, column: String, refusal: (Int) -> String
    ) throws(CommandError) -> CaptionFile {
        let format = named ?? CaptionFormat.guessed(from: source.path) ?? .txt
        let bytes = try source.read()
        if let archive = PackedInput(bytes) { throw archive.refusal(of: source.name) }
        if named == nil, format == .txt { try refuseJSON(bytes, name: source.name) }
        let file = CaptionFile(reading: bytes, as: format, column: column)
        guard file.errorCount == 0 else {
            throw CommandError(
                .badInput, [refusal(file.errorCount)] + file.report(name: source.name).map { "  \($0)" })
        }
        for note in file.notes { Console.current.note("\(source.name): \(note)") }
        return file
    }

    /// JSON lines under another name would be drawn as captions, braces and all.
    private static func refuseJSON(_ bytes: [UInt8], name: String) throws(CommandError) {
        guard bytes.prefix(200).starts(with: Array("{\"".utf8)) else { return }
        throw .badInput(
            "\(name) looks like JSON lines", remedy: "Say --format jsonl, or --format txt if these are the captions.")
    }
}
