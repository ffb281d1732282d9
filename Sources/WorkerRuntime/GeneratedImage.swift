package import Artifacts
package import Jobs

/// What one job draws, as it leaves the model.
package struct GeneratedImage: Sendable {
    /// Rows of interleaved 8-bit red, green, blue.
    package var pixels: [UInt8]
    /// Width in pixels.
    package var width: Int
    /// Height in pixels.
    package var height: Int
    /// The W+ code that was synthesised, `layers` rows.
    package var code: [Float]
    /// Rows of the code.
    package var layers: Int
    /// Attributes found in the caption, each with how it was taken.
    package var attributes: [String: String]
    /// Pixels of a sequence of pictures of the same size, in order, where one was asked for; ``pixels`` is then the one
    /// in the middle.
    package var frames: [[UInt8]]
    /// What was measured.
    package var scores: [JobScore: Double]
    /// What else came of the job; where there is no code, as of an evaluation, the first one stands in its place.
    package var files: [GeneratedFile]

    package init(
        pixels: [UInt8], width: Int, height: Int, code: [Float], layers: Int, attributes: [String: String],
        frames: [[UInt8]] = [], scores: [JobScore: Double] = [:], files: [GeneratedFile] = []
    ) {
        self.pixels = pixels
        self.width = width
        self.height = height
        self.code = code
        self.layers = layers
        self.attributes = attributes
        self.frames = frames
        self.scores = scores
        self.files = files
    }
}

/// A file beside the picture, such as `losses.json` or `report.json`.
package struct GeneratedFile: Sendable {
    /// Its name among the outputs of the job: no folder, and no other file's.
    package var name: String
    /// What it holds.
    package var bytes: [UInt8]
    /// What that is.
    package var kind: ArtifactKind

    package init(name: String, bytes: [UInt8], kind: ArtifactKind = .report) {
        self.name = name
        self.bytes = bytes
        self.kind = kind
    }
}
