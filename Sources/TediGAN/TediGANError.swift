public import Layers
public import Torch

/// Why a model core could not do what was asked.
public enum TediGANError: Error, Sendable, CustomStringConvertible {
    /// A tensor operation failed.
    case torch(TorchError)
    /// A network's tensors are absent, left over or of the wrong shape, or a layer could not be built.
    case layers(LayerError)
    /// An argument is out of range; the text says which and what is allowed.
    case invalid(String)
    /// The caption names nothing that the pack can draw.
    case nothingNamed(caption: String)
    /// A model pack is absent, broken or not to be trusted.
    case pack(path: String, String)
    /// A model pack has no network for a role.
    case missing(path: String, PackRole)

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .torch(let error): error.description
        case .layers(let error): error.description
        case .invalid(let text): text
        case .nothingNamed(let caption):
            "the caption \"\(caption.prefix(200))\" names no attribute that this model pack knows; "
                + "use words of its layer policy, such as hair, beard or hat"
        case .pack(let path, let text): "model pack \(path): \(text)"
        case .missing(let path, let role):
            "model pack \(path) has no \(role.title); "
                + {
                    switch role {
                    case .text: "none was published, and each is trained for its generator: tedi-model train"
                    case .attributes, .regions:
                        "train one with tedi-model train, and: tedi-model pack add \(path) --judge FILE --out NEW"
                    default: "add one to a copy with: tedi-model import CHECKPOINT --base \(path) --pack NEW"
                    }
                }()
        }
    }
}

/// Runs `body` and reports its `TorchError` as a ``TediGANError``.
func computing<Value>(_ body: () throws(TorchError) -> Value) throws(TediGANError) -> Value {
    do {
        return try body()
    } catch {
        throw .torch(error)
    }
}

/// Runs `body` and reports its `LayerError` as a ``TediGANError``.
func building<Value>(_ body: () throws(LayerError) -> Value) throws(TediGANError) -> Value {
    do {
        return try body()
    } catch {
        throw .layers(error)
    }
}
