import Foundation
import Importing
import Layers
import Perception
import TediGAN
import Testing
import Torch

/// Networks of the golden data that went through files and a pack, and there meet each other.
@Suite("Packs of published networks", .serialized, .enabled(if: GoldenFolder.exists || GoldenFolder.isRequired))
struct PackParityTests {
    @Test("Inversion with a pack's parts goes the way of the reference")
    func inversion() throws {
        let fixtures = try GoldenFolder.fixtures.filter {
            try GoldenFolder.manifest($0).module.hasPrefix(GoldenNetwork.instanceOptimization.module)
        }
        for fixture in fixtures {
            let manifest = try GoldenFolder.manifest(fixture)
            // The pack's preset has no term of CLIP.
            guard Set((manifest.tensors ?? []).compactMap(\.module)) == ["G", "E", "F"] else { continue }
            try withPack(of: manifest, modules: ["G", "E", "F"]) { pack in
                let codes = try trajectory(pack, manifest)
                let generator = try pack.faceGenerator()
                let golden = try GoldenOptimization(manifest, .float32)
                let rows = try GoldenComparison(manifest).rows { name in
                    switch name {
                    case "w0": return codes[0]
                    case "w_final": return codes[codes.count - 1]
                    case "image_start": return try withNoGradient { try generator.images(of: codes[0]) }
                    case "image_final":
                        return try withNoGradient { try generator.images(of: codes[codes.count - 1]) }
                    case "grad_step1": return golden.firstGradient
                    default: return codes[try #require(Int(name.dropFirst()))]
                    }
                }
                for row in rows { #expect(row.worst <= 1, "\(fixture) \(row.name)") }
                print("parity pack \(fixture): \(rows.map { String(format: "%.2e", $0.worst) })")
            }
        }
    }

    /// The encoder's code, and the code after each step.
    private func trajectory(_ pack: ModelPack, _ manifest: GoldenManifest) throws -> [Tensor] {
        var settings = manifest.settings
        let encoder = try pack.pictureEncoder(.photo)
        let image = try manifest.input("input.image", dtype: .float32)
        let optimization = try InstanceOptimization.inversion(
            pack.faceGenerator(), features: pack.perceptualFeatures(),
            encoder: { images throws(TorchError) in try encoder.codes(ofImages: images) })
        let start = try withNoGradient { try encoder(image) }
        let face = try optimization.face(OptimizationGoal(start: start, image: image))
        var codes = [start]
        for _ in 0..<settings.integer("steps", 0) {
            try optimization.step([face])
            codes.append(try face.code.detached().clone())
        }
        return codes
    }

    /// Writes each module to a file of its own, and imports the files as a pack.
    private func withPack(
        of manifest: GoldenManifest, modules: [String], _ body: (ModelPack) throws -> Void
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var assembly = try PackAssembly(name: "golden")
        for module in modules {
            let path = folder.appendingPathComponent(module).path
            try SafeTensors.write(path, manifest.weights(of: module))
            assembly.add(try Import(opening: path))
        }
        let pack = try assembly.write(to: folder.appendingPathComponent("pack").path)
        try pack.verifyParts()
        try body(pack)
    }
}
