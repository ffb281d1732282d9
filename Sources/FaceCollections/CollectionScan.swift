import FaceData

/// What lies in the folder of a collection, found by names alone: no picture is opened.
struct CollectionScan {
    let folder: CollectionFolder
    let layout: FaceLayout
    var log: DefectLog

    /// In the natural order of their stems.
    var faces: [CollectedFace] = []

    /// The place of the face that a stem's key names.
    var places: [String: Int] = [:]

    /// The folder that was found for each kind of file.
    var folders: [FaceFolder: String] = [:]

    /// The attribute file, and where it lies.
    var attributes: (table: AttributeTable, file: String)?

    /// The split of each face by the lists that are there; nil where there are none.
    var listed: [FaceSplit: [Int]]?

    init(_ folder: CollectionFolder, layout: FaceLayout, isStrict: Bool) throws(FaceCollectionError) {
        self.folder = folder
        self.layout = layout
        log = DefectLog(isStrict: isStrict)
        try findFaces()
        let pictures = FaceStem.pictureEndings
        for file in try files(.captions, layout.captions, endings: ["txt"]) { tie(file) { $0.captions = $1 } }
        for file in try files(.labelMaps, layout.labelMaps, endings: pictures) { tie(file) { $0.labelMap = $1 } }
        for file in try files(.sketches, layout.sketches, endings: pictures) { tie(file) { $0.sketch = $1 } }
        try findParts()
        try readAttributes()
        try readLists()
    }

    // MARK: Faces

    private mutating func findFaces() throws(FaceCollectionError) {
        let found = try files(.images, layout.images, endings: FaceStem.pictureEndings)
        guard let folder = folders[.images] else {
            // One that is there and cannot be used was noted already.
            throw log.defects.last
                ?? FaceCollectionError(
                    .missing, layout.images.first ?? "", "there is no folder of pictures",
                    remedy: "put the pictures into a folder \(layout.images.joined(separator: " or "))")
        }
        faces = found.map { (order: NaturalOrder($0.stem), face: CollectedFace(stem: $0.stem, image: $0.path)) }
            .sorted { $0.order < $1.order }.map(\.face)
        for (place, face) in faces.enumerated() { places[FaceStem.key(face.stem)] = place }
        if faces.isEmpty {
            try log.note(
                FaceCollectionError(
                    .missing, folder, "the folder has no pictures", remedy: "put PNG or JPEG files there"))
        }
    }

    /// Ties a file to the face of its stem; one without a face is remarked upon.
    private mutating func tie(_ file: FoundFile, _ set: (inout CollectedFace, String) -> Void) {
        guard let place = places[FaceStem.key(file.stem)] else { return remarkOrphan(file.path, stem: file.stem) }
        set(&faces[place], file.path)
    }

    mutating func remarkOrphan(_ path: String, stem: String) {
        log.remark(
            FaceCollectionError(
                .missing, path, "there is no picture of the face \(stem)", remedy: "add the picture, or take this out"))
    }

    // MARK: Folders

    private typealias FoundFile = (stem: String, path: String)

    /// The files of the first of several folders that is there, at most one for each face.
    private mutating func files(
        _ kind: FaceFolder, _ candidates: [String], endings: [String]
    ) throws(FaceCollectionError) -> [FoundFile] {
        guard let (name, entries) = try first(kind, candidates) else { return [] }
        var found: [FoundFile] = []
        var owners: [String: String] = [:]
        for entry in entries.sorted() {
            let path = "\(name)/\(entry)"
            let dot = entry.lastIndex(of: ".") ?? entry.endIndex
            guard dot < entry.endIndex, endings.contains(entry[entry.index(after: dot)...].lowercased()) else {
                log.remark(
                    FaceCollectionError(
                        .name, path, "it does not end in .\(endings.joined(separator: ", .")) and is not read",
                        remedy: "rename it, or take it out"))
                continue
            }
            let stem = String(entry[..<dot])
            guard FaceStem.isValid(stem) else {
                try log.note(
                    FaceCollectionError(
                        .name, path, "no face can have this name",
                        remedy: "use up to 200 letters and digits, no control characters"))
                continue
            }
            let key = FaceStem.key(stem)
            if let other = owners[key] {
                try log.note(
                    FaceCollectionError(
                        .clash, path, "it stands for the same face as \(other)", remedy: "take one of them out"))
                continue
            }
            owners[key] = path
            found.append((stem, path))
        }
        return found
    }

    mutating func first(
        _ kind: FaceFolder, _ candidates: [String]
    ) throws(FaceCollectionError) -> (name: String, entries: [String])? {
        for name in candidates {
            guard let entries = try names(in: name) else { continue }
            folders[kind] = name
            return (name, entries)
        }
        return nil
    }

    mutating func names(in path: String) throws(FaceCollectionError) -> [String]? {
        let (folder, limit) = (folder, layout.limits.files)
        return try log.keep { () throws(FaceCollectionError) in try folder.names(in: path, limit: limit) } ?? nil
    }
}

/// The kinds of folders that a collection may have.
enum FaceFolder: String, Sendable, Hashable, CaseIterable {
    case images, captions, labelMaps, parts, sketches
}
