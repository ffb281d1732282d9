import Foundation
import Glibc
import Testing
import Threads

/// Hosts with addresses of their own and a wire between them that is slow, loses packets and can be cut; see
/// network.py, which does it.
///
/// Unix sockets have paths and so go from host to host: a test looks at its servers through them whatever is cut.
/// Folders are shared as well, as the artifact store is to be.
actor Network {
    /// One end of the wire.
    struct Host: Sendable {
        let name: String
        let address: String
        /// Words that start a program on this host.
        let entrance: [String]
    }

    /// Packets of which direction are lost between two hosts.
    enum Cut: String, CaseIterable, Sendable {
        case both, there, back
    }

    /// The hosts by name.
    let hosts: [String: Host]
    private let process: Process
    private let orders: FileHandle
    private let answers: FileHandle
    private let executor: ThreadExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Why there can be no network here; nil if there can be one.
    static let obstacle: String? = {
        guard geteuid() == 0 else { return "network namespaces need root" }
        guard access("/dev/net/tun", R_OK | W_OK) == 0 else { return "there is no /dev/net/tun" }
        let probe = Process()
        probe.executableURL = URL(filePath: "/usr/bin/unshare")
        probe.arguments = ["--net", "true"]
        probe.standardError = FileHandle.nullDevice
        guard (try? probe.run()) != nil else { return "util-linux is missing" }
        probe.waitUntilExit()
        return probe.terminationStatus == 0 ? nil : "the kernel refuses a network namespace"
    }()

    /// Runs a test between hosts.
    /// - Parameters:
    ///   - names: The hosts.
    ///   - seed: Decides which packets are lost.
    static func with(
        _ names: [String], seed: UInt64, _ body: @Sendable (Network) async throws -> Void
    ) async throws {
        let network = try await start(names, seed: seed)
        do {
            try await body(network)
        } catch {
            await network.end()
            throw error
        }
        await network.end()
    }

    private static func start(_ names: [String], seed: UInt64) async throws -> Network {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [try #require(Bundle.module.path(forResource: "network", ofType: "py")), "\(seed)"] + names
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        // Else the other end would never see the end of its input.
        try input.fileHandleForReading.close()
        return try await Network(
            names, process, orders: input.fileHandleForWriting, answers: output.fileHandleForReading)
    }

    private init(
        _ names: [String], _ process: sending Process, orders: sending FileHandle, answers: sending FileHandle
    ) async throws {
        var hosts: [String: Host] = [:]
        for name in names {
            let words = try #require(Self.line(from: answers), "network.py has ended").split(separator: " ")
            try #require(words.count == 3)
            hosts[name] = Host(
                name: name, address: String(words[1]), entrance: ["/usr/bin/nsenter", "--net=\(words[2])"])
        }
        self.hosts = hosts
        self.process = process
        self.orders = orders
        self.answers = answers
        executor = ThreadExecutor(name: "network")
    }

    private func end() {
        try? orders.close()
        process.waitUntilExit()
    }

    /// Makes every packet so late, loses so many, and lets so many make an end of their connection, in percent.
    func disturb(delay milliseconds: Int, loss: Double, resets: Double = 0) throws {
        try order("delay \(milliseconds)")
        try order("loss \(loss)")
        try order("reset \(resets)")
    }

    /// Loses whatever one host sends to another, or the other to it, or both.
    func cut(_ one: String, _ other: String, _ cut: Cut) throws {
        if cut != .back { try order("cut \(one) \(other)") }
        if cut != .there { try order("cut \(other) \(one)") }
    }

    /// Lets everything pass between two hosts.
    func join(_ one: String, _ other: String) throws {
        try order("join \(one) \(other)")
        try order("join \(other) \(one)")
    }

    /// How many packets arrived, were lost, were cut off and made an end of their connection, for people.
    func counts() throws -> String {
        try order("counts")
    }

    /// How often a connection was made an end of.
    func resets() throws -> Int {
        let last = try counts().split(separator: ", ").last { $0.hasSuffix(" reset") }
        return try #require(last.flatMap { Int($0.prefix { $0.isNumber }) })
    }

    @discardableResult
    private func order(_ words: String) throws -> String {
        try orders.write(contentsOf: Data((words + "\n").utf8))
        return try #require(Self.line(from: answers), "network.py has ended")
    }

    private static func line(from file: FileHandle) -> String? {
        var bytes: [UInt8] = []
        while let byte = try? file.read(upToCount: 1)?.first {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }
}
