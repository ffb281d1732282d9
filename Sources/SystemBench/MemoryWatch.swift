import Foundation
import Glibc

/// Resident memory over time: its peak, and whether it grows.
struct MemoryTrace: Sendable {
    private(set) var bytes: [Double] = []

    /// Part of a run at its beginning in which memory may grow as it likes.
    static let warmUp = 0.1

    mutating func add(_ value: Double) { bytes.append(value) }

    /// The most that there was.
    var peak: Double? { bytes.max() }

    /// The most of the last quarter over the most of the first, the warm-up left out; nil of too few looks.
    var growth: Double? {
        let rest = bytes.dropFirst(Int((Double(bytes.count) * Self.warmUp).rounded(.up)))
        let quarter = rest.count / 4
        guard quarter > 0, let first = rest.prefix(quarter).max(), first > 0, let last = rest.suffix(quarter).max()
        else { return nil }
        return last / first
    }
}

/// Looks at the memory of processes until it is cancelled.
struct MemoryWatch: Sendable {
    /// Process numbers by the name of the part.
    let processes: @Sendable () -> [String: pid_t]
    var interval = Duration.milliseconds(250)

    /// Runs `body` and watches meanwhile.
    func during<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> (value: Value, traces: [String: MemoryTrace]) {
        try await withThrowingTaskGroup(of: Outcome<Value>.self) { tasks in
            tasks.addTask { .value(try await body()) }
            tasks.addTask { .traces(await self.traces()) }
            var value: Value?
            var traces: [String: MemoryTrace] = [:]
            while let outcome = try await tasks.next() {
                switch outcome {
                case .value(let found):
                    value = found
                    tasks.cancelAll()
                case .traces(let found): traces = found
                }
            }
            guard let value else { throw CancellationError() }
            return (value, traces)
        }
    }

    private enum Outcome<Value: Sendable>: Sendable {
        case value(Value)
        case traces([String: MemoryTrace])
    }

    private func traces() async -> [String: MemoryTrace] {
        var traces: [String: MemoryTrace] = [:]
        while !Task.isCancelled {
            for (name, process) in processes() {
                if let bytes = Self.resident(process) { traces[name, default: MemoryTrace()].add(bytes) }
            }
            try? await Task.sleep(for: interval)
        }
        return traces
    }

    /// Bytes of a process that are in memory.
    private static func resident(_ process: pid_t) -> Double? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8) else { return nil }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? Double(fields[1]).map { $0 * Double(sysconf(CInt(_SC_PAGESIZE))) } : nil
    }
}
