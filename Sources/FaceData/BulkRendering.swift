import Dispatch

extension FaceRenderer {
    /// Draws many faces with several threads into one buffer, picture after picture.
    ///
    /// Blocks the caller until done; call it from a thread of your own, not from the cooperative pool.
    /// - Parameters:
    ///   - codes: the linear codes.
    ///   - size: the side in pixels, within ``sizes``.
    ///   - threads: how many threads share the work.
    ///   - pixels: takes `codes.count * size * size * 3` bytes, RGB interleaved; must be that long.
    public static func render(_ codes: [FaceCode], size: Int, threads: Int, into pixels: inout [UInt8]) {
        precondition(pixels.count == codes.count * size * size * 3, "the picture buffer must fit the faces")
        pixels.withUnsafeMutableBufferPointer { draw(codes, size: size, threads: threads, pixels: $0, masks: nil) }
    }

    /// Draws many faces and their masks with several threads, picture after picture.
    /// - Parameter masks: takes `codes.count * size * size` classes; must be that long.
    public static func render(
        _ codes: [FaceCode], size: Int, threads: Int, into pixels: inout [UInt8], masks: inout [UInt8]
    ) {
        precondition(pixels.count == codes.count * size * size * 3, "the picture buffer must fit the faces")
        precondition(masks.count == codes.count * size * size, "the mask buffer must fit the faces")
        pixels.withUnsafeMutableBufferPointer { pixels in
            masks.withUnsafeMutableBufferPointer {
                draw(codes, size: size, threads: threads, pixels: pixels, masks: $0)
            }
        }
    }

    private static func draw(
        _ codes: [FaceCode], size: Int, threads: Int, pixels: UnsafeMutableBufferPointer<UInt8>,
        masks: UnsafeMutableBufferPointer<UInt8>?
    ) {
        precondition(sizes.contains(size), "the size must be one that can be drawn")
        let shares = max(1, min(threads, codes.count))
        let target = Target(pixels: pixels, masks: masks)
        DispatchQueue.concurrentPerform(iterations: shares) { share in
            let canvas = Canvas(size: size)
            for face in stride(from: share, to: codes.count, by: shares) {
                paint(codes[face], on: canvas)
                target.copy(canvas, face: face)
            }
        }
    }

    /// The caller's buffers, shared by the drawing threads.
    // Sound without checking: every thread writes only the slices of its own faces, and the caller waits for all.
    private struct Target: @unchecked Sendable {
        let pixels: UnsafeMutableBufferPointer<UInt8>
        let masks: UnsafeMutableBufferPointer<UInt8>?

        func copy(_ canvas: Canvas, face: Int) {
            let area = canvas.size * canvas.size
            canvas.copy(
                pixels: .init(rebasing: pixels[face * area * 3..<(face + 1) * area * 3]),
                mask: masks.map { .init(rebasing: $0[face * area..<(face + 1) * area]) })
        }
    }
}
