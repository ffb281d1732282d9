public import Checkpoints
public import Layers
import TediGAN
import Torch

/// A network found in a checkpoint.
public struct FoundNetwork: Sendable {
    /// Where its dictionary is, and what stands before its tensors' names there.
    public let place: String
    /// As for ``place``.
    public let prefix: String
    /// What it is; or why its sizes cannot be told.
    public let network: Result<PublishedNetwork, LayerError>
    let family: NetworkFamily

    /// Where it is, in a word: the keys that lead to it and the prefix, with slashes between them.
    public var label: String {
        let place = [place, prefix].filter { !$0.isEmpty }.joined(separator: "/")
        return place.isEmpty ? "(root)" : place
    }

    /// The name of its family's anchor, where nothing better is known.
    public var name: String { (try? network.get().name) ?? "a network with \(family.anchor)" }
}

/// Networks of a checkpoint by their tensors, and their tensors made ready to be a part of a pack.
public struct Import {
    /// The file.
    public let checkpoint: Checkpoint
    /// Every network that was recognised, by place.
    public let networks: [FoundNetwork]

    /// Opens a file and tells its networks; nothing in it is executed, and no tensor's numbers are read yet.
    ///
    /// - Throws: `CheckpointError` saying what is wrong with the file.
    public init(opening path: String) throws(CheckpointError) {
        checkpoint = try Checkpoint(opening: path)
        let dictionaries = checkpoint.stateDictionaries()
        var found: [FoundNetwork] = []
        for family in NetworkFamily.all {
            for (place, prefix) in checkpoint.places(of: family.anchor) {
                guard let dictionary = dictionaries.first(where: { $0.place == place }) else { continue }
                var shapes: [String: [Int]] = [:]
                for (name, record) in dictionary.tensors where name.hasPrefix(prefix) {
                    shapes[String(name.dropFirst(prefix.count))] = record.shape
                }
                found.append(
                    FoundNetwork(
                        place: place, prefix: prefix, network: Self.recognized(family, shapes), family: family))
            }
        }
        networks = found.sorted { ($0.place, $0.prefix) < ($1.place, $1.prefix) }
    }

    /// Reads a network's tensors and builds it over them, strictly.
    ///
    /// Counters of batches, which files of before PyTorch 0.4.1 lack, are put in as 0; entries that are no part of the
    /// network are left out.
    /// - Returns: a store with just the network's tensors.
    /// - Throws: `ImportError` naming every tensor that is missing, left over or misshapen.
    public func load(_ found: FoundNetwork) throws(ImportError) -> ParameterStore {
        let network: PublishedNetwork
        switch found.network {
        case .success(let value): network = value
        case .failure(let error): throw .layers(error)
        }
        var tensors: [String: Tensor]
        do throws(CheckpointError) {
            tensors = try checkpoint.tensors(at: found.place, prefix: found.prefix)
        } catch {
            throw .checkpoint(error)
        }
        for name in tensors.keys where found.family.ignored.contains(where: name.hasPrefix) { tensors[name] = nil }
        do throws(LayerError) {
            try Self.addCounters(to: &tensors)
            return try Self.built(network, tensors)
        } catch {
            throw .layers(error)
        }
    }

    /// The mean code that a published file keeps beside a network, outside of its dictionary.
    func mean(beside found: FoundNetwork) throws(CheckpointError) -> Tensor? {
        let outer = found.place.split(separator: "/").dropLast().joined(separator: "/")
        for place in [outer, ""] {
            let beside = checkpoint.stateDictionaries().first { $0.place == place }
            guard let record = beside?.tensors[PartFamily.meanName] else { continue }
            return try checkpoint.read(record)
        }
        return nil
    }

    private static func built(
        _ network: PublishedNetwork, _ tensors: [String: Tensor]
    ) throws(LayerError) -> ParameterStore {
        let store = ParameterStore(loading: tensors, trains: false)
        try store.build(network.build)
        return store
    }

    private static func addCounters(to tensors: inout [String: Tensor]) throws(LayerError) {
        for name in tensors.keys where name.hasSuffix(".running_var") {
            let counter = name.dropLast("running_var".count) + "num_batches_tracked"
            guard tensors[String(counter)] == nil else { continue }
            tensors[String(counter)] = try layered { () throws(TorchError) in try Tensor([0] as [Int64], shape: []) }
        }
    }

    private static func recognized(
        _ family: NetworkFamily, _ shapes: [String: [Int]]
    ) -> Result<PublishedNetwork, LayerError> {
        do throws(LayerError) {
            return .success(try family.recognize(Shapes(all: shapes)))
        } catch {
            return .failure(error)
        }
    }
}

/// Why a network could not be taken from a checkpoint.
public enum ImportError: Error, Sendable, CustomStringConvertible {
    /// The file.
    case checkpoint(CheckpointError)
    /// The tensors are not those of the network.
    case layers(LayerError)

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .checkpoint(let error): error.description
        case .layers(let error): error.description
        }
    }
}
