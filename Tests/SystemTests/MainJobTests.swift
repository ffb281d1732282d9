import Foundation
import Glibc
import Images
import Postgres
import Testing

/// The main job through the executables: captions in, faces out.
@Suite("The main job", .serialized)
struct MainJobTests {
    private func captions(_ count: Int) throws -> Data {
        let file = Program.repository.appendingPathComponent("Docs/examples/captions.txt")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").prefix(count)
        return Data((lines.joined(separator: "\n") + "\n").utf8)
    }

    private func submit(_ stack: Stack, captions count: Int, samples: Int, seed: Int) async throws -> String {
        let batch = try await stack.json(
            "submit", "-", "--format", "txt", "--samples", "\(samples)", "--seed", "\(seed)", "--name", "test",
            input: try captions(count))
        return "\(try #require(batch["id"] as? Int))"
    }

    private func counts(_ stack: Stack, _ batch: String) async throws -> [String: Int] {
        try #require(try await stack.json("batch", "show", batch)["counts"] as? [String: Int])
    }

    @Test("Every caption becomes its pictures, and the same seed makes the same bytes", .timeLimit(.minutes(15)))
    func sameSeedSameBytes() async throws {
        try await Stack.with { stack in
            var folders: [String] = []
            for _ in 0..<2 {
                let batch = try await submit(stack, captions: 12, samples: 2, seed: 5)
                let watched = try await stack.tedi("batch", "watch", batch, "--exit-status", "--timeout", "120")
                #expect(watched.status == 0, "\(watched.errors)")
                #expect(try await counts(stack, batch)["succeeded"] == 24)
                let folder = stack.state + "/pulled-\(batch)"
                let pulled = try await stack.tedi("batch", "pull", batch, folder, "--sheet", folder + ".png")
                #expect(pulled.status == 0, "\(pulled.errors)")
                #expect(try PNG.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: folder + ".png")))).width > 500)
                folders.append(folder)
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folders[0]).filter { $0.hasSuffix(".png") }
            #expect(names.count == 24)
            var distinct: Set<Data> = []
            for name in names {
                let first = try Data(contentsOf: URL(fileURLWithPath: folders[0] + "/" + name))
                #expect(try first == Data(contentsOf: URL(fileURLWithPath: folders[1] + "/" + name)), "\(name)")
                #expect(try PNG.decode([UInt8](first)).width == 64)
                distinct.insert(first)
            }
            #expect(distinct.count == 24)
        }
    }

    @Test("A worker killed in the middle costs nothing: every job ends once", .timeLimit(.minutes(15)))
    func killedWorker() async throws {
        try await Stack.with { stack in
            let batch = try await submit(stack, captions: 100, samples: 20, seed: 9)
            let deadline = ContinuousClock.now + .seconds(120)
            while try await counts(stack, batch)["succeeded", default: 0] < 50 {
                try #require(ContinuousClock.now < deadline, "nothing was made")
                try await Task.sleep(for: .milliseconds(50))
            }
            let victim = try #require(try stack.workers().first)
            let killed = Date()
            #expect(kill(victim, SIGKILL) == 0)
            let watched = try await stack.tedi("batch", "watch", batch, "--exit-status", "--timeout", "180")
            #expect(watched.status == 0, "\(watched.errors)")
            let ended = try await counts(stack, batch)
            #expect(ended["succeeded"] == 2_000)
            #expect(ended["total"] == 2_000)
            #expect(ended["failed"] == 0)
            try await checkRecords(stack, batch, killed: killed)
        }
    }

    /// One record for each job, none twice, and what the killed worker held taken up by the other.
    private func checkRecords(_ stack: Stack, _ batch: String, killed: Date) async throws {
        let rows = try await stack.query(
            """
            SELECT count(*), count(DISTINCT id), count(image), count(*) FILTER (WHERE crashes > 0),
                coalesce(extract(epoch FROM min(finished_at) FILTER (WHERE crashes > 0)), 0)::float8,
                coalesce(extract(epoch FROM max(finished_at) FILTER (WHERE crashes > 0)), 0)::float8,
                extract(epoch FROM max(finished_at))::float8
            FROM job_done WHERE batch_id = $1
            """, [.int8(try #require(Int64(batch)))])
        #expect(try rows[0].int64(0) == 2_000)
        #expect(try rows[0].int64(1) == 2_000)
        #expect(try rows[0].int64(2) == 2_000)
        let taken = try rows[0].int64(3)
        #expect(taken > 0, "the worker held nothing when it was killed")
        let seconds = try (4...6).map { column in
            String(format: "%.1f", try rows[0].double(column) - killed.timeIntervalSince1970)
        }
        print(
            "after kill -9 of a worker: the \(taken) jobs that it was computing ended elsewhere from \(seconds[0]) to "
                + "\(seconds[1]) s after it, all 2,000 jobs within \(seconds[2]) s")
    }

    @Test("What is wrong with a file is said with its line, and nothing is submitted", .timeLimit(.minutes(15)))
    func badInput() async throws {
        try await Stack.with(workers: 1) { stack in
            var long = Array(repeating: #"{"caption": "she smiles"}"#, count: 57_400)
            long[57_311] = #"{"caption": "she smiles""#
            let cases: [(format: String, text: Data, expected: String)] = [
                ("txt", Data(), "no caption"), ("txt", Data([0x61, 0xFF, 0x0A]), ":1: "),
                ("txt", Data("she smiles\nhe\0smiles\n".utf8), ":2: "),
                ("txt", Data(String(repeating: "a", count: 1 << 20).utf8), ":1: "),
                ("jsonl", Data(long.joined(separator: "\n").utf8), ":57312: "),
                ("jsonl", Data(#"{"caption": "she smiles", "colour": 1}"#.utf8), "colour"),
                ("txt", Data("she smiles\nzzz qqq\n".utf8), ":2: "),
            ]
            for (format, text, expected) in cases {
                let said = try await stack.tedi("submit", "-", "--format", format, input: text)
                #expect(said.status == 2, "\(expected): \(said.errors)")
                #expect(said.errors.contains(expected), "\(expected): \(said.errors)")
                #expect(!said.errors.contains("Fatal error"))
            }
            for samples in ["0", "1000000000"] {
                let said = try await stack.tedi(
                    "submit", "-", "--format", "txt", "--samples", samples, input: Data("she smiles\n".utf8))
                #expect(said.status == 2)
            }
            let unknown = try await stack.tedi(
                "submit", "-", "--format", "txt", "--model", "nobody", input: Data("she smiles\n".utf8))
            #expect(unknown.status == 2)
            #expect(unknown.errors.contains("nobody"))
            // What the coordinator refused after the upload began stays listed as abandoned; nothing runs.
            let listed = try await stack.tedi("batch", "ls", "--output", "jsonl").output
            for line in listed.split(separator: "\n") { #expect(line.contains("abandoned"), "\(line)") }
        }
    }
}
