/// The things that a pickle may name: the whole list.
///
/// Each stands for data or for a way to arrange data; none is code.
enum PickleGlobal: Hashable, Sendable {
    case orderedDictionary
    case namespace
    case size
    case device
    case rebuildTensor
    /// With a type of its own, as the storage holds untyped bytes.
    case rebuildTypedTensor
    case rebuildQuantizedTensor
    case rebuildParameter
    case storage(ElementType)
    case numpyScalar
    case numpyType
    /// How protocol 2 writes bytes: as text of the characters 0 to 255.
    case latinText
    /// TorchScript's lists of one type.
    case scriptList
    /// TorchScript's value beside the name of its type.
    case scriptTypeTag
    /// A type of numbers or the like; its name is its value.
    case constant(String)
    /// A class of a TorchScript file: a name.
    case scriptClass(String)

    /// The thing called `name` in `module`, or nil where it is not on the list.
    /// - Parameter script: whether the file is TorchScript, whose classes live under `__torch__`.
    init?(module: String, name: String, script: Bool) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("argparse", "Namespace"): self = .namespace
        case ("torch", "Size"): self = .size
        case ("torch", "device"): self = .device
        case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTypedTensor
        case ("torch._utils", "_rebuild_qtensor"): self = .rebuildQuantizedTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"): self = .numpyScalar
        case ("numpy", "dtype"): self = .numpyType
        case ("_codecs", "encode"): self = .latinText
        case ("torch.jit._pickle", "restore_type_tag"): self = .scriptTypeTag
        case ("torch.jit._pickle", let list) where Self.scriptLists.contains(list): self = .scriptList
        case ("torch", let type) where Self.constants.contains(type): self = .constant("torch." + type)
        case ("torch", let type), ("torch.cuda", let type), ("torch.storage", let type):
            guard let element = ElementType(storageClass: type) else { return nil }
            self = .storage(element)
        default:
            guard script, module == "__torch__" || module.hasPrefix("__torch__.") else { return nil }
            self = .scriptClass("\(module).\(name)")
        }
    }

    private static let scriptLists: Set = ["build_intlist", "build_tensorlist", "build_doublelist", "build_boollist"]

    private static let constants: Set<String> = {
        var names = Set(ElementType.allCases.map(\.rawValue))
        names.remove(ElementType.untyped.rawValue)
        return names.union([
            "per_tensor_affine", "per_channel_affine", "per_tensor_symmetric", "per_channel_symmetric", "strided",
            "contiguous_format", "channels_last", "preserve_format",
        ])
    }()
}
