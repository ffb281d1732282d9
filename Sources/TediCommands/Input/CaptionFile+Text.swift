import Jobs

extension CaptionFile {
    /// Reads one caption per line.
    mutating func readText(_ bytes: ArraySlice<UInt8>) {
        for line in FileLines(bytes) {
            add(line: line.number) { () throws(ItemError) in
                guard !line.bytes.allSatisfy(FileLines.isSpace) else {
                    throw ItemError(.blankLine, "the line is blank; remove it or write a caption")
                }
                // Before the text is decoded: a line of a megabyte is refused at the cost of looking at its length.
                guard line.bytes.count <= CaptionItem.maximumCaptionBytes else {
                    throw ItemError(
                        .lineTooLong,
                        "the caption has \(line.bytes.count) bytes; shorten it to \(CaptionItem.maximumCaptionBytes) or fewer"
                    )
                }
                return (try CaptionItem(caption: String(checking: line.bytes)), nil)
            }
        }
    }

    /// Reads one JSON object per line.
    mutating func readJSONLines(_ bytes: ArraySlice<UInt8>) {
        for line in FileLines(bytes) {
            add(line: line.number) { () throws(ItemError) in
                (try CaptionItem(parsing: line.bytes), line.bytes)
            }
        }
    }
}
