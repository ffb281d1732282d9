import FaceData

/// Compares the rows of an attribute file with the faces, and with each other.
enum TableInspection {
    static func defects(of scan: CollectionScan) -> [FaceCollectionError] {
        guard let (table, file) = scan.attributes else { return [] }
        var defects: [FaceCollectionError] = []
        for (stem, line) in zip(table.stems, table.lines) {
            if scan.places[FaceStem.key(stem)] == nil {
                defects.append(
                    FaceCollectionError(
                        .row, file, line: line, "there is no picture of the face \(stem)",
                        remedy: "add the picture, or take the row out"))
            }
            for names in AttributeContradiction.all(in: table.attributes(of: stem) ?? [:]) {
                defects.append(
                    FaceCollectionError(
                        .contradiction, file, line: line,
                        "the face \(stem) cannot be \(names.joined(separator: " and ")) at once",
                        remedy: "correct the row; captions leave these out"))
            }
        }
        for face in scan.faces where table.values(of: face.stem) == nil {
            defects.append(
                FaceCollectionError(
                    .row, file, "it has no row for the face \(face.stem)",
                    remedy: "add the row, or take the picture out"))
        }
        return defects
    }
}
