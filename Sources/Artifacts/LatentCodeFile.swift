import Foundation

/// A W+ latent code as an object: a safetensors file with the single float32 tensor `w_plus` of shape [layers, width].
///
/// Any safetensors reader opens it, so a picture can be edited further from its code outside of Tedi as well.
public struct LatentCodeFile: Equatable, Sendable {
    /// Number of layers of the synthesis network that read a code.
    public let layers: Int
    /// Width of the latent space W.
    public let width: Int
    /// Row after row, `layers * width` values.
    public let values: [Float]

    /// Creates a code; `.corrupt` unless there are `layers * width` values.
    public init(layers: Int, width: Int, values: [Float]) throws(ArtifactError) {
        guard layers > 0, width > 0, layers.multipliedReportingOverflow(by: width) == (values.count, false) else {
            throw ArtifactError(.corrupt, "a latent code of \(values.count) values is not \(layers) layers of \(width)")
        }
        self.layers = layers
        self.width = width
        self.values = values
    }

    /// The safetensors file: length of the header, the header padded with spaces to eight bytes, little-endian values.
    public func encoded() -> [UInt8] {
        let size = values.count * 4
        var header = Array(
            #"{"w_plus":{"dtype":"F32","shape":[\#(layers),\#(width)],"data_offsets":[0,\#(size)]}}"#.utf8)
        while header.count % 8 != 0 { header.append(0x20) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.count + size)
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: header)
        #if _endian(little)
            values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        #else
            #error("safetensors files are little-endian; this machine is not")
        #endif
        return bytes
    }

    /// Reads what ``encoded()`` wrote, or any safetensors file with such a tensor and nothing else.
    public init(decoding bytes: [UInt8]) throws(ArtifactError) {
        guard bytes.count >= 8, bytes.count <= ArtifactKind.code.limit else { throw Self.malformed }
        let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(bytes.count - 8),
            let header = try? JSONDecoder().decode(Header.self, from: Data(bytes[8..<8 + Int(length)])),
            header.w_plus.dtype == "F32", header.w_plus.shape.count == 2
        else { throw Self.malformed }
        let data = bytes[(8 + Int(length))...]
        guard header.w_plus.data_offsets == [0, data.count], data.count % 4 == 0 else { throw Self.malformed }
        let values = stride(from: data.startIndex, to: data.endIndex, by: 4).map { index in
            Float(bitPattern: data[index..<index + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        }
        try self.init(layers: header.w_plus.shape[0], width: header.w_plus.shape[1], values: values)
    }

    private static let malformed = ArtifactError(.corrupt, "not a safetensors file with one float32 matrix w_plus")

    /// Names as the format has them.
    private struct Header: Decodable {
        struct Tensor: Decodable {
            var dtype: String
            var shape: [Int]
            var data_offsets: [Int]
        }
        var w_plus: Tensor
    }
}
