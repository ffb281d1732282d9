import Client
import Foundation
import Images
import JobAPI
import LiveSystems
import TediCommands
import Testing

/// Every kind of work through a real coordinator with its real servers.
@Suite("Kinds of work and a coordinator", .timeLimit(.minutes(15)))
struct KindsTests {
    private static func batch(_ result: CommandResult) throws -> BatchView {
        try WireFormat.decode(BatchView.self, from: Data(result.output.utf8))
    }

    private static func job(_ result: CommandResult) throws -> JobView {
        try WireFormat.decode(JobView.self, from: Data(result.output.utf8))
    }

    private static func png(_ seed: UInt64, _ sample: Int = 0) throws -> [UInt8] {
        try PNG.encode(PaintingModel.picture(seed: seed, sample: sample))
    }

    private static func jobs(of batch: Int64, _ system: LiveSystem) async throws -> [JobView] {
        try await TediClient.connected(to: system.api) { try await $0.jobs(of: batch, limit: 1_000).jobs }
    }

    @Test("Files of a list are uploaded once, beside names of artifacts and of what other lines make")
    func uploads() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            for number in 1...3 { _ = try scratch.file("photos/\(number).png", try Self.png(UInt64(number))) }
            // The same content under another name is sent once as well.
            _ = try scratch.file("photos/again.png", try Self.png(1))
            let file = try scratch.file(
                "edits.csv",
                """
                text,image,code,custom_id,strength
                a woman with hat,photos/1.png,,first,0.5
                a man,photos/2.png,,,
                a hat,photos/again.png,,,
                a woman,photos/3.png,,,
                a man with hat,,line:first,,

                """)
            let result = await system.tedi(
                "submit", file, "--kind", "manipulate", "--scores", "--wait", "--output", "json")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.errors.contains("3 files uploaded"))
            let batch = try Self.batch(result)
            #expect(batch.kind == .manipulate && batch.counts == Counts(succeeded: 5))
            let jobs = try await Self.jobs(of: batch.id, system)
            #expect(jobs[0].request.inputs?.photo == jobs[2].request.inputs?.photo)
            #expect(jobs[0].request.options?.strength == 0.5 && jobs[1].request.options?.strength == nil)
            #expect(jobs.allSatisfy { $0.result?.scores?["similarity"] == 0.75 })
            let again = await system.tedi("submit", file, "--kind", "manipulate", "--wait")
            #expect(again.status == 0, "\(again.errors)")
            #expect(again.errors.contains("0 files uploaded, 3 were there"))
        }
    }

    @Test("Lines that the coordinator refuses are named, and a dry run uploads nothing and estimates the time")
    func refusals() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let stranger = String(repeating: "d", count: 64)
            let file = try scratch.file(
                "edits.csv", "caption,code\na man,job:1\na woman,sha256:\(stranger)\na hat,line:later\n")
            let refused = await system.tedi("submit", file, "--kind", "manipulate")
            #expect(refused.status == 2)
            for line in 2...4 { #expect(refused.errors.contains("\(file):\(line): "), "\(refused.errors)") }

            _ = try scratch.file("a.png", try Self.png(1))
            let photos = try scratch.file("photos.csv", "photo\na.png\n")
            let dry = await system.tedi("submit", photos, "--kind", "invert", "--dry-run", "--output", "jsonl")
            #expect(dry.status == 0, "\(dry.errors)")
            #expect(dry.output.contains(#""files":1"#) && dry.output.contains(#""images":1"#))
            #expect(dry.errors.contains("nothing of this kind was made lately"))
            let made = await system.tedi("submit", photos, "--kind", "invert", "--wait")
            #expect(made.errors.contains("1 file uploaded"), "\(made.errors)")
        }
    }

    @Test("A grid is expanded by the coordinator")
    func grid() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let file = try scratch.file("faces.txt", "a man\na woman\n")
            let result = await system.tedi(
                "submit", file, "--grid", "seeds=2,truncation=0.5:0.7,styles=3", "--wait", "--output", "json")
            #expect(result.status == 0, "\(result.errors)")
            let batch = try Self.batch(result)
            #expect(batch.counts.succeeded == 24)
            let jobs = try await Self.jobs(of: batch.id, system)
            #expect(Set(jobs.map { $0.request.truncation }) == [0.5, 0.7])
            #expect(Set(jobs.map { $0.request.options?.style }) == [0, 1, 2])
            let shown = await system.tedi("batch", "show", "\(batch.id)")
            #expect(shown.output.contains("2 x 2 samples x truncation 0.5, 0.7 x 3 styles"), "\(shown.output)")
        }
    }

    @Test("A batch waits for the one that it comes after, and works on what that made")
    func after() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            system.worker.pause(true)
            let first = try scratch.file("faces.txt", "a man\na woman\n")
            #expect(await system.tedi("submit", first).status == 0)
            let second = try scratch.file("edits.csv", "caption,code\na hat,after:1\na man,after:2\n")
            let submitted = await system.tedi("submit", second, "--kind", "manipulate", "--after", "1")
            #expect(submitted.status == 0, "\(submitted.errors)")
            let waiting = await system.tedi("batch", "show", "2")
            #expect(waiting.output.contains("needs: "), "\(waiting.output)")
            #expect(waiting.output.contains("batch 1"))
            system.worker.pause(false)
            #expect(await system.tedi("batch", "watch", "2", "--exit-status").status == 0)
        }
    }

    @Test("Frames and scores come along, in the metadata and in a table")
    func outputs() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let folder = scratch.path + "/faces"
            #expect(await system.tedi("submit", "--caption", "a man", "--samples", "2", "--wait").status == 0)
            let way = await system.tedi(
                "submit", "--kind", "interpolate", "--source", "job:1", "job:2", "--frames", "3", "--wait")
            #expect(way.status == 0, "\(way.errors)")
            let pulled = await system.tedi("batch", "pull", "2", folder, "--codes", "--csv")
            #expect(pulled.status == 0, "\(pulled.errors)")
            #expect(pulled.output.contains("1 image, 4 other files in"))
            let frame = try #require(FileManager.default.contents(atPath: folder + "/000001-0/frame-002.png"))
            #expect([UInt8](frame) == (try Self.png(0, 2)))
            #expect(FileManager.default.fileExists(atPath: folder + "/000001-0.safetensors"))
            let line = try String(contentsOfFile: folder + "/metadata.jsonl", encoding: .utf8)
            let image = try WireFormat.decode(PulledImage.self, from: Data(line.utf8))
            #expect(image.kind == .interpolate)
            #expect(image.outputs?.map(\.file).last == "000001-0/frame-002.png")
            let table = try String(contentsOfFile: folder + "/metadata.csv", encoding: .utf8)
            #expect(table.hasPrefix("file,batch,job,line,sample,custom_id,kind,caption,"))
            let again = await system.tedi("batch", "pull", "2", folder, "--codes", "--csv", "--output", "jsonl")
            #expect(again.output.contains(#""kept":1,"outputs":4"#), "\(again.output)")
        }
    }

    @Test("A long job tells how far it is, and shows how its picture looks by now")
    func longJob() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            system.worker.model.hold(true)
            let photo = try scratch.file("me.png", try Self.png(5))
            let submitted = await system.tedi("submit", "--kind", "optimize", "--photo", photo, "--steps", "300")
            #expect(submitted.status == 0, "\(submitted.errors)")
            try await until("progress is recorded") {
                await system.tedi("job", "show", "1").output.contains("step 150 of 300, loss 0.5")
            }
            let preview = scratch.path + "/now.png"
            #expect(await system.tedi("job", "show", "1", "--preview", preview).status == 0)
            #expect(FileManager.default.contents(atPath: preview) == Data(try Self.png(99, 99)))
            let curve = await system.tedi("artifact", "get", "losses", "--job", "1", "--out", scratch.path + "/l.json")
            #expect(curve.status == 0, "\(curve.errors)")
            #expect(await system.tedi("batch", "show", "1").output.contains("step 150 of 300"))
            system.worker.model.hold(false)
            let end = await system.tedi("job", "show", "1", "--watch", "--preview", preview, "--output", "json")
            #expect(end.status == 0, "\(end.errors)")
            #expect(try Self.job(end).state == .succeeded)
            #expect(FileManager.default.contents(atPath: preview) == Data(try Self.png(0)))
        }
    }

    @Test("A job is made again as it was, whichever sample it is, or with changes")
    func rerun() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            #expect(
                await system.tedi("submit", "--caption", "a man", "--samples", "3", "--seed", "40", "--wait").status
                    == 0)
            let first = try Self.job(await system.tedi("job", "show", "3", "--output", "json"))
            let again = await system.tedi("job", "rerun", "3", "--wait", "--output", "json")
            #expect(again.status == 0, "\(again.errors)")
            let job = try Self.job(again)
            #expect(job.batch == 2 && job.result?.image == first.result?.image)
            #expect(job.result?.code == first.result?.code)
            let out = scratch.path + "/again.png"
            let changed = await system.tedi("job", "rerun", "3", "--seed", "8", "--out", out)
            #expect(changed.status == 0, "\(changed.errors)")
            #expect(changed.output.hasPrefix("batch 3, job "))
            #expect(FileManager.default.contents(atPath: out) == Data(try Self.png(8)))
            let refused = await system.tedi("job", "rerun", "3", "--frames", "4")
            #expect(refused.status == 2 && refused.errors.contains("no option “frames”"))
            #expect(await system.tedi("job", "rerun", "999").status == 2)
        }
    }

    @Test("What a job made is shown with its origin, changed further and mixed")
    func artifacts() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            #expect(await system.tedi("submit", "--caption", "a man", "--seed", "6", "--wait").status == 0)
            let out = scratch.path + "/hat.png"
            let edited = await system.tedi(
                "artifact", "edit", "1", "--caption", "a hat", "--strength", "0.5", "--scores", "--out", out)
            #expect(edited.status == 0, "\(edited.errors)")
            #expect(FileManager.default.contents(atPath: out) == Data(try Self.png(6)))
            let shown = await system.tedi("artifact", "show", "--job", "2")
            #expect(
                shown.output.contains("├─ code  job 1  generate  succeeded\n│  ├─ caption  a man"), "\(shown.output)")
            #expect(shown.output.contains("scores  drift 0.1250, similarity 0.7500"))
            let code = await system.tedi("artifact", "show", "code", "--job", "2")
            #expect(code.output.contains("latent code") && code.output.contains("1 x 2"), "\(code.output)")
            let photo = try scratch.file("me.png", try Self.png(5))
            let put = await system.tedi("artifact", "put", photo, "--output", "jsonl")
            #expect(put.status == 0, "\(put.errors)")
            let digest = TediClient.digest(of: Data(try Self.png(5)))
            #expect(put.output.contains("sha256:\(digest)"))
            let mixed = await system.tedi("artifact", "mix", "1", "sha256:\(digest)", "--layers", "0", "--wait")
            #expect(mixed.status == 0, "\(mixed.errors)")
            let unknown = await system.tedi("artifact", "get", "frame-9.png", "--job", "1", "--out", out)
            #expect(unknown.status == 2 && unknown.errors.contains("It has: code, image"))
            #expect(await system.tedi("artifact", "rm", digest).status == 0)
            #expect(await system.tedi("artifact", "mix", "1", "sha256:\(digest)", "--layers", "0").status == 2)
            let bad = await system.tedi("artifact", "put", photo, scratch.path + "/nobody.png")
            #expect(bad.status == 2 && bad.errors.contains("nobody.png does not exist"))
        }
    }

    @Test("A batch is measured by a job that reads the list of its images")
    func evaluation() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            #expect(await system.tedi("submit", "--caption", "a man", "--samples", "5", "--wait").status == 0)
            let report = scratch.path + "/report.json"
            let result = await system.tedi("evaluate", "1", "--out", report)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("images           5\nsimilarity.mean  0.7500"), "\(result.output)")
            #expect(
                FileManager.default.contents(atPath: report) == Data(#"{"images":5,"similarity":{"mean":0.75}}"#.utf8))
            let json = await system.tedi("evaluate", "1", "--limit", "2", "--output", "jsonl")
            #expect(json.output == #"{"images":2,"similarity":{"mean":0.75}}"# + "\n")
            #expect(json.errors.contains("the first 2 of 5 images"))
            #expect(await system.tedi("evaluate", "999").status == 2)
        }
    }
}
