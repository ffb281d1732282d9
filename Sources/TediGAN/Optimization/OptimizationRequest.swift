import Crypto
import Foundation

/// One face to optimise: where it begins, what it shall come near to, and for how long.
public struct OptimizationRequest: Sendable, Hashable {
    /// The photo to come near to.
    public var photo: PhotoInput?
    /// What the face shall be like; may be empty where there is a photo.
    public var caption: String
    /// The code to begin with; the photo's, or one that is drawn for the caption, if nil.
    public var start: LatentCode?
    /// How many steps.
    public var steps: Int
    /// λ by the losses' names; those that the photo and the caption call for, if empty.
    public var losses: [String: Double]
    /// How far a step goes, at most; as the pack says if nil.
    public var learningRate: Double?
    /// Where a face that is drawn to begin with comes from.
    public var key: SampleKey

    /// Creates a request.
    public init(
        photo: PhotoInput? = nil, caption: String = "", start: LatentCode? = nil, steps: Int,
        losses: [String: Double] = [:], learningRate: Double? = nil, key: SampleKey = SampleKey(seed: 0)
    ) {
        (self.photo, self.caption, self.start, self.steps) = (photo, caption, start, steps)
        (self.losses, self.learningRate, self.key) = (losses, learningRate, key)
    }

    /// What tells a saved state of this request from those of others.
    var fingerprint: String {
        var hash = SHA256()
        hash.update(data: Data("\(caption.utf8.count) \(caption) \(steps) \(key.seed) \(key.sample)".utf8))
        for (name, weight) in losses.sorted(by: { $0.key < $1.key }) {
            hash.update(data: Data("\(name) \(weight)".utf8))
        }
        hash.update(data: Data("\(learningRate ?? 0)".utf8))
        if let photo { hash.update(data: Data(photo.pixels)) }
        if let start { start.values.withUnsafeBytes { hash.update(bufferPointer: $0) } }
        return ModelPack.hexadecimal(hash.finalize())
    }
}

/// How the losses of one face went.
public struct LossRecord: Sendable, Hashable {
    /// Points at most, but for the last.
    static let capacity = 250

    /// The steps that were kept, in order.
    public private(set) var steps: [Int] = []
    /// For each loss by name (`total`, `pixel`, …) its value before these steps, not weighted but for the total.
    public private(set) var losses: [String: [Double]] = [:]

    /// Notes what a step saw; every so many steps alone, so that the record of a long run stays short.
    mutating func note(_ report: InstanceOptimization.Report, of total: Int) {
        let stride = max(1, (total + Self.capacity - 1) / Self.capacity)
        guard report.step % stride == 0 || report.step == total, report.step > (steps.last ?? -1) else { return }
        steps.append(report.step)
        losses["total", default: []].append(report.total)
        for (name, value) in report.losses { losses[name, default: []].append(value) }
    }

    init() {}

    /// A record that was kept as numbers.
    init(steps: [Int], losses: [String: [Double]]) { (self.steps, self.losses) = (steps, losses) }
}
