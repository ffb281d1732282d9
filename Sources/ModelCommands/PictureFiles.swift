import Alignment
import ArgumentParser
import Foundation
import Images
import TediGAN

/// Pictures that commands read and write.
enum PictureFiles {
    /// A photo of a face from a PNG file: aligned by landmarks, or square as it is.
    /// - Parameters:
    ///   - path: PNG file.
    ///   - landmarks: file of five points (or the usual 68) as JSON; nil for a photo that is aligned already.
    ///   - side: what the networks draw, in pixels.
    static func photo(_ path: String, landmarks: String?, side: Int) throws -> PhotoInput {
        var image = try PNG.decode([UInt8](contents(path)), limit: FaceAlignment.limit)
        if let landmarks {
            let points = try FaceLandmarks(numbers: numbers(landmarks))
            let size = min(max(side, FaceAlignment.sizes.lowerBound), FaceAlignment.sizes.upperBound)
            image = try FaceAlignment(size: size).align(image, landmarks: points).image
        }
        guard image.width == image.height else {
            throw ValidationError(
                "\(path) is \(image.width) x \(image.height); cut the face square, or name its landmarks with --align")
        }
        return try PhotoInput(width: image.width, height: image.height, pixels: image.pixels)
    }

    /// A sketch from a PNG file; colour becomes brightness.
    static func sketch(_ path: String) throws -> SketchInput {
        let image = try PNG.decodeGray([UInt8](contents(path)), limit: FaceAlignment.limit)
        return try SketchInput(width: image.width, height: image.height, pixels: image.pixels)
    }

    /// A label map from a PNG file: of numbers, which looks almost black, or in the data set's colours.
    static func labels(_ path: String) throws -> LabelMap {
        let image = try PNG.decode([UInt8](contents(path)), limit: FaceAlignment.limit)
        let pixels = image.pixels
        let highest = UInt8(FaceRegion.allCases.count - 1)
        var ids: [UInt8] = []
        ids.reserveCapacity(pixels.count / 3)
        for start in stride(from: 0, to: pixels.count, by: 3) {
            let (red, green, blue) = (pixels[start], pixels[start + 1], pixels[start + 2])
            guard red == green, red == blue, red <= highest else {
                return try LabelMap(width: image.width, height: image.height, palette: pixels)
            }
            ids.append(red)
        }
        return try LabelMap(width: image.width, height: image.height, ids: ids)
    }

    /// A picture from a network's bytes.
    static func image(_ pixels: [UInt8], side: Int) throws -> RGBImage {
        try RGBImage(width: side, height: side, pixels: pixels)
    }

    /// Writes a picture as PNG, as a whole or not at all.
    static func write(_ image: RGBImage, to path: String) throws {
        try Data(PNG.encode(image)).write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// Draws a sheet and writes it.
    static func write(_ sheet: ContactSheet, to path: String) throws {
        try write(try sheet.draw().image, to: path)
    }

    /// Numbers of a JSON file: a flat list, or a list of pairs.
    private static func numbers(_ path: String) throws -> [Double] {
        let data = try contents(path)
        if let flat = try? JSONDecoder().decode([Double].self, from: data) { return flat }
        guard let pairs = try? JSONDecoder().decode([[Double]].self, from: data), pairs.allSatisfy({ $0.count == 2 })
        else {
            throw ValidationError(
                "\(path) is no list of points: write [[x, y], ...] for left eye, right eye, nose and both corners of "
                    + "the mouth")
        }
        return pairs.flatMap { $0 }
    }

    private static func contents(_ path: String) throws -> Data {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw ValidationError("\(path) cannot be read: \(error.localizedDescription)")
        }
    }
}
