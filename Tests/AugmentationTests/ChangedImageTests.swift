import Archives
import Augmentation
import Foundation
import Glibc
import Images
import LiveSystems
import Testing

/// Runs into the same folder after pictures have changed under their names.
@Suite("Images that change", .timeLimit(.minutes(10)))
struct ChangedImageTests {
    private struct Summary: Decodable {
        let samples: RunTally
        let changed: ChangedImages
    }

    private func files(in folder: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where !name.hasPrefix(".") {
            files[name] = FileManager.default.contents(atPath: "\(folder)/\(name)")
        }
        return files
    }

    /// Writes a file again with another last byte; its size stays.
    private func spoil(_ file: String) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: URL(fileURLWithPath: file))
    }

    @Test("They are told, their samples stay, and what is new is made")
    func changedImages() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let (faces, out) = (scratch.path + "/faces", scratch.path + "/out")
            let recipe = try scratch.file(
                "recipe.yaml",
                """
                version: 1
                policies:
                  - {kind: resynthesis, from: labels, captions: false}
                  - {kind: style, layers: [0], styles: 2, variants: 2}
                  - {kind: paraphrase}
                """)
            try Faces.write(to: faces, count: 6)
            let first = await system.tedi("augment", faces, "--recipe", recipe, "--out", out)
            #expect(first.status == 0 && !first.errors.contains("changed"), "\(first.errors)")
            let before = try files(in: out + "/shards")
            let sheet = try String(contentsOfFile: out + "/datasheet.md", encoding: .utf8)

            // What looks the same is not read.
            var status = stat()
            #expect(stat(faces + "/images/3.png", &status) == 0)
            try spoil(faces + "/images/3.png")
            #expect(utimensat(AT_FDCWD, faces + "/images/3.png", [status.st_atim, status.st_mtim], 0) == 0)
            let alike = await system.tedi("augment", faces, "--recipe", recipe, "--out", out)
            #expect(alike.status == 0 && !alike.errors.contains("changed"), "\(alike.errors)")
            try spoil(faces + "/images/3.png")

            // Another time is no other picture.
            for name in try FileManager.default.contentsOfDirectory(atPath: faces + "/images") {
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: "\(faces)/images/\(name)"
                )
            }
            let touched = await system.tedi("augment", faces, "--recipe", recipe, "--out", out)
            #expect(touched.status == 0 && !touched.errors.contains("changed"), "\(touched.errors)")
            #expect(try String(contentsOfFile: out + "/datasheet.md", encoding: .utf8) == sheet)

            // One of another size, one of the same, and a label map; the picture itself is what three samples are of.
            _ = try scratch.file(
                "faces/images/1.png", try PNG.encode(RGBImage(width: 9, height: 9, filledWith: .white)))
            try spoil(faces + "/images/2.png")
            try spoil(faces + "/masks/4.png")
            let names = "label map of images/4.png, images/1.png, images/2.png"
            let told = "3 images have changed since 7 samples were made of what was there before: \(names)\n"
            let plan = await LiveSystems.tedi("augment", faces, "--recipe", recipe, "--out", out, "--dry-run")
            #expect(plan.status == 0 && plan.errors.contains(told), "\(plan.errors)")
            try Faces.write(to: faces, count: 7)
            let jobs = system.worker.jobs
            let second = await system.tedi("augment", faces, "--recipe", recipe, "--out", out, "--output", "json")
            #expect(second.status == 0, "\(second.errors)")
            #expect(second.errors.contains(told + "these samples stay as they are; "), "\(second.errors)")
            #expect(second.errors.contains("give it a new name, or run into another folder"))
            let summary = try JSONDecoder().decode(Summary.self, from: Data(second.output.utf8))
            #expect(summary.samples.done == 28)
            #expect(summary.changed.images == 3 && summary.changed.samples == 7)
            #expect(system.worker.jobs == jobs + 3)
            let after = try files(in: out + "/shards")
            #expect(after.count == before.count + 3)
            for (name, bytes) in before { #expect(after[name] == bytes, "\(name)") }
            let page = try String(contentsOfFile: out + "/datasheet.md", encoding: .utf8)
            #expect(
                page.contains("made of them: 3 (\(names)); their 7 samples are of what they were before"), "\(page)")

            // A run of old, which has noted nothing, goes on and tells nothing.
            try forgetStamps(of: out)
            let old = await system.tedi("augment", faces, "--recipe", recipe, "--out", out)
            #expect(old.status == 0 && !old.errors.contains("changed"), "\(old.errors)")
            #expect(try files(in: out + "/shards") == after)
        }
    }

    /// Takes the notes about files from a run's state, as if it were of a version without them.
    private func forgetStamps(of out: String) throws {
        let folder = out + "/.run/shards"
        var count = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let url = URL(fileURLWithPath: "\(folder)/\(name)")
            var shard = try JSONDecoder().decode(ShardState.self, from: Data(contentsOf: url))
            for place in shard.slots.indices {
                if shard.slots[place].stamp != nil { count += 1 }
                shard.slots[place].stamp = nil
            }
            try JSONEncoder().encode(shard).write(to: url)
        }
        #expect(count == 28)
    }

    @Test("A label map that changes while a face is drawn on it is not written beside that face")
    func changedLabels() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let (faces, out) = (scratch.path + "/faces", scratch.path + "/out")
            let recipe = try scratch.file(
                "recipe.yaml", "version: 1\npolicies: [{kind: resynthesis, from: labels, captions: false}]")
            try Faces.write(to: faces, count: 2)
            #expect(await system.tedi("augment", faces, "--recipe", recipe, "--out", out).status == 0)
            // As if the run had been killed once the store had the input.
            let url = URL(fileURLWithPath: out + "/.run/shards/000000.json")
            var shard = try JSONDecoder().decode(ShardState.self, from: Data(contentsOf: url))
            shard.isSealed = false
            shard.slots[1].state = .waiting
            shard.slots[1].tries = 0
            shard.slots[1].made = nil
            try JSONEncoder().encode(shard).write(to: url)
            let map = try PNG.encode(GrayImage(width: 32, height: 32, pixels: Array(repeating: 1, count: 1024)))
            _ = try scratch.file("faces/masks/1.png", map)
            let second = await system.tedi("augment", faces, "--recipe", recipe, "--out", out)
            #expect(second.status == 1, "\(second.errors)")
            #expect(second.errors.contains("1 image has changed since 1 sample was made of"), "\(second.errors)")
            let failed = try String(contentsOfFile: out + "/failed.jsonl", encoding: .utf8)
            #expect(failed.contains("its label map has changed since the face was drawn on it"), "\(failed)")
            let retry = await system.tedi("augment", "retry", out)
            #expect(retry.status == 0 && !retry.errors.contains("changed"), "\(retry.errors)")
            let labels = try #require(FileManager.default.contents(atPath: out + "/labels/1-resynthesis-0.png"))
            #expect(try PNG.decodeGray([UInt8](labels)).pixels.allSatisfy { $0 == 1 })
        }
    }

    @Test("A sample that is tried again is of the new picture")
    func retried() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let (faces, out) = (scratch.path + "/faces", scratch.path + "/out")
            let recipe = try scratch.file(
                "recipe.yaml", "version: 1\npolicies: [{kind: style, layers: [0], styles: 2, variants: 2}]")
            try Faces.write(to: faces, count: 2)
            let good = FileManager.default.contents(atPath: faces + "/images/1.png")
            _ = try scratch.file("faces/images/1.png", "no picture")
            #expect(await system.tedi("augment", faces, "--recipe", recipe, "--out", out).status == 1)
            try good?.write(to: URL(fileURLWithPath: faces + "/images/1.png"))
            let retry = await system.tedi("augment", "retry", out)
            #expect(retry.status == 0 && !retry.errors.contains("changed"), "\(retry.errors)")
            try spoil(faces + "/images/1.png")
            let again = await system.tedi("augment", "retry", out)
            #expect(again.errors.contains("1 image has changed since 2 samples were made of"), "\(again.errors)")
            #expect(again.output.contains("2 of images that have changed since"), "\(again.output)")
        }
    }

    @Test("Images in shards are told apart from their shard, which is written anew for others")
    func changedInShards() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let (faces, out) = (scratch.path + "/faces", scratch.path + "/out")
            try FileManager.default.createDirectory(atPath: faces, withIntermediateDirectories: true)
            func write(_ samples: [(String, UInt8)]) throws {
                var tar = try TarWriter(faces + "/0.tar")
                for (name, gray) in samples {
                    let picture = RGBImage(width: 9, height: 9, filledWith: RGBColour(gray: gray))
                    try tar.add("\(name).png", try PNG.encode(picture))
                }
                try tar.commit()
            }
            let recipe = try scratch.file(
                "recipe.yaml", "version: 1\npolicies: [{kind: style, layers: [0], styles: 2}]")
            try write([("a", 10), ("b", 20)])
            #expect(await system.tedi("augment", faces, "--recipe", recipe, "--out", out).status == 0)
            try write([("a", 11), ("b", 20), ("c", 30)])
            let second = await system.tedi("augment", faces, "--recipe", recipe, "--out", out)
            #expect(second.status == 0, "\(second.errors)")
            #expect(second.errors.contains("1 image has changed since 1 sample was made of"), "\(second.errors)")
            #expect(second.errors.contains("before: 0.tar/a.png\n"), "\(second.errors)")
            #expect(second.output.contains("3 of 3 samples"), "\(second.output)")
        }
    }
}
