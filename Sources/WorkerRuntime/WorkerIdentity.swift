import Foundation
package import Jobs

/// What a worker says of itself.
package enum WorkerIdentity {
    /// Name of the machine.
    package static var host: String { ProcessInfo.processInfo.hostName }

    /// A name that no other worker has: machine, process, and a random part for containers that share both.
    package static func make() -> WorkerName {
        let random = String(UInt32.random(in: 0...UInt32.max), radix: 36)
        // A long host name must not push the parts that make it unique over the limit.
        return WorkerName(sanitizing: "\(host.prefix(90))-\(ProcessInfo.processInfo.processIdentifier)-\(random)")
    }
}

extension Worker.Options {
    package func announcement(of models: [ModelIdentity]) -> WorkerAnnouncement {
        WorkerAnnouncement(
            name: name, host: WorkerIdentity.host, version: Versions.tedi, device: models.first?.device ?? "",
            pool: pool,
            capacity: batch, memory: memory, models: models.map(AnnouncedModel.init))
    }
}

extension AnnouncedModel {
    /// What is announced of a model.
    package init(_ model: ModelIdentity) {
        self.init(
            name: model.name, digest: model.digest, resolution: model.resolution, layers: model.layers,
            vocabulary: model.vocabulary, kinds: model.kinds, abilities: model.abilities)
    }
}
