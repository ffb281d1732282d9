import Foundation
import TediGAN

/// The pack that ships.
enum DemoPack {
    static var path: String {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return root.appendingPathComponent("Resources/Packs/demo-64").path
    }

    static func open() throws -> ModelPack { try ModelPack(opening: path) }
}
