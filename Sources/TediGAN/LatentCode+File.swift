import Layers
import Torch

extension LatentCode {
    /// The tensor's name in a file of a code, as workers store it.
    private static let name = "w_plus"

    /// Writes the code as safetensors: the one tensor `w_plus` [L, C].
    ///
    /// - Throws: ``TediGANError/layers(_:)`` with the system's message.
    public func write(to path: String) throws(TediGANError) {
        let tensor = try computing { () throws(TorchError) in try Tensor(values, shape: [layers, width]) }
        do {
            try SafeTensors.write(path, [Self.name: tensor])
        } catch {
            throw .layers(.file(error))
        }
    }

    /// Reads a code from such a file.
    ///
    /// - Throws: ``TediGANError/layers(_:)`` for a file that is absent or broken; ``TediGANError/invalid(_:)`` for one
    ///   that holds no code.
    public init(reading path: String) throws(TediGANError) {
        let file: SafeTensors
        do {
            file = try SafeTensors.read(path)
        } catch {
            throw .layers(.file(error))
        }
        guard let tensor = file.tensors[Self.name], tensor.dtype.isFloatingPoint,
            tensor.rank == 2 || tensor.rank == 3 && tensor.shape[0] == 1, tensor.count > 0
        else {
            throw .invalid("\(path) is no latent code: it needs a tensor \(Self.name) of layers x width")
        }
        let shape = tensor.shape.suffix(2)
        let values = try computing { () throws(TorchError) in try tensor.to(dtype: .float32).floats() }
        self.init(layers: shape[shape.startIndex], width: shape[shape.startIndex + 1], values: values)
    }
}
