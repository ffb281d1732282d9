import Checkpoints
import Layers
public import TediGAN
import Torch

/// Puts networks of published checkpoints together as a pack, on top of another pack or of nothing.
///
/// Every fault is collected, and nothing is written while there is one.
public struct PackAssembly {
    /// A network that was found, and what became of it.
    public struct Entry {
        /// The checkpoint's file name.
        public let source: String
        /// Where in it the network was.
        public let place: String
        /// What it is, for people.
        public let summary: String
        /// Tensors; 0 where they were not read.
        public let tensors: Int
        /// "generator" and the like, or why it is no part.
        public let state: String
    }

    /// What was found, in the order of the files.
    public private(set) var entries: [Entry] = []
    /// Everything that keeps the pack from being written, one text each.
    public private(set) var faults: [String] = []
    private var contents: PackContents
    private var sources: [JSONValue] = []
    /// Where the networks of the files came from.
    private var origins: [PackRole: String] = [:]
    private let skipped: Set<String>
    private var skips: Set<String> = []

    /// An assembly without networks of its own.
    /// - Parameters:
    ///   - name: the model's name.
    ///   - base: a pack whose words, policy and networks are taken over, but for those that the files have.
    ///   - skipping: places of networks that are left out, as ``Entry/place`` tells them; in one file alone where its
    ///     name and a colon stand before the place.
    /// - Throws: `TediGANError` if the base cannot be read.
    public init(name: String, base: ModelPack? = nil, skipping: [String] = []) throws(TediGANError) {
        skipped = Set(skipping)
        guard let base else {
            contents = PackContents(name: name, parts: [])
            return
        }
        contents = try base.contents()
        contents.name = name
    }

    /// Adds the networks of a checkpoint.
    ///
    /// Of a network that is there twice, once as the average over its training, the average is taken.
    public mutating func add(_ file: Import) {
        let source = file.checkpoint.path.split(separator: "/").last.map(String.init) ?? file.checkpoint.path
        if file.networks.isEmpty {
            faults.append("\(source) is \(file.checkpoint.kind.rawValue), but holds no network that Tedi knows")
        }
        // Once per file: files of gigabytes hold several networks.
        let digest: String
        do {
            digest = try ModelPack.fileDigest(file.checkpoint.path)
        } catch {
            faults.append(error.description)
            return
        }
        for found in file.networks {
            let summary = (try? found.network.get().summary) ?? found.name
            func note(_ state: String, tensors: Int = 0) {
                entries.append(
                    Entry(source: source, place: found.label, summary: summary, tensors: tensors, state: state))
            }
            if let name = skip(of: found, in: source) {
                skips.insert(name)
                note("left out")
                continue
            }
            let others = file.networks.filter { skip(of: $0, in: source) == nil }
            if let average = Self.average(of: found, in: others) {
                note("left out for its average \(average)")
                continue
            }
            do {
                let (part, isNew) = try take(found, file, source)
                if isNew { sources.append(Self.record(of: part, source, found.label, digest)) }
                note(isNew ? part.description.role.title : "the same once more", tensors: part.tensors.count)
            } catch {
                note("refused")
                faults.append("\(source): \(summary): \(error)")
            }
        }
    }

    /// Writes the pack; see `ModelPack.write`.
    ///
    /// - Throws: ``AssemblyError`` with every fault; `TediGANError` where the networks do not fit each other, or the
    ///   folder cannot be written.
    public func write(to path: String) throws -> ModelPack {
        let unknown = skipped.subtracting(skips).sorted().map { "there is no network at \($0) to leave out" }
        let all = faults + unknown
        guard all.isEmpty else { throw AssemblyError(faults: all) }
        var contents = contents
        contents.provenance = provenance
        return try ModelPack.write(contents, to: path, storage: nil)
    }

    private var provenance: JSONValue {
        var fields: [String: JSONValue] = [:]
        if case .object(let old) = contents.provenance { fields = old }
        // A pack that was put together from such a pack keeps both lists.
        fields["checkpoints"] = .array((fields["checkpoints"]?.array ?? []) + sources)
        return .object(fields)
    }

    private mutating func take(
        _ found: FoundNetwork, _ file: Import, _ source: String
    ) throws -> (part: PackContents.Part, isNew: Bool) {
        var description = try found.network.get().part()
        let role = description.role
        var tensors = try file.load(found).tensors
        if description.family.hasMeanBeside, let mean = try file.mean(beside: found) {
            tensors[PartFamily.meanName] = try Self.fitted(mean, description.family)
        }
        description.file = role.fileName
        let part = PackContents.Part(description, tensors: tensors)
        if let origin = origins[role] {
            // pSp's files hold the generator beside the encoder, mostly one and the same.
            guard let held = contents[role], try Self.isSame(held, part) else {
                throw AssemblyError(faults: [
                    "a pack has one \(role.title), and there is another from \(origin); leave one out with "
                        + "--skip \(source):\(found.label)"
                ])
            }
            return (part, false)
        }
        contents[role] = part
        origins[role] = "\(source) at \(found.label)"
        return (part, true)
    }

    /// What the pack will say of a network's origin.
    private static func record(
        of part: PackContents.Part, _ source: String, _ place: String, _ digest: String
    ) -> JSONValue {
        .object([
            "file": .string(source), "place": .string(place), "role": .string(part.description.role.rawValue),
            "sha256": .string(digest),
        ])
    }

    /// pSp's files repeat the generator's mean code once per layer; the generator itself has one.
    private static func fitted(_ mean: Tensor, _ family: PartFamily) throws -> Tensor? {
        guard family == .styleGAN2, mean.rank == 2, mean.shape[0] > 0 else { return mean }
        let first = try mean.select(0, index: 0)
        // A mean per layer is none that StyleGAN2 could be truncated towards; it gets one from noise instead.
        return try (mean - first).abs().amax().item() == 0 ? first : nil
    }

    /// What was asked for that leaves a network out, or nil.
    private func skip(of found: FoundNetwork, in source: String) -> String? {
        [found.label, "\(source):\(found.label)"].first(where: skipped.contains)
    }

    /// The place of the average of a network, if that is another one.
    private static func average(of found: FoundNetwork, in all: [FoundNetwork]) -> String? {
        // rosinality says g_ema, genforce generator_smooth.
        func isAverage(_ network: FoundNetwork) -> Bool {
            let words = network.label.lowercased().split { !$0.isLetter }
            return words.contains("ema") || words.contains("smooth")
        }
        let averages = all.filter { $0.name == found.name && isAverage($0) }
        return averages.count == 1 && !isAverage(found) ? averages[0].label : nil
    }

    /// Whether two networks draw the same; a mean code that only one has beside it is no difference.
    private static func isSame(_ a: PackContents.Part, _ b: PackContents.Part) throws -> Bool {
        guard a.description.family == b.description.family,
            a.description.configuration == b.description.configuration
        else { return false }
        for (name, tensor) in b.tensors where name != PartFamily.meanName {
            guard let other = a.tensors[name], other.shape == tensor.shape,
                try (other.to(dtype: tensor.dtype) - tensor).abs().sum().item() == 0
            else { return false }
        }
        return true
    }
}

/// Why a pack could not be put together.
public struct AssemblyError: Error, Sendable, CustomStringConvertible {
    /// Everything that was wrong, one text each.
    public let faults: [String]

    /// All faults, one after the other.
    public var description: String { faults.joined(separator: "\n") }
}
