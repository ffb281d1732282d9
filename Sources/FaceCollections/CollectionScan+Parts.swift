import FaceData

extension CollectionScan {
    mutating func findParts() throws(FaceCollectionError) {
        guard let (root, entries) = try first(.parts, layout.parts) else { return }
        try addParts(entries.filter { FaceStem.number($0) == nil }.sorted(), in: root)
        for group in entries.compactMap(FaceStem.number).sorted() {
            let path = "\(root)/\(group)"
            if let names = try names(in: path) { try addParts(names.sorted(), in: path) }
        }
    }

    private mutating func addParts(_ names: [String], in path: String) throws(FaceCollectionError) {
        for name in names {
            guard let (stem, part, ending) = Self.part(name) else {
                log.remark(
                    FaceCollectionError(
                        .name, "\(path)/\(name)", "it is no mask of a part that is known",
                        remedy: "name it <face>_<part>.png, with the names of parts of CelebAMask-HQ"))
                continue
            }
            guard let place = places[FaceStem.key(stem)] else {
                remarkOrphan("\(path)/\(name)", stem: FaceStem.key(stem))
                continue
            }
            var parts = faces[place].parts ?? PartMasks(prefix: "\(path)/\(stem)", ending: ending)
            guard parts.prefix == "\(path)/\(stem)", parts.ending == ending, !parts.contains(part) else {
                try log.note(
                    FaceCollectionError(
                        .clash, "\(path)/\(name)", "other parts of this face are \(parts.prefix)_*.\(parts.ending)",
                        remedy: "keep the parts of a face in one folder, under one name and in one format"))
                continue
            }
            parts.insert(part)
            faces[place].parts = parts
        }
    }

    /// Takes `00012_l_eye.png` apart.
    private static func part(_ name: String) -> (stem: String, part: FaceMaskClass, ending: String)? {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        let ending = name[name.index(after: dot)...]
        guard FaceStem.isPictureEnding(ending) else { return nil }
        let base = name[..<dot]
        for part in FaceMaskClass.parts where base.hasSuffix("_" + part.partName) {
            let stem = base.dropLast(part.partName.count + 1)
            guard FaceStem.isValid(stem) else { return nil }
            return (String(stem), part, String(ending))
        }
        return nil
    }
}
