import ArgumentParser
import Foundation
import JobAPI
import Jobs

/// How the jobs of a batch are done: what stands in ``JobOptions``, as flags.
struct WorkOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Keep the best of so many samples, by how much shows of the caption.", valueName: "n"))
    var bestOf: Int?

    @Flag(help: "Measure similarity to the caption, identity, drift and artefacts of each image.")
    var scores = false

    @Option(help: "Seed of the style, in place of the line's own.")
    var style: UInt64?

    @Option(help: "Layers such as 4-9 or 4,5,6: of a mix those of the second source, else those of the drawn style.")
    var layers: String?

    @Option(
        help: ArgumentHelp(
            "Layers that an attribute changes, such as hair=4-7; repeat for more.", valueName: "attribute=layers"))
    var policy: [String] = []

    @Option(help: "How far an edit goes, 0 to 3; 1 is what the words say.")
    var strength: Double?

    @Option(help: "Steps of optimisation: up to 200, of optimize up to 5000.")
    var steps: Int?

    @Option(
        help: ArgumentHelp(
            "Losses with their weights, such as pixel=1,perceptual=0.5: pixel, perceptual, encoder, start, text, clip, identity.",
            valueName: "loss=weight"))
    var losses: String?

    @Option(help: "Learning rate of optimisation, 0.0001 to 1.")
    var learningRate: Double?

    @Option(help: "Pictures of an interpolation, 2 to 240.")
    var frames: Int?

    @Option(
        help: ArgumentHelp(
            "What an interpolation makes: frames, or an animation (animated PNG) beside them.", valueName: "format"),
        transform: Self.frameFormat)
    var frameFormat: InterpolationFormat?

    /// The options in the terms of a request; ranges are checked as a coordinator checks them.
    func options() throws -> JobOptions {
        var options = JobOptions(
            strength: strength, steps: steps, learningRate: learningRate, frames: frames, format: frameFormat,
            style: style, bestOf: bestOf, scores: scores)
        if let layers { options.layers = try Self.read(layers, .layers, "--layers", OptionText.layers) }
        for text in policy {
            let pairs = try Self.read(text, .policy, "--policy", OptionText.policy)
            options.policy.merge(pairs) { _, new in new }
        }
        if let losses {
            for (name, weight) in try Self.read(losses, .losses, "--losses", OptionText.weights) {
                guard let term = OptimizationTerm(rawValue: name) else {
                    let known = OptimizationTerm.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("--losses: there is no loss \(name.prefix(40)); the losses are \(known)")
                }
                options.losses[term] = weight
            }
        }
        do throws(RequestError) {
            // Written and read again: what reads it knows the ranges.
            return try JobOptions(decoding: options.encoded())
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private static func frameFormat(_ text: String) throws -> InterpolationFormat {
        guard let format = InterpolationFormat(rawValue: text) else {
            throw ValidationError("--frame-format must be frames or animation")
        }
        return format
    }

    private static func read<Value>(
        _ text: String, _ field: JobOptions.Field, _ flag: String, _ reader: (String) -> Value?
    ) throws -> Value {
        guard let value = reader(text) else { throw ValidationError("\(flag) must be \(field.wanted)") }
        return value
    }
}

extension OptionsBody {
    /// The same options as they go over HTTP; nil where nothing is chosen.
    init?(_ options: JobOptions) throws {
        guard !options.isEmpty else { return nil }
        self = try WireFormat.decode(OptionsBody.self, from: Data(options.encoded()))
    }
}
