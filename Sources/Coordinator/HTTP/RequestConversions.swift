import Foundation
import JobAPI
import JobStore
import Jobs

extension OptionsBody {
    /// Options as the interface shows them; nil where nothing is chosen.
    init?(_ options: JobOptions) {
        guard !options.isEmpty else { return nil }
        self.init(
            layers: options.layers, policy: options.policy.isEmpty ? nil : options.policy, strength: options.strength,
            steps: options.steps,
            losses: options.losses.isEmpty
                ? nil : Dictionary(options.losses.map { ($0.key.rawValue, $0.value) }) { first, _ in first },
            learningRate: options.learningRate, frames: options.frames,
            format: options.format.flatMap { FrameFormat(rawValue: $0.rawValue) }, style: options.style,
            bestOf: options.bestOf, scores: options.scores ? true : nil, firstSample: options.firstSample)
    }
}

extension JobOptions {
    /// What a client chooses, in its range.
    init(_ body: OptionsBody?) throws(RequestError) {
        guard let body, let json = try? WireFormat.encode(body) else {
            self = .none
            return
        }
        try self.init(decoding: Array(json))
    }
}

extension InputsView {
    /// Inputs as the interface shows them.
    init(_ inputs: JobInputs) {
        self.init(
            photo: inputs.photo?.text, sketch: inputs.sketch?.text, labels: inputs.labels?.text,
            code: inputs.code?.text, index: inputs.index?.text,
            sources: inputs.sources.isEmpty ? nil : inputs.sources.map(\.text), noise: inputs.noise ? true : nil)
    }
}

extension CaptionItem {
    /// An item in the body of a request, checked by the rules of its kind.
    init(_ item: CronItem, kind: JobKind, batch: JobOptions) throws(ItemError) {
        // A caption that is there and empty is no caption, for a body has no other way to say so.
        let named = item.inputs
        var inputs = JobInputs(noise: named.noise ?? false)
        inputs.photo = try Self.reference(named.photo, "photo")
        inputs.sketch = try Self.reference(named.sketch, "sketch")
        inputs.labels = try Self.reference(named.labels, "labels")
        inputs.code = try Self.reference(named.code, "code")
        inputs.index = try Self.reference(named.index, "index")
        let sources = named.sources ?? []
        guard sources.count <= JobInputs.maximumSources else {
            throw ItemError(.invalidField, "“sources” has more than \(JobInputs.maximumSources)")
        }
        for source in sources {
            if let source = try Self.reference(source, "sources") { inputs.sources.append(source) }
        }
        let options: JobOptions
        do {
            options = try JobOptions(item.options)
        } catch {
            throw ItemError(.invalidField, error.description)
        }
        try self.init(
            caption: item.caption, customID: item.customID, seed: item.seed, inputs: inputs, options: options,
            kind: kind, batch: batch)
    }

    private static func reference(_ text: String?, _ field: String) throws(ItemError) -> InputReference? {
        guard let text else { return nil }
        guard let reference = InputReference(text) else {
            throw ItemError(
                .invalidField,
                "“\(field)” must be sha256: and 64 hexadecimal digits, job: and a number, or line: or after: and a name"
            )
        }
        return reference
    }
}

extension CronItem {
    /// An item as the interface shows it.
    init(_ item: CaptionItem) {
        self.init(
            caption: item.caption, customID: item.customID, seed: item.seed, inputs: InputsView(item.inputs),
            options: OptionsBody(item.options))
    }
}

extension WaitReason {
    /// Why a job does not run, where that is no matter of waiting for its turn.
    init?(of job: JobRecord) {
        guard let first = job.waitsFor.first else { return nil }
        let more = job.waitsFor.count == 1 ? "" : " and \(job.waitsFor.count - 1) more"
        self.init(.needs, "it waits for job \(first)\(more), whose result it works on")
    }
}
