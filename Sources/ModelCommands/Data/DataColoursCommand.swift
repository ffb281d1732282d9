import ArgumentParser
import FaceCollections
import FaceData
import Foundation
import Images

extension DataCommand {
    /// Label maps that people can read.
    struct Colours: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show label maps in the colours of CelebAMask-HQ.",
            discussion: """
                Label maps hold the numbers of classes, which look almost black. The coloured ones are read as label
                maps as well.

                Example: tedi-model data colours CelebAMask-HQ --out coloured
                """)

        @Argument(help: "Folder of the data set.")
        var folder: String

        @Option(help: ArgumentHelp("Folder for N.png of each face N; made where it is missing.", valueName: "folder"))
        var out: String

        func run() throws {
            let collection = try FaceCollection(
                opening: URL(fileURLWithPath: folder), layout: FaceLayout.celebA.withoutTables)
            let target = URL(fileURLWithPath: out)
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            var written = 0
            for (index, face) in collection.faces.enumerated() {
                guard let map = try collection.labelMap(of: index) else { continue }
                let file = target.appendingPathComponent("\(face.stem).png")
                try Data(PNG.encode(Self.coloured(map))).write(to: file, options: .atomic)
                written += 1
            }
            print("\(out): \(written) of \(collection.count) faces have a label map")
        }

        private static func coloured(_ map: GrayImage) throws(ImageError) -> RGBImage {
            var pixels: [UInt8] = []
            pixels.reserveCapacity(map.pixels.count * 3)
            for id in map.pixels {
                let colour = FaceMaskClass(rawValue: id)?.colour ?? [255, 255, 255]
                pixels += [colour.x, colour.y, colour.z]
            }
            return try RGBImage(width: map.width, height: map.height, pixels: pixels)
        }
    }
}
