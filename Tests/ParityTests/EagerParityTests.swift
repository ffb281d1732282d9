import Foundation
import Testing

/// The yardstick of the benchmark is held to the golden data too: a wrong network would be no yardstick.
@Suite("Eager yardstick", .enabled(if: Eager.canRun, "no golden data, or no Python with LibTorch"))
struct EagerParityTests {
    @Test("Passes every fixture of its networks")
    func fixtures() throws {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: Eager.python)
        process.arguments = [
            Eager.package.appendingPathComponent("Sources/ModelBench/Eager/golden.py").path, GoldenFolder.url.path,
        ]
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        print(output)
        #expect(process.terminationStatus == 0)
        #expect(output.contains("eager "), "no fixture of the yardstick's networks")
    }
}

/// Where the yardstick and its Python are.
private enum Eager {
    static let package = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    static let python = package.appendingPathComponent(".build/venv/bin/python").path
    static let canRun = GoldenFolder.exists && FileManager.default.isExecutableFile(atPath: python)
}
