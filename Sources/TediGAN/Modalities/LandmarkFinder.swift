public import Alignment
public import Images
public import Perception
public import Torch

/// Finds the face in a photo that its owner did not align, with the pack's own network.
///
/// The network sees squares of 64 pixels. It is shown squares of the photo in four sizes; where it sees a face, it
/// looks again, and closer, at the square that the points themselves span. Of several faces the largest is taken.
///
/// The network is trained on the faces that the pack was trained on: one of drawings finds drawings. Confined to one
/// thread, like all tensors.
public final class LandmarkFinder {
    /// A face that was found.
    public struct Found: Sendable, Hashable {
        /// Its points, in the photo's pixels.
        public let landmarks: FaceLandmarks
        /// How sure the network is that this is a face, 0...1.
        public let confidence: Double
    }

    /// How the pack's faces are framed: what to align with.
    public let frame: FaceFrame

    /// Faces of which the network is less sure are none.
    public static let leastConfidence = 0.5

    /// How many faces are looked at closer.
    private static let candidates = 8

    /// How often.
    private static let rounds = 2

    /// Side of the square of a closer look, as a multiple of FFHQ's.
    private static let closeReach = 1.25

    private let network: LandmarkNetwork
    private let device: Device

    /// Loads the network of a pack.
    ///
    /// - Throws: ``TediGANError/missing(path:_:)`` for a pack without one; ``TediGANError/invalid(_:)`` where its frame
    ///   is that of no face.
    public convenience init(pack: ModelPack, device: Device = .cpu) throws(TediGANError) {
        try self.init(network: pack.landmarkNetwork(device: device), device: device)
    }

    /// Finds with a network.
    ///
    /// - Throws: ``TediGANError/invalid(_:)`` where its frame is that of no face.
    public init(network: LandmarkNetwork, device: Device = .cpu) throws(TediGANError) {
        (self.network, self.device) = (network, device)
        let numbers = try computing { () throws(TorchError) in try network.frame.floats() }
        do throws(AlignmentError) {
            frame = try FaceFrame(reach: Double(numbers[0]), drop: Double(numbers[1]))
        } catch {
            throw .invalid("the landmark network: \(error)")
        }
    }

    /// Finds the largest face.
    ///
    /// Faces may be turned by 30 degrees, and their square should be an eighth of the photo's longer side at least.
    /// - Throws: ``TediGANError/invalid(_:)`` where there is none, and for a photo too large to be aligned.
    public func find(in photo: RGBImage) throws(TediGANError) -> Found {
        try Self.aligning { () throws(AlignmentError) in try FaceAlignment.checkSize(of: photo) }
        let windows = try Self.aligning { () throws(AlignmentError) in
            try SearchWindows(of: photo, side: LandmarkNetwork.side)
        }
        let small = windows.picture
        var faces = Self.distinct(try read(windows.all.map { ($0.quad, $0.image) }))
        for _ in 0..<Self.rounds {
            let closer = faces.compactMap { face -> (FaceQuad, RGBImage)? in
                let quad = FaceQuad(face.landmarks).enlarged(by: Self.closeReach)
                // A square that the points of a wrong guess span can lie anywhere.
                guard let cut = try? Self.window.cut(quad, from: small) else { return nil }
                return (quad, cut.image)
            }
            faces = try read(closer)
        }
        guard let face = faces.max(by: { FaceQuad($0.landmarks).side < FaceQuad($1.landmarks).side }) else {
            throw .invalid(
                "no face was found in the photo of \(photo.width) x \(photo.height) pixels; name its points yourself, "
                    + "or cut it so that the face fills more of it")
        }
        let back = (x: Double(photo.width) / Double(small.width), y: Double(photo.height) / Double(small.height))
        return try Self.aligning { () throws(AlignmentError) in
            Found(landmarks: try face.landmarks.scaled(by: back), confidence: face.confidence)
        }
    }

    /// Each face once, as the surest of the squares that show it has it; the surest ones first.
    private static func distinct(_ faces: [Found]) -> [Found] {
        var chosen: [(face: Found, quad: FaceQuad)] = []
        for face in faces.sorted(by: { $0.confidence > $1.confidence }) {
            let quad = FaceQuad(face.landmarks)
            let isKnown = chosen.contains { other in
                (other.quad.centre - quad.centre).length < 0.25 * max(other.quad.side, quad.side)
            }
            if !isKnown { chosen.append((face, quad)) }
            if chosen.count == candidates { break }
        }
        return chosen.map(\.face)
    }

    /// The faces that the network sees in squares; squares without one are left out.
    private func read(_ windows: [(quad: FaceQuad, image: RGBImage)]) throws(TediGANError) -> [Found] {
        var found: [Found] = []
        let batch = 32
        for start in stride(from: 0, to: windows.count, by: batch) {
            let part = windows[start..<min(start + batch, windows.count)]
            let bytes = part.flatMap(\.image.pixels)
            let (places, chances) = try computing { () throws(TorchError) in
                try withInferenceMode { () throws(TorchError) in
                    let side = LandmarkNetwork.side
                    let pictures = try Tensor.images(
                        bytes: bytes, count: part.count, height: side, width: side, device: device)
                    let reading = try network(pictures)
                    return (try reading.places.floats(), try reading.presence.sigmoid().floats())
                }
            }
            for (index, window) in part.enumerated() where Double(chances[index]) >= Self.leastConfidence {
                let points = (0..<LandmarkNetwork.points).flatMap { point -> [Double] in
                    let at = 2 * (index * LandmarkNetwork.points + point)
                    let place = window.quad.point(
                        atFraction: Point(x: Double(places[at]), y: Double(places[at + 1])))
                    return [place.x, place.y]
                }
                guard let landmarks = try? FaceLandmarks(numbers: points) else { continue }
                found.append(Found(landmarks: landmarks, confidence: Double(chances[index])))
            }
        }
        return found
    }

    /// What the network is shown.
    private static let window = FaceAlignment(closestTo: LandmarkNetwork.side)

    private static func aligning<Value>(_ body: () throws(AlignmentError) -> Value) throws(TediGANError) -> Value {
        do {
            return try body()
        } catch {
            throw .invalid(error.description)
        }
    }
}
