/// What pictures may come in and what sizes tensors may have.
enum PictureSize {
    /// Longest side of a picture that comes in; 64 Mi pixels at most.
    static let longestSide = 8192

    /// Longest side of a picture that a network is given, so that 19 channels of it stay below 320 MB.
    static let longestTensorSide = 2048

    /// Refuses sides outside of 1...8192, and a buffer that is not `width * height * channels` long.
    static func check(
        _ what: String, width: Int, height: Int, channels: Int, count: Int
    ) throws(TediGANError) {
        try check(what, width: width, height: height)
        let bytes = width * height * channels
        guard count == bytes else {
            throw .invalid("\(what) of \(width) x \(height) pixels takes \(bytes) bytes, not \(count)")
        }
    }

    /// Refuses sides outside of 1...8192, or below another limit.
    static func check(
        _ what: String, width: Int, height: Int, longest: Int = longestSide
    ) throws(TediGANError) {
        let sides = 1...longest
        guard sides.contains(width), sides.contains(height) else {
            throw .invalid("\(what) of \(width) x \(height) pixels is not possible; sides go from 1 to \(longest)")
        }
    }
}
