import Foundation
import Testing
import Torch

@testable import Checkpoints

/// Opens a file of the bytes.
///
/// The file is gone afterwards, and the open checkpoint still reads it.
func opened(_ bytes: [UInt8], limits: PickleLimits = PickleLimits()) throws -> Checkpoint {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoint-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(bytes).write(to: url)
    return try Checkpoint(opening: url.path, limits: limits)
}

/// Why a file of the bytes is refused.
func refusal(
    _ bytes: [UInt8], limits: PickleLimits = PickleLimits(), sourceLocation: SourceLocation = #_sourceLocation
) throws -> CheckpointError.Reason {
    try #require(throws: CheckpointError.self, sourceLocation: sourceLocation) {
        _ = try opened(bytes, limits: limits)
    }.reason
}

/// The value of a pickle's opcodes, without its end.
func unpickled(
    _ opcodes: [UInt8], limits: PickleLimits = PickleLimits(), isScript: Bool = false
) throws(CheckpointFault) -> CheckpointValue {
    var unpickler = Unpickler(ByteSource(opcodes + [0x2E]), limits: limits, isScript: isScript)
    return try unpickler.result().root
}

/// Why a pickle's opcodes are refused.
func refusal(
    of opcodes: [UInt8], limits: PickleLimits = PickleLimits(), sourceLocation: SourceLocation = #_sourceLocation
) throws -> CheckpointError.Reason {
    try #require(throws: CheckpointFault.self, sourceLocation: sourceLocation) {
        _ = try unpickled(opcodes, limits: limits)
    }.reason
}

/// The bytes of numbers in single precision.
func singles(_ values: [Float]) -> [UInt8] {
    values.flatMap { Pickles.little(Int($0.bitPattern), 4) }
}
