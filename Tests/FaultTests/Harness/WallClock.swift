import Foundation
import Testing

/// The wall clock of some daemons, which a test sets as an operator sets the clock of a machine.
///
/// A library that is loaded before the others (clock.c) answers for the C library: what asks for the time of day gets it with the
/// step, what waits for a moment of the day waits by that time, and the monotonic clock is left alone. (libfaketime
/// 0.9.10 is no help here: it moves the timers of the monotonic clock too.)
struct WallClock {
    /// What a daemon is started with to live by this clock.
    let environment: [String: String]
    private let file: String

    /// Compiles the library; the clock is right at first.
    init(folder: String) throws {
        file = "\(folder)/clock"
        let source = try #require(Bundle.module.path(forResource: "clock", ofType: "c"))
        let library = "\(folder)/clock.so"
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/cc")
        compiler.arguments = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source]
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0, "the library that steps a clock does not compile")
        environment = ["LD_PRELOAD": library, "TEST_CLOCK": file]
        try set(0)
    }

    /// Sets the clock to so many seconds after the true time.
    func set(_ seconds: Int64) throws {
        // In place, as the daemons have the file mapped.
        try withUnsafeBytes(of: seconds) { bytes in
            if !FileManager.default.fileExists(atPath: file) {
                try Data(bytes).write(to: URL(filePath: file))
            } else {
                let handle = try FileHandle(forWritingTo: URL(filePath: file))
                try handle.write(contentsOf: Data(bytes))
                try handle.close()
            }
        }
    }
}
