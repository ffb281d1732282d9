import ArgumentParser
import JobAPI
import Jobs

/// What the command line asks for, before anything is read.
struct SubmissionOrder: Sendable {
    /// The list; nil where the command line says everything.
    var source: InputSource?
    var format: CaptionFormat?
    var columns: [ItemField: String] = [:]
    /// What every line has that says nothing else.
    var defaults = ItemDraft()
    /// The lines, where there is no list.
    var lines: [ItemDraft] = []
    var specification: BatchSpecification
    var hasModel = false
    /// Folders of programs that unpack.
    var programs: String?
}

extension SubmitCommand {
    /// What it asks for.
    func order() throws -> SubmissionOrder {
        let source = file.map { InputSource(path: $0) }
        let defaults = input.draft()
        var order = SubmissionOrder(source: source, specification: try specification(named: source?.batchName))
        order.format = format
        order.columns = try columns.names()
        order.hasModel = model != nil
        order.programs = Console.current.environment["PATH"]
        if source != nil {
            guard input.photo.count <= 1 else {
                throw ValidationError("with a file, --photo takes one photo for all lines; name others in a column")
            }
            guard !input.noise else { throw ValidationError("--noise makes a line of its own, without a file") }
            order.defaults = defaults
            order.defaults.inputs[.photo] = input.photo.isEmpty ? nil : input.photo
            return order
        }
        order.lines = input.photo.map { photo in
            var line = defaults
            line.inputs[.photo] = [photo]
            return line
        }
        if order.lines.isEmpty, !defaults.isEmpty { order.lines = [defaults] }
        guard !order.lines.isEmpty else {
            throw ValidationError("name a file of captions, or say what to make with --caption, --photo or --noise")
        }
        return order
    }

    private func specification(named standard: String?) throws -> BatchSpecification {
        guard grid?.seeds == nil || samples == 1 else {
            throw ValidationError("--grid seeds= and --samples say the same; give one of the two")
        }
        do {
            return try BatchSpecification(
                // The name of a model that was not given is asked for later; any will do for the check.
                name: name ?? standard ?? kind.rawValue, kind: kind.kind, model: model ?? "-",
                samples: grid?.seeds ?? samples, seed: seed, truncation: truncation,
                schedule: try schedule.checked(priority: priority), options: try work.options(),
                truncations: grid?.truncations ?? [], styles: grid?.styleSeeds(batch: seed) ?? [],
                after: after.map { BatchID($0) })
        } catch let error as SpecificationError {
            throw CommandError.badInput(words(error), remedy: "Nothing was submitted.")
        }
    }

    private func words(_ error: SpecificationError) -> String {
        switch error.field {
        case "samples" where grid != nil: "--grid: seeds \(error.message)"
        case "options": error.message
        case "truncations": "--grid truncation= \(error.message)"
        case "styles": "--grid styles= \(error.message)"
        default: "--\(error.field.replacing("_", with: "-")) \(error.message)"
        }
    }
}
