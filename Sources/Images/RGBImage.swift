/// A colour picture: 8 bits per channel, rows from top to bottom, pixels interleaved as red, green, blue.
public struct RGBImage: Sendable, Equatable {
    /// Columns, at least 1.
    public let width: Int

    /// Rows, at least 1.
    public let height: Int

    /// `width * height * 3` bytes.
    public private(set) var pixels: [UInt8]

    /// Wraps pixels that exist already.
    ///
    /// - Throws: ``ImageError/wrongSize(width:height:bytes:)`` where `pixels` is not `width * height * 3` bytes long.
    public init(width: Int, height: Int, pixels: [UInt8]) throws(ImageError) {
        try checkSize(width: width, height: height, channels: 3, bytes: pixels.count)
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// A picture of one colour.
    ///
    /// A side below 1 is taken as 1.
    public init(width: Int, height: Int, filledWith colour: RGBColour) {
        self.width = max(width, 1)
        self.height = max(height, 1)
        let count = self.width * self.height
        pixels = [UInt8](unsafeUninitializedCapacity: count * 3) { buffer, initialised in
            for index in 0..<count {
                buffer[index * 3] = colour.red
                buffer[index * 3 + 1] = colour.green
                buffer[index * 3 + 2] = colour.blue
            }
            initialised = count * 3
        }
    }

    /// The colour of one pixel; the column and row must lie inside the picture.
    public subscript(x: Int, y: Int) -> RGBColour {
        get {
            let start = (y * width + x) * 3
            return RGBColour(red: pixels[start], green: pixels[start + 1], blue: pixels[start + 2])
        }
        set {
            let start = (y * width + x) * 3
            pixels[start] = newValue.red
            pixels[start + 1] = newValue.green
            pixels[start + 2] = newValue.blue
        }
    }

    /// Copies another picture over this one with its upper left corner at (`x`, `y`); what falls outside is cut off.
    public mutating func draw(_ other: RGBImage, x: Int, y: Int) {
        let columns = max(0, -x)..<max(max(0, -x), min(other.width, width - x))
        let rows = max(0, -y)..<max(max(0, -y), min(other.height, height - y))
        for row in rows {
            let source = (row * other.width + columns.lowerBound) * 3
            let target = ((row + y) * width + x + columns.lowerBound) * 3
            for byte in 0..<columns.count * 3 {
                pixels[target + byte] = other.pixels[source + byte]
            }
        }
    }

    /// Mixes one pixel with a colour: 0 keeps it, 255 replaces it; a pixel outside the picture is ignored.
    public mutating func blend(_ colour: RGBColour, coverage: UInt8, x: Int, y: Int) {
        guard x >= 0, y >= 0, x < width, y < height else { return }
        let start = (y * width + x) * 3
        let weight = Int(coverage)
        func mix(_ old: UInt8, _ new: UInt8) -> UInt8 {
            UInt8((Int(old) * (255 - weight) + Int(new) * weight + 127) / 255)
        }
        pixels[start] = mix(pixels[start], colour.red)
        pixels[start + 1] = mix(pixels[start + 1], colour.green)
        pixels[start + 2] = mix(pixels[start + 2], colour.blue)
    }

    /// One channel of brightness (ITU-R BT.601 weights, rounded).
    var brightness: GrayImage {
        get throws(ImageError) {
            let gray = [UInt8](unsafeUninitializedCapacity: width * height) { buffer, initialised in
                for index in 0..<width * height {
                    let weighted =
                        299 * Int(pixels[index * 3]) + 587 * Int(pixels[index * 3 + 1])
                        + 114 * Int(pixels[index * 3 + 2])
                    buffer[index] = UInt8((weighted + 500) / 1000)
                }
                initialised = width * height
            }
            return try GrayImage(width: width, height: height, pixels: gray)
        }
    }

    /// Hands the bytes to a loop that is too hot for one bounds check per byte.
    mutating func withPixels(_ body: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        pixels.withUnsafeMutableBufferPointer { body($0) }
    }
}

/// One colour of 8 bits per channel.
public struct RGBColour: Sendable, Hashable {
    /// The red channel.
    public var red: UInt8

    /// The green channel.
    public var green: UInt8

    /// The blue channel.
    public var blue: UInt8

    /// A colour from its three channels.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A neutral colour: the same value in every channel.
    public init(gray: UInt8) {
        self.init(red: gray, green: gray, blue: gray)
    }

    /// All channels 255.
    public static let white = RGBColour(gray: 255)

    /// All channels 0.
    public static let black = RGBColour(gray: 0)
}
