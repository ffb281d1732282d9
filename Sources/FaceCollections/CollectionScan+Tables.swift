import FaceData

extension CollectionScan {
    private mutating func table(_ file: String) throws(FaceCollectionError) -> [UInt8]? {
        let (folder, limit) = (folder, layout.limits.tableBytes)
        return try log.keep { () throws(FaceCollectionError) in try folder.contents(of: file, limit: limit) } ?? nil
    }

    mutating func readAttributes() throws(FaceCollectionError) {
        for file in layout.attributes {
            guard let bytes = try table(file) else { continue }
            do {
                let table = try AttributeTable(parsing: bytes, file: file, limits: layout.limits, log: &log)
                attributes = (table, file)
            } catch {
                try log.note(error)
            }
            return
        }
    }

    mutating func readLists() throws(FaceCollectionError) {
        var owners: [Int: String] = [:]
        for list in layout.lists {
            guard let bytes = try table(list.file) else { continue }
            var lines = TextLines(bytes)
            var chosen: [Int] = []
            while let line = lines.next() {
                guard let text = TextLines.text(line), !text.isEmpty else { continue }
                let stem = FaceStem.ofPicture(text)
                let place = places[FaceStem.key(stem)]
                if let place, owners[place] == nil {
                    owners[place] = list.file
                    chosen.append(place)
                } else {
                    try log.note(Self.listDefect(list.file, lines.number, stem, owner: place.flatMap { owners[$0] }))
                }
            }
            listed = (listed ?? [:]).merging([list.split: chosen]) { $0 + $1 }
        }
    }

    private static func listDefect(_ file: String, _ line: Int, _ stem: String, owner: String?) -> FaceCollectionError {
        guard let owner else {
            return FaceCollectionError(
                .list, file, line: line, "there is no picture of the face \(stem)",
                remedy: "add the picture, or take the line out")
        }
        return FaceCollectionError(
            .list, file, line: line, "the face \(stem) is in \(owner) already", remedy: "name each face once")
    }
}
