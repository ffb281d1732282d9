import FaceData
public import Layers
public import Torch

/// Reads attributes from pictures with a trained ``AttributeClassifier``.
public struct AttributeJudge {
    private let network: AttributeClassifier

    /// A judge over a trained network.
    public init(network: AttributeClassifier) {
        self.network = network
    }

    /// Loads a judge from a safetensors file written by ``write(_:size:to:)``.
    ///
    /// - Throws: `LayerError` where the file is broken, `TrainingError` where it is no judge.
    public init(reading path: String) throws {
        let file = try SafeTensors.read(path)
        guard let size = file.metadata["size"].flatMap(Int.init), (16...1_024).contains(size) else {
            throw TrainingError("\(path) is no judge: its head names no picture size")
        }
        guard file.metadata["attributes"] == FaceAttribute.allCases.map(\.name).joined(separator: ",") else {
            throw TrainingError("\(path) judges other attributes than this version draws; train it again")
        }
        let store = ParameterStore(loading: file.tensors, trains: false)
        network = try store.build { scope throws(LayerError) in
            try AttributeClassifier(in: scope, size: size, attributes: FaceAttribute.allCases.count)
        }
    }

    /// Writes the weights in `store` as a judge for pictures of `size` pixels.
    public static func write(_ store: ParameterStore, size: Int, to path: String) throws {
        try store.save(
            to: path, storage: .float16,
            metadata: ["size": "\(size)", "attributes": FaceAttribute.allCases.map(\.name).joined(separator: ",")])
    }

    /// Logits [N, A] of pictures [N, 3, size, size]; above 0 the attribute is seen.
    ///
    /// Differentiable by the pictures; in the order of `FaceAttribute.allCases`.
    public func callAsFunction(_ pictures: Tensor) throws(TorchError) -> Tensor { try network(pictures) }

    /// Whether each attribute is seen in each picture [N, 3, size, size], row by row.
    public func attributes(of pictures: Tensor) throws -> [[Bool]] {
        let logits = try withInferenceMode { () throws(TorchError) in try network(pictures).floats() }
        let count = FaceAttribute.allCases.count
        return stride(from: 0, to: logits.count, by: count).map { row in
            logits[row..<row + count].map { $0 > 0 }
        }
    }

    /// Mean of the rates at which present and absent are recognised on rendered faces, per attribute.
    public func balancedAccuracy(on faces: FaceDataset) throws -> [Double] {
        var tally = BalancedTally(count: FaceAttribute.allCases.count)
        for start in stride(from: 0, to: faces.count, by: 100) {
            let indices = Array(start..<min(start + 100, faces.count))
            for (index, seen) in zip(indices, try attributes(of: faces.pictures(indices))) {
                tally.add(seen: seen, truth: faces.faces[index].attributes)
            }
        }
        return tally.accuracy
    }
}

/// Counts of right answers where an attribute is present and where it is absent.
public struct BalancedTally: Sendable {
    private var right: [[Int]]
    private var all: [[Int]]

    /// Empty counts of `count` attributes.
    public init(count: Int) {
        right = [[Int]](repeating: [0, 0], count: count)
        all = right
    }

    /// Adds the judgement of one picture.
    public mutating func add(seen: [Bool], truth: [Bool]) {
        for (attribute, (seen, truth)) in zip(seen, truth).enumerated() {
            all[attribute][truth ? 1 : 0] += 1
            if seen == truth { right[attribute][truth ? 1 : 0] += 1 }
        }
    }

    /// Balanced accuracy per attribute; a value that never occurred is left out of its mean.
    public var accuracy: [Double] {
        zip(right, all).map { right, all in
            let rates = zip(right, all).filter { $0.1 > 0 }.map { Double($0.0) / Double($0.1) }
            return rates.isEmpty ? .nan : rates.reduce(0, +) / Double(rates.count)
        }
    }
}
