import Alignment
import ArgumentParser
import Foundation
import Images
import TediGAN
import Torch

/// How a photo becomes the upright square that networks know: by points that are given, or found.
enum PhotoAlignment: ExpressibleByArgument {
    /// The pack's network finds the face.
    case auto
    /// A JSON file has the points.
    case file(String)

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        self = argument == "auto" ? .auto : .file(argument)
    }

    var defaultValueDescription: String {
        switch self {
        case .auto: "auto"
        case .file(let path): path
        }
    }

    /// What help says of the option.
    static let help = ArgumentHelp(
        "Align the photo first: auto finds the face; a JSON file names eyes, nose, both corners of the mouth.",
        valueName: "auto|file")

    /// Cuts the face out of a photo, framed as the pack's faces are.
    func face(
        in photo: RGBImage, pack: ModelPack, device: Device
    ) throws -> (face: AlignedFace, points: FaceLandmarks) {
        let finder = pack.has(.landmarks) ? try LandmarkFinder(pack: pack, device: device) : nil
        let points: FaceLandmarks
        switch self {
        case .file(let path): points = try FaceLandmarks(numbers: Self.numbers(path))
        case .auto:
            guard let finder else { throw TediGANError.missing(path: pack.path, .landmarks) }
            points = try finder.find(in: photo).landmarks
        }
        let alignment = FaceAlignment(closestTo: pack.manifest.resolution, frame: finder?.frame ?? .ffhq)
        return (try alignment.align(photo, landmarks: points), points)
    }

    /// Numbers of a JSON file: a flat list, or a list of pairs.
    private static func numbers(_ path: String) throws -> [Double] {
        let data = try PictureFiles.contents(path)
        if let flat = try? JSONDecoder().decode([Double].self, from: data) { return flat }
        guard let pairs = try? JSONDecoder().decode([[Double]].self, from: data), pairs.allSatisfy({ $0.count == 2 })
        else {
            throw ValidationError(
                "\(path) is no list of points: write [[x, y], ...] for left eye, right eye, nose and both corners of "
                    + "the mouth")
        }
        return pairs.flatMap { $0 }
    }
}
