import Artifacts
package import Images
import Jobs
import Threads

/// Turns files into what a model takes, on threads of its own.
///
/// Pictures are PNG or JPEG up to 16,384 pixels a side and 64 Mi pixels in all, looked at before memory is taken.
/// JPEG stands upright as its Exif orientation says; 16 bits become 8; inks (CMYK) become red, green and blue; colour
/// profiles are not applied and transparency is dropped; of an animation the first picture counts.
final class InputDecoder: Sendable {
    /// Memory that decoders take at the same time; a picture that needs more is decoded alone.
    private static let memory = 384 << 20
    /// For each pixel: three bytes, and two for each sample that a progressive JPEG keeps beside.
    private static let bytesPerPixel = 9

    private let threads: [ThreadExecutor]
    private let state = Monitor(State())

    private struct State {
        var used = 0
        var next = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    init(threads count: Int) {
        threads = (0..<max(1, count)).map { ThreadExecutor(name: "input-\($0)") }
    }

    func decode(_ bytes: [UInt8], as key: InputKey) async throws(InputProblem) -> ModelInput {
        switch key.field {
        case .photo, .sketch, .labels: return try await picture(bytes, as: key)
        case .code, .noise: return try Self.code(bytes, as: key)
        case .index: return .index(bytes)
        case .sources:
            guard ImageFile.kind(of: bytes) == nil else { return try await picture(bytes, as: key) }
            return try Self.code(bytes, as: key)
        }
    }

    private static func code(_ bytes: [UInt8], as key: InputKey) throws(InputProblem) -> ModelInput {
        do throws(ArtifactError) {
            let code = try LatentCodeFile(decoding: bytes)
            guard code.values.allSatisfy(\.isFinite) else {
                throw ArtifactError(.corrupt, "it holds values that are not finite")
            }
            return .code(code)
        } catch {
            let hint = key.field == .sources ? "neither a picture nor a code: " : ""
            throw .unusable("\(key.text) cannot be used: \(hint)\(error.message)")
        }
    }

    private func picture(_ bytes: [UInt8], as key: InputKey) async throws(InputProblem) -> ModelInput {
        do throws(ImageError) {
            let info = try ImageFile.inspect(bytes)
            if key.field == .labels, let objection = info.objectionAsLabels {
                throw ImageError.codec(info.kind, objection)
            }
            let weight = min(Self.memory, info.width * info.height * Self.bytesPerPixel)
            let thread = await enter(weight)
            defer { leave(weight) }
            let result: Result<RGBImage, ImageError> = await withTaskExecutorPreference(thread) {
                await Self.decoded(bytes, isExact: key.field == .labels)
            }
            return .picture(try result.get())
        } catch {
            throw .unusable("\(key.text) cannot be used: \(error)")
        }
    }

    private static func decoded(_ bytes: [UInt8], isExact: Bool) async -> Result<RGBImage, ImageError> {
        do throws(ImageError) {
            let picture = try ImageFile.decode(bytes)
            return .success(picture.fitted(to: ModelInputs.longestSide, isExact: isExact))
        } catch {
            return .failure(error)
        }
    }

    // MARK: Memory

    private func enter(_ bytes: Int) async -> ThreadExecutor {
        while true {
            let place = state.withLock { state -> Int? in
                guard state.used == 0 || state.used + bytes <= Self.memory else { return nil }
                state.used += bytes
                state.next += 1
                return state.next
            }
            if let place { return threads[place % threads.count] }
            await state.wait(on: \.waiters) { $0.used == 0 || $0.used + bytes <= Self.memory }
        }
    }

    private func leave(_ bytes: Int) {
        state.change(waking: \.waiters) { $0.used -= bytes }
    }
}

extension ImageInfo {
    /// Why a file of this form holds no label map, or `nil`.
    fileprivate var objectionAsLabels: String? {
        guard kind == .png else { return "a label map has to keep its colours exactly; save it as PNG" }
        return bits == 16 ? "a label map of 16 bits; save it with 8" : nil
    }
}

extension RGBImage {
    /// The picture, reduced so that no side is longer than `side`.
    ///
    /// - Parameter isExact: whether every pixel has to be one of the old ones, rather than a mean of some.
    package func fitted(to side: Int, isExact: Bool = false) -> RGBImage {
        guard max(width, height) > side else { return self }
        let scale = Double(side) / Double(max(width, height))
        let columns = min(side, max(1, Int((Double(width) * scale).rounded())))
        let rows = min(side, max(1, Int((Double(height) * scale).rounded())))
        return isExact
            ? sampled(width: columns, height: rows) : resized(width: columns, height: rows, filter: .area)
    }
}
