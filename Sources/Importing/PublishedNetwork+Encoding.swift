import Foundation
import Layers

extension PublishedNetwork {
    /// Describes a network, its sizes as JSON.
    init(
        _ name: String, _ summary: String, _ configuration: some Encodable,
        _ build: @escaping @Sendable (ParameterScope) throws(LayerError) -> Void
    ) throws(LayerError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        do {
            self.init(
                name: name, summary: summary,
                configuration: String(decoding: try encoder.encode(configuration), as: UTF8.self),
                build: build)
        } catch {
            throw .invalid("the sizes of \(summary) cannot be written as JSON: \(error)")
        }
    }
}
