import Archives
import Augmentation
import FaceCollections
import FaceData
import Foundation
import Glibc
import Images
import LiveSystems
import Testing

/// Whole runs against a real coordinator with its real servers.
@Suite("Augmentation runs", .timeLimit(.minutes(15)))
struct AugmentTests {
    static let recipe = """
        version: 1
        name: test
        seed: 3
        tries: 6
        gates: {identity: 0.4, artefact: 0.9}
        policies:
          - kind: resynthesis
            from: labels
          - kind: edit
            balance: {Smiling: 0.6, Eyeglasses: 0.5}
            variants: 3
          - kind: style
            layers: [0]
            styles: 4
          - kind: paraphrase
            variants: 2
        output: {shard_size: 10}
        """

    /// The files below a folder that are results, with their digests.
    static func results(_ folder: String) throws -> [String: String] {
        var results: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            guard !name.hasPrefix("."), name != "run.json",
                let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)")
            else { continue }
            results[name] = "\(bytes.count) \(fingerprint(bytes))"
        }
        return results
    }

    private static func fingerprint(_ bytes: Data) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    static func lines(_ path: String) throws -> [[String: Any]] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    static func members(_ path: String) throws -> [(name: String, bytes: [UInt8])] {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var reader = try TarReader(path, descriptor: descriptor)
        var members: [(String, [UInt8])] = []
        while let member = try reader.next() {
            members.append((member.name, try TarReader.read(path, descriptor, at: member.offset, count: member.size)))
        }
        return members
    }

    @Test("A whole run: every policy, gates, shards, lists, datasheet; the same again gives the same bytes")
    func wholeRun() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let (faces, out) = (scratch.path + "/faces", scratch.path + "/out")
            try Faces.write(to: faces)
            let recipe = try scratch.file("recipe.yaml", Self.recipe)
            let plan = await tedi("augment", faces, "--recipe", recipe, "--out", out, "--dry-run")
            #expect(plan.status == 0, "\(plan.errors)")
            #expect(plan.output.contains("Eyeglasses"))
            #expect(plan.errors.contains("no estimate of the time"))
            #expect(!FileManager.default.fileExists(atPath: out))

            let result = await system.tedi("augment", faces, "--recipe", recipe, "--out", out, "--output", "json")
            #expect(result.status == 0, "\(result.errors)")
            let summary = try JSONDecoder().decode(Summary.self, from: Data(result.output.utf8))
            #expect(summary.samples.failed == 0)
            #expect(summary.samples.settled == summary.samples.total)
            #expect(summary.samples.done > 80)
            try check(out, faces: faces)

            // Nothing is new: nothing is made, and nothing changes.
            let made = system.worker.jobs
            let before = try Self.results(out)
            let again = await system.tedi("augment", faces, "--recipe", recipe, "--out", out)
            #expect(again.status == 0, "\(again.errors)")
            #expect(system.worker.jobs == made)
            #expect(try Self.results(out) == before)

            // Elsewhere the same comes out.
            let other = scratch.path + "/other"
            #expect(await system.tedi("augment", faces, "--recipe", recipe, "--out", other).status == 0)
            #expect(try Self.results(other) == before)

            // Another recipe has no business here.
            let wrong = try scratch.file("wrong.yaml", Self.recipe.replacing("seed: 3", with: "seed: 4"))
            let refused = await system.tedi("augment", faces, "--recipe", wrong, "--out", out)
            #expect(refused.status == 2)
            #expect(refused.errors.contains("another recipe"))
        }
    }

    private struct Summary: Decodable {
        let samples: RunTally
    }

    private func check(_ out: String, faces: String) throws {
        let index = try Self.lines(out + "/index.jsonl")
        let metadata = try Self.lines(out + "/images/metadata.jsonl")
        let done = index.filter { $0["state"] as? String == "done" }
        #expect(metadata.count == done.count)
        for row in metadata {
            let name = try #require(row["file_name"] as? String)
            let bytes = try #require(FileManager.default.contents(atPath: "\(out)/images/\(name)"))
            let image = try PNG.decode([UInt8](bytes))
            #expect(image.width == EchoModel.side)
            if let scores = row["scores"] as? [String: Double] {
                #expect(scores["identity"] ?? 0 >= 0.4)
                #expect(scores["artefact"] ?? 1 <= 0.9)
            }
        }
        // Every key in its shard, and what is in the shards is what is in the folder.
        var keys: Set<String> = []
        for name in try FileManager.default.contentsOfDirectory(atPath: out + "/shards").sorted() {
            #expect(name.hasSuffix(".tar") && name.count == 10, "\(name)")
            let members = try Self.members("\(out)/shards/\(name)")
            for (file, bytes) in members where file.hasSuffix(".png") && !file.hasSuffix(".labels.png") {
                let key = String(file.dropLast(4))
                keys.insert(key)
                #expect(FileManager.default.contents(atPath: "\(out)/images/\(file)").map { [UInt8]($0) } == bytes)
                #expect(
                    done.contains { $0["key"] as? String == key && $0["shard"] as? String == String(name.prefix(6)) })
                let hasLabels = members.contains { $0.name == "\(key).labels.png" }
                #expect(hasLabels == key.contains("-resynthesis-"))
            }
        }
        #expect(keys.count == done.count)
        #expect(Set(index.compactMap { $0["shard"] as? String }).count >= 8)
        // The label map is the image's, in the size of the result.
        let map = try #require(FileManager.default.contents(atPath: out + "/labels/0-resynthesis-0.png"))
        #expect(try PNG.decodeGray([UInt8](map)).width == EchoModel.side)
        // Rejects are apart, with reasons.
        let rejects = try Self.lines(out + "/rejects/rejects.jsonl")
        #expect(!rejects.isEmpty)
        for reject in rejects {
            let name = try #require(reject["file_name"] as? String)
            #expect(FileManager.default.fileExists(atPath: "\(out)/rejects/\(name)"))
            #expect(!(reject["reasons"] as? [String] ?? []).isEmpty)
        }
        let sheet = try String(contentsOfFile: out + "/datasheet.md", encoding: .utf8)
        #expect(sheet.contains("attributes.png") && sheet.contains("Smiling") && sheet.contains(EchoModel.digest))
        let rows = try String(contentsOfFile: out + "/index.csv", encoding: .utf8)
        #expect(rows.components(separatedBy: "\r\n").count == index.count + 2)
        let plot = try #require(FileManager.default.contents(atPath: out + "/attributes.png"))
        #expect(try PNG.decode([UInt8](plot)).width == 720)
    }

    @Test("A run that is cut short at any moment goes on, and ends as if it had not been")
    func resumed() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let (faces, out, whole) = (scratch.path + "/faces", scratch.path + "/out", scratch.path + "/whole")
            try Faces.write(to: faces)
            let recipe = try scratch.file("recipe.yaml", Self.recipe)
            #expect(await system.tedi("augment", faces, "--recipe", recipe, "--out", whole).status == 0)
            let jobs = system.worker.jobs
            // A process of its own, which is killed again and again, later each time.
            var kills = 0
            for milliseconds in stride(from: 60, through: 3_000, by: 90) {
                let process = try Program.start(
                    ["augment", faces, "--recipe", recipe, "--out", out, "--api", system.api])
                try await Task.sleep(for: .milliseconds(milliseconds))
                let isDone = !process.isRunning
                kill(process.processIdentifier, SIGKILL)
                await Program.end(process)
                if isDone { break }
                kills += 1
                for name in (try? FileManager.default.contentsOfDirectory(atPath: out + "/shards")) ?? []
                where !name.hasPrefix(".") {
                    _ = try Self.members("\(out)/shards/\(name)")
                }
            }
            #expect(kills > 0)
            let last = await system.tedi("augment", faces, "--recipe", recipe, "--out", out)
            #expect(last.status == 0, "\(last.errors)")
            #expect(try Self.results(out) == Self.results(whole))
            // Nothing was made twice.
            #expect(system.worker.jobs == 2 * jobs)
        }
    }

    @Test("A second run with more images makes only what is new")
    func incremental() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let (faces, out) = (scratch.path + "/faces", scratch.path + "/out")
            let recipe = try scratch.file(
                "recipe.yaml", "version: 1\npolicies: [{kind: style, layers: [0], styles: 2}]\noutput: {shard_size: 4}")
            try Faces.write(to: faces, count: 6)
            #expect(await system.tedi("augment", faces, "--recipe", recipe, "--out", out).status == 0)
            let before = try Self.results(out + "/shards")
            let jobs = system.worker.jobs
            try Faces.write(to: faces, count: 9)
            let plan = await system.tedi("augment", faces, "--recipe", recipe, "--out", out, "--dry-run")
            #expect(plan.status == 0 && plan.output.contains("about 00:"), "\(plan.output)\(plan.errors)")
            // Codes that the queue does not know any more are drawn again.
            let styles = try Self.forgetStyles(of: out)
            #expect(await system.tedi("augment", faces, "--recipe", recipe, "--out", out).status == 0)
            #expect(try Self.styles(of: out) == styles)
            #expect(system.worker.jobs == jobs + 3)
            let after = try Self.results(out + "/shards")
            #expect(after.count == before.count + 1)
            for (name, digest) in before { #expect(after[name] == digest) }
            #expect(try Self.lines(out + "/images/metadata.jsonl").count == 9)
        }
    }

    private static func styles(of out: String) throws -> [String: [String]] {
        try JSONDecoder().decode(Styles.self, from: Data(contentsOf: URL(fileURLWithPath: out + "/run.json"))).styles
    }

    private struct Styles: Decodable {
        let styles: [String: [String]]
    }

    /// Puts codes that nobody has made in place of a run's styles, and gives the right ones.
    private static func forgetStyles(of out: String) throws -> [String: [String]] {
        let styles = try styles(of: out)
        var text = try String(contentsOfFile: out + "/run.json", encoding: .utf8)
        for (number, code) in styles.values.flatMap(\.self).enumerated() {
            text = text.replacing(code, with: String(repeating: "\(number)", count: 64))
        }
        try Data(text.utf8).write(to: URL(fileURLWithPath: out + "/run.json"))
        return styles
    }

    @Test("Styles that could not be drawn end a run, and the next one draws them")
    func stylesThatFail() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let (faces, out) = (scratch.path + "/faces", scratch.path + "/out")
            try Faces.write(to: faces, count: 2)
            let recipe = try scratch.file(
                "recipe.yaml", "version: 1\npolicies: [{kind: style, layers: [0], styles: 2}]")
            system.worker.model.breaks(true)
            let first = await system.tedi("augment", faces, "--recipe", recipe, "--out", out)
            #expect(first.status == 1 && first.errors.contains("only 0 of 2 styles"), "\(first.errors)")
            system.worker.model.breaks(false)
            let second = await system.tedi("augment", faces, "--recipe", recipe, "--out", out)
            #expect(second.status == 0, "\(second.errors)")
            #expect(try Self.lines(out + "/images/metadata.jsonl").count == 2)
        }
    }

    @Test("Failed samples are tried again alone, and go into their shard", arguments: [true, false])
    func retried(images: Bool) async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let (faces, out, whole) = (scratch.path + "/faces", scratch.path + "/out", scratch.path + "/whole")
            try Faces.write(to: faces, count: 10)
            let recipe = try scratch.file(
                "recipe.yaml",
                "version: 1\npolicies: [{kind: edit, edits: [{Smiling: true}]}]\noutput: {shard_size: 4, images: \(images)}"
            )
            #expect(await system.tedi("augment", faces, "--recipe", recipe, "--out", whole).status == 0)
            let hidden = ["\(faces)/images/2.png", "\(faces)/images/7.png"]
            let bytes = hidden.map { FileManager.default.contents(atPath: $0) }
            for file in hidden { try Data("no picture".utf8).write(to: URL(fileURLWithPath: file)) }
            let first = await system.tedi("augment", faces, "--recipe", recipe, "--out", out)
            #expect(first.status == 1)
            #expect(first.errors.contains("tedi augment retry /"))
            let failed = try Self.lines(out + "/failed.jsonl")
            #expect(failed.compactMap { $0["key"] as? String } == ["2-edit-0", "7-edit-0"])
            #expect(failed.allSatisfy { ($0["reason"] as? String)?.contains("PNG") == true })
            for (file, bytes) in zip(hidden, bytes) { try bytes?.write(to: URL(fileURLWithPath: file)) }
            let jobs = system.worker.jobs
            let retry = await system.tedi("augment", "retry", out)
            #expect(retry.status == 0, "\(retry.errors)")
            #expect(system.worker.jobs == jobs + 2)
            #expect(try Self.results(out) == Self.results(whole))
            #expect(FileManager.default.fileExists(atPath: out + "/images") == images)
        }
    }

    @Test("Jobs that fail are listed with what the worker says, and a retry mends them")
    func failures() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let (faces, out) = (scratch.path + "/faces", scratch.path + "/out")
            try Faces.write(to: faces, count: 3)
            let recipe = try scratch.file(
                "recipe.yaml", "version: 1\npolicies: [{kind: resynthesis, from: sketch, variants: 2}]")
            system.worker.model.breaks(true)
            #expect(await system.tedi("augment", faces, "--recipe", recipe, "--out", out).status == 1)
            let failed = try Self.lines(out + "/failed.jsonl")
            #expect(failed.count == 6)
            #expect(failed.allSatisfy { $0["error"] as? String == "broken" })
            system.worker.model.breaks(false)
            #expect(await system.tedi("augment", "retry", out).status == 0)
            #expect(try Self.lines(out + "/images/metadata.jsonl").count == 6)
            #expect(try Self.lines(out + "/failed.jsonl").isEmpty)
        }
    }

    @Test("Two data sets with clashing keys: the second one's namesakes are told, the rest goes on")
    func clash() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let (one, two, out) = (scratch.path + "/one", scratch.path + "/two", scratch.path + "/out")
            try Faces.write(to: one, count: 2)
            let png = try PNG.encode(RGBImage(width: 9, height: 9, filledWith: .white))
            _ = try scratch.file("two/1.png", png)
            _ = try scratch.file("two/x.png", png)
            let recipe = try scratch.file(
                "recipe.yaml", "version: 1\npolicies: [{kind: style, layers: [0], styles: 2}]")
            let result = await system.tedi("augment", one, two, "--recipe", recipe, "--out", out)
            #expect(result.status == 1)
            // No retry would help: there is no sample that failed.
            #expect(result.errors.contains("run tedi augment again"), "\(result.errors)")
            let keys = try Self.lines(out + "/images/metadata.jsonl").compactMap { $0["source"] as? String }
            #expect(keys == ["0", "1", "x"])
            let failed = try Self.lines(out + "/failed.jsonl")
            #expect(failed.count == 1)
            #expect((failed[0]["reason"] as? String)?.contains("its key 1 is that of an image of") == true)
        }
    }
}

/// The program `tedi` in a process of its own.
enum Program {
    static func start(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try BuiltPrograms.path(of: "tedi"))
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    static func end(_ process: Process) async {
        while process.isRunning { try? await Task.sleep(for: .milliseconds(5)) }
    }
}
