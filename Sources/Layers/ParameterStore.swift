public import Torch

/// The parameters and buffers of a network by path, in the order in which the network asks for them.
///
/// Networks are structs built over a ``ParameterScope`` of a store. A store that creates answers a request for a path
/// it lacks with fresh numbers; a store that loads answers from the tensors it was given and notes what does not fit.
/// Both answer a path they hold with the tensor they hold, so two networks over one store share their parameters, and
/// a second store with the same paths (an average, a copy in double precision) carries the same network with other
/// numbers:
///
///     let store = ParameterStore(seed: 1)
///     let generator = try store.build { scope throws(LayerError) in try Generator(configuration, in: scope) }
///     let average = try store.copied()
///     let smooth = try average.build { scope throws(LayerError) in try Generator(configuration, in: scope) }
///     try average.average(toward: store, weight: 0.01)
///
/// Not `Sendable`: confined to the executor that runs the network.
public final class ParameterStore {
    /// One tensor of a store.
    public struct Entry {
        /// The tensor's name, with dots between the parts.
        public let path: String
        /// The numbers.
        public let tensor: Tensor
        /// Whether training changes it; buffers are false.
        public let isTrainable: Bool
    }

    /// The type that floating-point tensors are made in or converted to.
    public let dtype: DType
    /// Where the tensors live.
    public let device: Device

    /// The tensors, in the order in which they were asked for.
    public private(set) var entries: [Entry] = []

    private var positions: [String: Int] = [:]
    private let seed: UInt64
    /// Tensors given and not yet asked for; nil for a store that creates.
    private var unclaimed: [String: Tensor]?
    private var report = ParameterReport()
    private let trains: Bool

    /// A store that creates what networks ask for.
    /// - Parameters:
    ///   - seed: where random initial numbers come from.
    ///   - dtype: the type of floating-point tensors.
    ///   - device: where the tensors live.
    ///   - trains: whether parameters ask for gradients; false for a network that is only run.
    public init(seed: UInt64, dtype: DType = .float32, device: Device = .cpu, trains: Bool = true) {
        self.seed = seed
        self.dtype = dtype
        self.device = device
        self.trains = trains
        unclaimed = nil
    }

    /// A store that hands out the given tensors and creates none.
    ///
    /// Build with ``build(_:)``, which compares what was asked for with what was given.
    /// - Parameters:
    ///   - tensors: by path; floating-point ones are converted to `dtype`, all are moved to `device` on demand.
    ///   - dtype: the type that floating-point tensors are computed in.
    ///   - device: where the tensors live.
    ///   - trains: whether parameters ask for gradients; false for a network that is only run.
    public init(
        loading tensors: [String: Tensor], dtype: DType = .float32, device: Device = .cpu, trains: Bool = true
    ) {
        seed = 0
        self.dtype = dtype
        self.device = device
        self.trains = trains
        unclaimed = tensors
    }

    /// The scope of paths without a prefix.
    public var root: ParameterScope { ParameterScope(store: self, prefix: "") }

    /// Builds a network over the store, and for a store that loads checks that the given tensors are just those of
    /// the network.
    ///
    /// - Throws: ``LayerError/mismatch(_:)`` naming every missing, extra and misshapen tensor.
    public func build<Network>(
        _ body: (ParameterScope) throws(LayerError) -> Network
    ) throws(LayerError) -> Network {
        try Torch.sparingMemory { () throws(LayerError) in
            let network = try body(root)
            try verify()
            return network
        }
    }

    /// Checks that every request was met and every given tensor was asked for.
    ///
    /// - Throws: ``LayerError/mismatch(_:)``.
    public func verify() throws(LayerError) {
        var found = report
        found.extra = unclaimed?.keys.sorted() ?? []
        guard found.isEmpty else { throw .mismatch(found) }
    }

    /// The tensor at `path`, or nil.
    public subscript(path: String) -> Tensor? {
        positions[path].map { entries[$0].tensor }
    }

    /// The tensors that training changes, in order: what an optimiser takes.
    public var trainableTensors: [Tensor] { entries.filter(\.isTrainable).map(\.tensor) }

    /// The tensors that training changes whose path begins with one of `prefixes`, in order.
    public func trainableTensors(under prefixes: [String]) -> [Tensor] {
        entries.filter { entry in entry.isTrainable && prefixes.contains { entry.path.hasPrefix($0) } }.map(\.tensor)
    }

    /// Whether training changes the tensor at `path`.
    public func isTrained(_ path: String) -> Bool { positions[path].map { entries[$0].isTrainable } ?? false }

    /// Number of trained parameters.
    public var parameterCount: Int { trainableTensors.reduce(0) { $0 + $1.count } }

    /// All tensors by path.
    public var tensors: [String: Tensor] {
        Dictionary(entries.map { ($0.path, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    }

    /// Answers a request of a network; see ``ParameterScope``.
    func tensor(
        _ path: String, _ shape: [Int], _ initializer: Initializer, trainable: Bool, dtype: DType
    ) throws(LayerError) -> Tensor {
        if let held = self[path] {
            if held.shape != shape {
                report.misshapen.append(.init(path: path, expected: shape, found: held.shape))
            }
            return held
        }
        let tensor = try layered { () throws(TorchError) in
            try claim(path, shape, initializer, dtype).requiringGradient(trainable && trains)
        }
        append(Entry(path: path, tensor: tensor, isTrainable: trainable && trains))
        return tensor
    }

    /// A given tensor, a fresh one, or a stand-in of zeros that lets the report name all faults at once.
    private func claim(
        _ path: String, _ shape: [Int], _ initializer: Initializer, _ dtype: DType
    ) throws(TorchError) -> Tensor {
        guard unclaimed != nil else {
            return try initializer.tensor(shape, dtype: dtype, device: device, seed: seed, path: path)
        }
        if let given = unclaimed?.removeValue(forKey: path) {
            if given.shape == shape {
                // A copy of its own: training in place must not reach into the caller's tensors.
                return try given.detached().to(dtype: dtype, device: device).clone()
            }
            report.misshapen.append(.init(path: path, expected: shape, found: given.shape))
        } else {
            report.missing.append(path)
        }
        // One zero seen from everywhere: a pack that lacks its tensors must not cost their memory.
        return try Tensor.zeros([], dtype: dtype, device: device).expanded(shape)
    }

    func append(_ entry: Entry) {
        positions[entry.path] = entries.count
        entries.append(entry)
    }
}
