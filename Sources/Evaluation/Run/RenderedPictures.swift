import FaceData
import TediGAN
import Torch

/// Rendered faces of chosen parameters, as networks see pictures.
enum RenderedPictures {
    /// Pictures [N, 3, R, R] of linear codes.
    static func tensor(_ codes: [FaceCode], _ run: EvaluationRun) throws(TorchError) -> Tensor {
        var pixels = [UInt8](repeating: 0, count: codes.count * run.side * run.side * 3)
        FaceRenderer.render(codes, size: run.side, threads: run.options.threads, into: &pixels)
        return try Tensor.images(bytes: pixels, count: codes.count, height: run.side, width: run.side)
    }
}
