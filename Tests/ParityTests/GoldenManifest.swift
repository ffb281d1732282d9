import Foundation
import GoldenData
import TediGAN
import Torch

/// The manifest of one fixture of the golden data.
struct GoldenManifest: Decodable {
    struct Constant: Decodable {
        var fill: JSONValue?
        var values: JSONValue?
        var `repeat`: JSONValue?
    }

    struct Entry: Decodable {
        var name: String
        var shape: [Int]?
        var dtype: String?
        var lo: Double?
        var hi: Double?
        var constant: Constant?
        var values: JSONValue?
        var module: String?
        var key: String?
    }

    struct Tolerance: Decodable {
        var atol: Double
        var rtol: Double
        var against: String
    }

    struct Output: Decodable {
        var name: String
        var shape: [Int]
        var stored: String
        var stride: Int?
        var tolerance: Tolerance
    }

    var fixture: String
    var module: String
    var salt: String
    var config: [String: JSONValue]?
    var tensors: [Entry]?
    var inputs: [Entry]?
    var outputs: [Output]?

    /// What the network is built with.
    var settings: GoldenSettings { GoldenSettings(fixture, config ?? [:]) }

    /// The tensors of a state dictionary by their keys in it.
    /// - Parameter module: which network of a manifest that has several.
    func weights(of module: String? = nil) throws -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for entry in tensors ?? [] where module == nil || entry.module == module {
            result[entry.key ?? entry.name] = try tensor(entry)
        }
        return result
    }

    /// An input by name, in the type of the computation.
    func input(_ name: String, dtype: DType) throws -> Tensor {
        guard let entry = inputs?.first(where: { $0.name == name }) else {
            throw GoldenError("\(fixture) has no input \(name)")
        }
        return try tensor(entry).to(dtype: dtype)
    }

    /// Whole numbers of an input, flattened, and its shape.
    func integers(_ name: String) throws -> (values: [Int], shape: [Int]) {
        guard let values = inputs?.first(where: { $0.name == name })?.values else {
            throw GoldenError("\(fixture) has no input \(name)")
        }
        var shape: [Int] = []
        var level = values
        while let list = level.array {
            shape.append(list.count)
            guard let first = list.first else { break }
            level = first
        }
        return (Self.flattened(values).map { Int($0) }, shape)
    }

    /// The numbers of an entry, in the type that the file would hold.
    func tensor(_ entry: Entry) throws -> Tensor {
        let shape = entry.shape ?? []
        let count = shape.reduce(1, *)
        if let lo = entry.lo, let hi = entry.hi {
            return try Tensor(GoldenRule.values(salt + entry.name, count: count, lo: lo, hi: hi), shape: shape)
        }
        let type: DType = entry.dtype == "int64" ? .int64 : .float32
        if let fill = entry.constant?.fill?.double { return try Tensor.full(shape, fill, dtype: type) }
        guard let source = entry.constant?.values ?? entry.constant?.repeat ?? entry.values else {
            throw GoldenError("\(fixture): no values for \(entry.name)")
        }
        let list = Self.flattened(source)
        guard !list.isEmpty, entry.constant?.repeat != nil || list.count == count else {
            throw GoldenError("\(fixture): \(list.count) values for \(entry.name)")
        }
        return try Tensor((0..<count).map { Float(list[$0 % list.count]) }, shape: shape).to(dtype: type)
    }

    private static func flattened(_ value: JSONValue) -> [Double] {
        if let list = value.array { return list.flatMap(flattened) }
        return value.double.map { [$0] } ?? []
    }
}

/// A fixture that does not say what the suite needs.
struct GoldenError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
