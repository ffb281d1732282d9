/// Reads the captions of one face, one per line.
enum CaptionLines {
    static func read(
        _ bytes: [UInt8], _ file: String, _ limits: FaceLimits, log: inout DefectLog
    ) throws(FaceCollectionError) -> [String] {
        var lines = TextLines(bytes)
        var captions: [String] = []
        while let line = lines.next() {
            guard let text = TextLines.text(line) else {
                try log.note(
                    FaceCollectionError(
                        .caption, file, line: lines.number, "it is not UTF-8", remedy: "store the file as UTF-8"))
                continue
            }
            guard !text.isEmpty else {
                log.remark(
                    FaceCollectionError(
                        .caption, file, line: lines.number, "it is empty",
                        remedy: "write a caption, or take the line out"))
                continue
            }
            captions.append(text)
            guard captions.count <= limits.captions else {
                throw FaceCollectionError(
                    .tooLarge, file, "it has more than \(limits.captions) captions", remedy: "take some out")
            }
        }
        return captions
    }
}
