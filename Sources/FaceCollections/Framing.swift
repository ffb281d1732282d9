package import Images

extension RGBImage {
    /// The middle square in another size, by the mean of the area of each new pixel.
    package func framed(_ size: Int) -> RGBImage {
        let side = min(width, height)
        guard width != height else { return resized(width: size, height: size, filter: .area) }
        var square = RGBImage(width: side, height: side, filledWith: .black)
        square.draw(self, x: -((width - side) / 2), y: -((height - side) / 2))
        return square.resized(width: size, height: size, filter: .area)
    }
}

extension GrayImage {
    /// The middle square in another size, by the mean of the area of each new pixel.
    package func framed(_ size: Int, file: String) throws(FaceCollectionError) -> GrayImage {
        // Three equal channels: the filter of colour pictures is the only one there is, and well tested.
        var channels: [UInt8] = []
        channels.reserveCapacity(3 * width * height)
        for value in pixels { for _ in 0..<3 { channels.append(value) } }
        let colour = try FaceCollectionError.ofPicture(file) { () throws(ImageError) in
            try RGBImage(width: width, height: height, pixels: channels)
        }
        let framed = colour.framed(size).pixels
        let grays = stride(from: 0, to: framed.count, by: 3).map { framed[$0] }
        return try .checked(grays, width: size, height: size, file: file)
    }

    /// The middle square in another size, each new pixel the one of the old pixels that lies under its middle.
    package func framedByNearest(_ size: Int, file: String) throws(FaceCollectionError) -> GrayImage {
        let side = min(width, height)
        return try sampled(
            x: (width - side) / 2, y: (height - side) / 2, from: (side, side), to: (size, size), file: file)
    }

    /// All of it in another size, each new pixel the one of the old pixels that lies under its middle.
    func stretchedByNearest(
        width newWidth: Int, height newHeight: Int, file: String
    ) throws(FaceCollectionError) -> GrayImage {
        try sampled(x: 0, y: 0, from: (width, height), to: (newWidth, newHeight), file: file)
    }

    private func sampled(
        x left: Int, y top: Int, from old: (Int, Int), to new: (Int, Int), file: String
    ) throws(FaceCollectionError) -> GrayImage {
        let source = pixels
        let columns = (0..<new.0).map { left + (2 * $0 + 1) * old.0 / (2 * new.0) }
        var values: [UInt8] = []
        values.reserveCapacity(new.0 * new.1)
        for row in 0..<new.1 {
            let start = (top + (2 * row + 1) * old.1 / (2 * new.1)) * width
            for column in columns { values.append(source[start + column]) }
        }
        return try .checked(values, width: new.0, height: new.1, file: file)
    }

    /// A picture of pixels whose number was worked out from its size.
    static func checked(
        _ pixels: [UInt8], width: Int, height: Int, file: String
    ) throws(FaceCollectionError) -> GrayImage {
        try FaceCollectionError.ofPicture(file) { () throws(ImageError) in
            try GrayImage(width: width, height: height, pixels: pixels)
        }
    }
}

extension FaceCollectionError {
    /// The result of some work on a picture; what goes wrong is said of its file.
    package static func ofPicture<Value>(
        _ file: String, _ body: () throws(ImageError) -> Value
    ) throws(FaceCollectionError) -> Value {
        do {
            return try body()
        } catch {
            if case .tooLarge = error {
                throw FaceCollectionError(.tooLarge, file, "\(error)", remedy: "store it smaller, or take it out")
            }
            throw FaceCollectionError(.picture, file, "\(error)", remedy: "get the file again, or take it out")
        }
    }
}
