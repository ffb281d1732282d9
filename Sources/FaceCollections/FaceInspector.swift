import Images

/// What was seen of one face.
struct FaceReport: Sendable {
    /// Width and height of each kind of picture that could be read, and its file.
    var sizes: [FaceFolder: PictureSize] = [:]
    var defects: [FaceCollectionError] = []
}

/// The size of a picture, and whose it is.
struct PictureSize: Sendable {
    let file: String
    let width: Int
    let height: Int

    var text: String { "\(width) x \(height)" }
}

/// Reads all files of single faces.
struct FaceInspector: Sendable {
    let collection: FaceCollection
    let expectsCaptions: Bool
    let expectsMasks: Bool
    let expectsSketches: Bool

    func report(_ index: Int) -> FaceReport {
        var report = FaceReport()
        let face = collection.faces[index]
        read(.images, face.image, into: &report) { () throws(FaceCollectionError) in
            let image = try collection.image(of: index)
            return (image.width, image.height)
        }
        // A label map is read in place of the parts; whoever puts the parts together anew wants to know of them too.
        if let path = face.labelMap {
            read(.labelMaps, path, into: &report) { () throws(FaceCollectionError) in
                try collection.labelMap(of: index).map { ($0.width, $0.height) }
            }
        }
        if let parts = face.parts {
            inspect(parts, of: face, into: &report)
        }
        if let path = face.sketch {
            read(.sketches, path, into: &report) { () throws(FaceCollectionError) in
                try collection.sketch(of: index).map { ($0.width, $0.height) }
            }
        }
        inspectCaptions(of: face, into: &report)
        if expectsMasks, face.labelMap == nil, face.parts == nil { report.miss("label map or masks of parts", face) }
        if expectsSketches, face.sketch == nil { report.miss("sketch", face) }
        return report
    }

    private func read(
        _ kind: FaceFolder, _ path: String, into report: inout FaceReport,
        _ body: () throws(FaceCollectionError) -> (Int, Int)?
    ) {
        do {
            guard let (width, height) = try body() else { return }
            report.sizes[kind] = PictureSize(file: path, width: width, height: height)
        } catch {
            report.defects.append(error)
        }
    }

    /// Each part on its own, so that one that is defective does not hide the next; then their sizes.
    private func inspect(_ masks: PartMasks, of face: CollectedFace, into report: inout FaceReport) {
        for part in masks.parts {
            let path = masks.path(of: part)
            do {
                let expected = report.sizes[.parts]
                let map = try LabelMapDecoding.painted([part]) { _ throws(FaceCollectionError) in
                    (try collection.gray(path), path)
                }
                guard let map else { continue }
                let size = PictureSize(file: path, width: map.width, height: map.height)
                guard let expected else {
                    report.sizes[.parts] = size
                    continue
                }
                guard expected.text != size.text else { continue }
                report.defects.append(
                    FaceCollectionError(
                        .size, path, "it is \(size.text), \(expected.file) is \(expected.text)",
                        remedy: "store all parts of a face in one size"))
            } catch {
                report.defects.append(error)
            }
        }
    }

    private func inspectCaptions(of face: CollectedFace, into report: inout FaceReport) {
        guard let path = face.captions else {
            if expectsCaptions { report.miss("file of captions", face) }
            return
        }
        var log = DefectLog(isStrict: false)
        do {
            let limits = collection.layout.limits
            let bytes = try collection.contents(path, limit: limits.captionBytes)
            let captions = try CaptionLines.read(bytes, path, limits, log: &log)
            report.defects += log.defects
            guard captions.isEmpty, log.defects.isEmpty else { return }
            report.defects.append(
                FaceCollectionError(.caption, path, "it has no caption", remedy: "write one caption per line"))
        } catch {
            report.defects += log.defects + [error]
        }
    }
}

extension FaceReport {
    fileprivate mutating func miss(_ thing: String, _ face: CollectedFace) {
        defects.append(
            FaceCollectionError(
                .missing, face.image, "the face has no \(thing)", remedy: "add it, or take the picture out"))
    }
}
