public import Foundation
import Glibc

/// One line of JSON per report, appended to a file: what a run did, for people, plots and the pack's provenance.
public final class TrainingLog {
    private let handle: FileHandle
    private let encoder: JSONEncoder

    /// One report of a stage.
    public struct Line: Codable, Sendable, Equatable {
        /// Stage, for example `generator`.
        public var stage: String
        /// Steps done, and steps in all.
        public var step: Int
        /// Steps of the whole stage.
        public var steps: Int
        /// Examples seen by the stage so far.
        public var examples: Int
        /// Means since the last report, by name.
        public var metrics: [String: Double]
        /// Learning rate of the last step.
        public var learningRate: Double
        /// Processor seconds that the stage has used in all its sessions.
        public var processorSeconds: Double
        /// Wall-clock seconds that the stage has used in all its sessions.
        public var seconds: Double
    }

    /// Opens the log at `url` for appending, making it where it is missing.
    ///
    /// Several processes may train stages of one run: the system appends each line whole.
    public init(_ url: URL) throws {
        let descriptor = open(url.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw TrainingError("\(url.path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    deinit {
        try? handle.close()
    }

    /// Appends one report.
    public func append(_ line: Line) throws {
        try handle.write(contentsOf: encoder.encode(line) + Data([0x0A]))
    }
}
