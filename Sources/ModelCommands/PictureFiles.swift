import Alignment
import ArgumentParser
import Foundation
import Images
import TediGAN
import Torch

/// Pictures that commands read and write.
enum PictureFiles {
    /// A photo of a face from a PNG or JPEG file: aligned as asked for, or square as it is.
    /// - Parameters:
    ///   - path: PNG or JPEG file.
    ///   - alignment: how to cut the face out; nil for a photo that is aligned already.
    ///   - pack: whose networks will see it.
    ///   - device: where the pack's network looks for the face.
    static func photo(
        _ path: String, alignment: PhotoAlignment?, pack: ModelPack, device: Device
    ) throws -> PhotoInput {
        var image = try picture(path)
        if let alignment { image = try alignment.face(in: image, pack: pack, device: device).face.image }
        guard image.width == image.height else {
            throw ValidationError(
                "\(path) is \(image.width) x \(image.height); let the face be cut out with --align auto, or cut it "
                    + "square")
        }
        return try PhotoInput(width: image.width, height: image.height, pixels: image.pixels)
    }

    /// A picture in colour from a PNG or JPEG file.
    static func picture(_ path: String) throws -> RGBImage {
        try read(path, ImageFile.decode)
    }

    /// A sketch from a PNG or JPEG file; colour becomes brightness.
    static func sketch(_ path: String) throws -> SketchInput {
        let image = try read(path, ImageFile.decodeGray)
        return try SketchInput(width: image.width, height: image.height, pixels: image.pixels)
    }

    /// A label map from a PNG file: of numbers, which looks almost black, or in the data set's colours.
    ///
    /// Not from a JPEG file, which keeps numbers and colours only nearly.
    static func labels(_ path: String) throws -> LabelMap {
        let image = try read(path, PNG.decode)
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

    /// Writes a picture as its name says, as JPEG or else as PNG; as a whole or not at all.
    static func write(_ image: RGBImage, to path: String) throws {
        try Data(ImageFile.encode(image, as: ImageFile.Kind(named: path))).write(
            to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// Draws a sheet and writes it.
    static func write(_ sheet: ContactSheet, to path: String) throws {
        try write(try sheet.draw().image, to: path)
    }

    /// Decodes a file that a user named.
    private static func read<Image>(
        _ path: String, _ decode: ([UInt8], ImageLimit) throws(ImageError) -> Image
    ) throws -> Image {
        let bytes = try [UInt8](contents(path))
        do {
            return try decode(bytes, FaceAlignment.limit)
        } catch {
            throw ValidationError("\(path): \(error)")
        }
    }

    /// The bytes of a file that a user named.
    static func contents(_ path: String) throws -> Data {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw ValidationError("\(path) cannot be read: \(error.localizedDescription)")
        }
    }
}
