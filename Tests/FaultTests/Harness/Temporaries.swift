import Foundation

extension FaultWorld {
    /// Temporaries anywhere in the artifact store.
    func temporaries() async throws -> Int {
        try FileManager.default.subpathsOfDirectory(atPath: artifacts).count { $0.hasSuffix(".tmp") }
    }
}
