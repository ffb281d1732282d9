import Foundation

/// Who is measured: runs one kind of work in a process of its own.
struct Contestant {
    let name: String
    let command: [String]

    /// This program.
    static let tedi = Contestant(
        name: "tedi",
        command: [URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path, "measure"])

    /// The same networks in eager PyTorch.
    static func eager(python: String) throws -> Contestant {
        guard let folder = Bundle.module.url(forResource: "Eager", withExtension: nil) else {
            throw BenchError("the yardstick's programs are not beside this one; build it again")
        }
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw BenchError("there is no \(python); make setup brings Python's LibTorch, or name one with --python")
        }
        return Contestant(name: "eager", command: [python, folder.appendingPathComponent("measure.py").path])
    }

    /// Measures a kind of work.
    func measure(_ workload: Workload, batch: Int, seconds: Double, threads: Int) throws -> Measurement {
        let values = [workload.rawValue, "\(batch)", "\(seconds)", "\(threads)"]
        let arguments =
            name == "tedi"
            ? [values[0], "--batch", values[1], "--seconds", values[2], "--threads", values[3]] : values
        let output = try Self.output(of: command + arguments)
        guard let line = output.split(separator: "\n").last,
            let result = try? JSONDecoder().decode(Measurement.self, from: Data(line.utf8))
        else { throw BenchError("\(name) printed no measurement: \(output.suffix(400))") }
        return result
    }

    private static func output(of command: [String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchError("\(command.joined(separator: " ")) ended with \(process.terminationStatus)")
        }
        return String(decoding: data, as: UTF8.self)
    }
}

/// Why a figure could not be had: what is wrong, and what to do.
struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
