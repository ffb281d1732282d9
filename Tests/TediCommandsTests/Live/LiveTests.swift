import Client
import Foundation
import Images
import JobAPI
import LiveSystems
import TediCommands
import Testing

/// Commands against a real coordinator with its real servers.
@Suite("Commands and a coordinator", .timeLimit(.minutes(15)))
struct LiveTests {
    private static func batch(_ result: CommandResult) throws -> BatchView {
        try WireFormat.decode(BatchView.self, from: Data(result.output.utf8))
    }

    @Test("From a file of captions to a folder of images with a contact sheet")
    func wholeWay() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let file = try scratch.file("faces.csv", "id,caption\n1,a man with hat\n2,\"a woman, a man\"\n")
            let submitted = await system.tedi(
                "submit", file, "--samples", "3", "--seed", "300", "--name", "first", "--wait", "--output", "json")
            #expect(submitted.status == 0)
            #expect(submitted.errors.contains("columns that are not used: id"))
            let batch = try Self.batch(submitted)
            #expect(batch.state == .finished)
            #expect(batch.counts == Counts(succeeded: 6))
            #expect(batch.name == "first")

            let folder = scratch.path + "/out/faces"
            let pulled = await system.tedi(
                "batch", "pull", "\(batch.id)", folder, "--sheet", scratch.path + "/sheet.png")
            #expect(pulled.status == 0)
            #expect(pulled.output.contains("6 images in \(folder)"))
            for (line, seed) in [(1, UInt64(300)), (2, 301)] {
                for sample in 0..<3 {
                    let bytes = try #require(
                        FileManager.default.contents(atPath: "\(folder)/00000\(line)-\(sample).png"))
                    #expect(try PNG.decode([UInt8](bytes)) == PaintingModel.picture(seed: seed, sample: sample))
                }
            }
            let sheet = try #require(FileManager.default.contents(atPath: scratch.path + "/sheet.png"))
            #expect(try PNG.decode([UInt8](sheet)).width > 3 * 192)
            try await checkMetadata(folder: folder, batch: batch, system: system)
        }
    }

    private func checkMetadata(folder: String, batch: BatchView, system: LiveSystem) async throws {
        let lines = try String(contentsOfFile: folder + "/metadata.jsonl", encoding: .utf8).split(separator: "\n")
        let images = try lines.map { try WireFormat.decode(PulledImage.self, from: Data($0.utf8)) }
        #expect(
            images.map(\.file) == [
                "000001-0.png", "000001-1.png", "000001-2.png", "000002-0.png", "000002-1.png", "000002-2.png",
            ])
        #expect(images.last?.caption == "a woman, a man")
        #expect(images.last?.seed == 301)

        #expect(images.allSatisfy { $0.batch == batch.id })

        // What is there is kept; what is gone comes again.
        try FileManager.default.removeItem(atPath: folder + "/000002-0.png")
        let again = await system.tedi("batch", "pull", "\(batch.id)", folder, "--output", "jsonl")
        #expect(again.output.contains(#""images":6,"kept":5,"total":6"#))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.count == 7, "\(names)")

        // What is different is overwritten only on request.
        try Data("another".utf8).write(to: URL(fileURLWithPath: folder + "/000001-1.png"))
        let refused = await system.tedi("batch", "pull", "\(batch.id)", folder)
        #expect(refused.status == 2)
        #expect(refused.errors.contains("\(folder)/000001-1.png is there already"))
        #expect(refused.errors.contains("--force"))
        #expect(FileManager.default.contents(atPath: folder + "/000001-1.png") == Data("another".utf8))
        let forced = await system.tedi("batch", "pull", "\(batch.id)", folder, "--force", "--output", "jsonl")
        #expect(forced.output.contains(#""images":6,"kept":5,"total":6"#))
        let bytes = try #require(FileManager.default.contents(atPath: folder + "/000001-1.png"))
        #expect(TediClient.digest(of: bytes) == images[1].digest)

        let job = await system.tedi("job", "show", "\(images[5].job)", "--output", "json")
        #expect(job.output.contains(images[5].digest))
        let list = await system.tedi("batch", "ls")
        #expect(list.output.contains("first"))
    }

    @Test("Two batches do not mix in one folder, and a sheet that is too large is refused")
    func twoBatches() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let folder = scratch.path + "/faces"
            for seed in ["1", "2"] {
                let file = try scratch.file("faces.txt", "a man\na woman\n")
                #expect(await system.tedi("submit", file, "--seed", seed, "--samples", "200", "--wait").status == 0)
            }
            #expect(await system.tedi("batch", "pull", "1", folder).status == 0)
            let metadata = FileManager.default.contents(atPath: folder + "/metadata.jsonl")
            let refused = await system.tedi("batch", "pull", "2", folder)
            #expect(refused.status == 2)
            #expect(refused.errors.contains("describes batch 1, and this is batch 2"))
            // Without the metadata the images themselves tell.
            try FileManager.default.removeItem(atPath: folder + "/metadata.jsonl")
            #expect(await system.tedi("batch", "pull", "2", folder).status == 2)
            #expect(await system.tedi("batch", "pull", "1", folder).output.contains("(400 were there already)"))
            #expect(FileManager.default.contents(atPath: folder + "/metadata.jsonl") == metadata)
            #expect(await system.tedi("batch", "pull", "2", folder, "--force").status == 0)
            let kept = await system.tedi("batch", "pull", "2", folder)
            #expect(kept.output.contains("(400 were there already)"))

            let sheet = scratch.path + "/sheet.png"
            let large = await system.tedi("batch", "pull", "2", folder, "--sheet", sheet, "--sheet-cell", "1024")
            #expect(large.status == 1)
            #expect(large.errors.contains("the contact sheet would have"))
            #expect(large.errors.contains("--sheet-cell"))
            #expect(!FileManager.default.fileExists(atPath: sheet))
        }
    }

    @Test("What the coordinator refuses is named by the file's own lines, and nothing is left")
    func serverRefuses() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let file = try scratch.file("faces.csv", "caption\n\"a\nman\"\nxyzzy\na woman\nqwfp\n")
            let refused = await system.tedi("submit", file)
            #expect(refused.status == 2)
            #expect(refused.output.isEmpty)
            // The first row takes two lines of the file.
            #expect(refused.errors.contains("\(file):4: "))
            #expect(refused.errors.contains("\(file):6: "))
            let model = await system.tedi("submit", file, "--model", "nobody-has-it")
            #expect(model.status == 2)
            #expect(model.errors.contains("nobody-has-it"))
            let list = await system.tedi("batch", "ls", "--output", "jsonl")
            for line in list.output.split(separator: "\n") {
                #expect(try WireFormat.decode(BatchView.self, from: Data(line.utf8)).state == .abandoned)
            }
            for command in [
                ["batch", "show", "999"], ["job", "show", "999"], ["batch", "pull", "999", scratch.path + "/x"],
            ] {
                #expect(await tedi(command + ["--api", system.api]).status == 2)
            }
        }
    }

    @Test("Images that fail make a watched batch fail, and are listed with their reason")
    func failures() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let file = try scratch.file("faces.txt", "a man\na woman fail\na hat\n")
            let result = await system.tedi("submit", file, "--wait")
            #expect(result.status == 1)
            #expect(result.errors.contains("1 of 3 images were not made"))
            // In a pipe each change is a line, the last of them the whole truth.
            let last = try #require(result.output.split(separator: "\n").last)
            #expect(last.contains(#""failed":1,"queued":0,"running":0,"succeeded":2,"total":3"#))
            let failed = await system.tedi("batch", "show", "1", "--failed")
            #expect(failed.output.contains("unpaintable"))
            #expect(await system.tedi("batch", "watch", "1", "--exit-status").status == 1)
            #expect(await system.tedi("batch", "watch", "1").status == 0)
            let pulled = await system.tedi("batch", "pull", "1", scratch.path + "/faces")
            #expect(pulled.status == 0)
            #expect(pulled.errors.contains("2 of 3 images are there: 1 were not made"))
        }
    }

    @Test("Watching ends with exit status 3 when the time is over, and draws a bar on a terminal")
    func watching() async throws {
        try await LiveSystem.with { system in
            system.worker.pause(true)
            let scratch = try Scratch()
            let file = try scratch.file("faces.txt", "a man\n")
            #expect(await system.tedi("submit", file).status == 0)
            let late = await system.tedi("batch", "watch", "1", "--timeout", "0.2", "--interval", "0.05")
            #expect(late.status == 3)
            #expect(late.errors.contains("0 of 1 images"))
            system.worker.pause(false)
            let seen = await system.tedi("batch", "watch", "1", isTerminal: true)
            #expect(seen.status == 0)
            #expect(seen.errors.contains("100%|█"))
            #expect(seen.output == "batch 1 finished: 1 succeeded\n")
        }
    }

    @Test("An upload goes on where a broken connection stopped it")
    func resumedUpload() async throws {
        try await LiveSystem.with { system in
            let port = try #require(URLComponents(string: system.api)?.port.flatMap(UInt16.init(exactly:)))
            let proxy = try CuttingProxy(to: port, cutAfter: 300_000, times: 3)
            defer { proxy.close() }
            system.worker.pause(true)
            let scratch = try Scratch()
            let count = 40_000
            let captions = (1...count).map { "a man with hat number \($0)" }
            let file = try scratch.file("faces.txt", captions.joined(separator: "\n"))
            let result = await tedi("submit", file, "--output", "jsonl", "--api", "http://127.0.0.1:\(proxy.port)")
            #expect(result.status == 0)
            #expect(proxy.cuts == 3)
            let batch = try Self.batch(result)
            #expect(batch.items == count)
            #expect(batch.counts.total == count)
            // Neither a gap nor a line twice: job by job the caption is that of its line.
            try await TediClient.connected(to: system.api) { client in
                var seen = 0
                var cursor: String?
                repeat {
                    let page = try await client.jobs(of: batch.id, cursor: cursor, limit: 1000)
                    for job in page.jobs {
                        try #require(job.line == seen + 1 && job.request.caption == captions[seen])
                        seen += 1
                    }
                    cursor = page.next
                } while cursor != nil
                #expect(seen == count)
            }
        }
    }

    @Test("Doctor finds a coordinator that is well, and one that has no worker")
    func doctor() async throws {
        try await LiveSystem.with { system in
            let checks = await Doctor(
                folder: StateFolder("/nonexistent/state"), api: system.api, pack: nil, environment: [:],
                programs: "/nonexistent"
            ).run()
            func state(_ name: String) -> Check.State? { checks.first { $0.name == name }?.state }
            #expect(state("api") == .ok)
            #expect(state("api: migrations") == .ok)
            #expect(state("workers") == .ok)
            #expect(state("PostgreSQL") == .ok)
            #expect(state("Redis") == .ok)
            #expect(state("stack") == .skipped)
            #expect(state("tedi-worker") == .failed)
            for check in checks where check.state == .failed { #expect(check.remedy?.isEmpty == false) }
        }
    }
}
