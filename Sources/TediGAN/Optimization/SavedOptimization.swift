import Torch

/// A face under optimisation as it is kept between steps: all that the next step depends on.
struct SavedOptimization {
    /// Of the format.
    private static let version = "1"

    /// What ``OptimizedFace/state()`` has kept.
    let tensors: [String: Tensor]
    /// Where the face began.
    let start: LatentCode
    /// How the losses went.
    let record: LossRecord

    /// Writes a state.
    static func encoded(
        _ face: OptimizedFace, start: LatentCode, record: LossRecord, request: OptimizationRequest, digest: String
    ) throws(TediGANError) -> [UInt8] {
        try computing { () throws(TorchError) in
            var tensors = try face.state()
            tensors["start"] = try start.tensor()
            tensors["record_steps"] = try Tensor(record.steps.map(Int64.init), shape: [record.steps.count])
            for (name, values) in record.losses {
                tensors["record.\(name)"] = try Tensor(values, shape: [values.count], dtype: .float64)
            }
            return try SafeTensors.encoded(
                tensors,
                metadata: ["version": version, "pack": digest, "request": request.fingerprint])
        }
    }

    /// Reads a state.
    ///
    /// - Throws: ``TediGANError/invalid(_:)`` for one that is damaged, or that is not of this request and this pack.
    init(_ bytes: [UInt8], of request: OptimizationRequest, _ faces: FaceSynthesis) throws(TediGANError) {
        let file: SafeTensors
        do {
            file = try SafeTensors(decoding: bytes, named: "the saved state", device: faces.device)
        } catch {
            throw .invalid(error.description)
        }
        guard file.metadata["version"] == Self.version, file.metadata["pack"] == faces.digest,
            file.metadata["request"] == request.fingerprint
        else { throw .invalid("the saved state is of another optimisation") }
        tensors = file.tensors
        let prefix = "record."
        (start, record) = try computing { () throws(TorchError) in
            guard let start = file.tensors["start"], let steps = file.tensors["record_steps"] else {
                throw TorchError(operation: "restore", message: "the saved state has no start or no record")
            }
            let kept = try steps.int64s().map { Int(clamping: $0) }
            var losses: [String: [Double]] = [:]
            for (name, tensor) in file.tensors where name.hasPrefix(prefix) {
                losses[String(name.dropFirst(prefix.count))] = try tensor.doubles()
            }
            guard losses.values.allSatisfy({ $0.count == kept.count }) else {
                throw TorchError(operation: "restore", message: "the saved record is damaged")
            }
            return (try LatentCode.codes(start)[0], LossRecord(steps: kept, losses: losses))
        }
    }
}
