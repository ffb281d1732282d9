import Jobs
import Postgres

extension JobStore {
    /// Refuses a batch whose options ask for what its model cannot do.
    static func checkAbilities(of model: AnnouncedModel, _ specification: BatchSpecification) throws(StoreError) {
        if let lack = Self.lack(of: model, specification, nil) { throw StoreError(.unable, lack) }
    }

    /// Refuses lines that ask for what the model of their batch cannot do.
    ///
    /// Plain captions are left to the check of their words, which knows the model: they cost no statement here.
    static func checkAbilities(
        _ connection: isolated PostgresConnection, _ upload: Upload, of batch: BatchRecord
    ) throws {
        let specification = batch.specification
        let isPlain = specification.kind == .generate && specification.options.isEmpty
        guard !isPlain || upload.items.contains(where: { !$0.isPlain }) else { return }
        let model = try resolve(connection, batch.modelDigest).model
        var errors: [LineError] = []
        for (line, item) in upload.numbered where errors.count < 1_000 && !(isPlain && item.isPlain) {
            guard let lack = lack(of: model, specification, item) else { continue }
            errors.append(LineError(line: line + 1, error: ItemError(.unable, lack)))
        }
        guard errors.isEmpty else {
            throw StoreError(.badItems(errors), "line \(errors[0].line) is refused: \(errors[0].error.message)")
        }
    }

    /// What a model cannot do of what is asked for, as a sentence.
    private static func lack(
        of model: AnnouncedModel, _ specification: BatchSpecification, _ item: CaptionItem?
    ) -> String? {
        let options = item.map { specification.options.overridden(by: $0.options) } ?? specification.options
        let needed = specification.kind.abilities(
            caption: item?.caption ?? "", inputs: item?.inputs ?? .none, options: options)
        if let ability = needed.subtracting(model.abilities).min(by: { $0.rawValue < $1.rawValue }) {
            return "the model \(model.name) \(ability.lack); choose another model, or ask for something else"
        }
        let layers = (options.layers ?? []) + options.policy.values.joined()
        guard let layer = layers.first(where: { $0 >= model.layers }) else { return nil }
        return "the model \(model.name) has no layer \(layer); its layers are 0 to \(model.layers - 1)"
    }
}
