import ArgumentParser
import Foundation
import Images
import ModelCommands
import TediGAN
import Testing
import Torch

/// The commands as people type them, on small packs.
@Suite("Commands of tedi-model", .serialized)
struct CommandTests {
    private func run(_ words: String...) throws { try run(words) }

    private func run(_ words: [String]) throws {
        var command = try ModelCommand.parseAsRoot(words)
        try command.run()
    }

    /// The message of a command that must fail.
    private func failure(_ words: String...) -> String { failure(words) }

    private func failure(_ words: [String]) -> String {
        do {
            var command = try ModelCommand.parseAsRoot(words)
            try command.run()
            Issue.record("\(words.joined(separator: " ")) went through")
            return ""
        } catch {
            return ModelCommand.message(for: error)
        }
    }

    @Test("A photo is inverted, and its code edited")
    func invertAndEdit() throws {
        try Workshop.run { shop in
            let pack = try shop.pack("pack")
            let photo = try shop.picture("face.png")
            let (inverted, edited) = (shop.path("inverted"), shop.path("edited"))
            try run("invert", photo, "--pack", pack.path, "--out", inverted, "--steps", "5")
            let picture = try PNG.decode(
                [UInt8](Data(contentsOf: URL(fileURLWithPath: inverted + "/reconstruction.png"))))
            #expect(picture.width == 16 && picture.height == 16)
            let losses = try JSONDecoder().decode(
                JSONValue.self, from: Data(contentsOf: URL(fileURLWithPath: inverted + "/losses.json")))
            guard case .object(let fields) = losses, case .object(let terms) = fields["terms"] else {
                Issue.record("\(losses)")
                return
            }
            #expect(terms.keys.sorted() == ["encoder", "pixel"] && fields["steps"]?.array?.count == 6)
            try run(
                "edit", "--code", inverted + "/code.safetensors", "--caption", "a man with a beard", "--pack",
                pack.path,
                "--out", edited, "--variants", "2", "--layers", "Male=0-2+5,Beard=3")
            let before = try LatentCode(reading: inverted + "/code.safetensors")
            let after = try LatentCode(reading: edited + "/edit-1.safetensors")
            #expect((0..<6).filter { before[layer: $0] != after[layer: $0] } == [0, 1, 2, 3, 5])
            #expect(FileManager.default.fileExists(atPath: edited + "/sheet.png"))
            try run(
                "edit", "--photo", photo, "--steps", "2", "--caption", "a woman", "--pack", pack.path, "--out", edited)
            try run("edit", "--seed", "1", "--caption", "a woman", "--pack", pack.path, "--out", edited)
        }
    }

    @Test("A photo is aligned by its landmarks first")
    func align() throws {
        try Workshop.run { shop in
            let pack = try shop.pack("pack")
            let photo = try shop.picture("wide.png", width: 200, height: 160)
            let out = shop.path("out")
            #expect(failure("invert", photo, "--pack", pack.path, "--out", out).contains("--align"))
            let auto = failure("invert", photo, "--pack", pack.path, "--out", out, "--align", "auto")
            #expect(auto.contains("has no landmark network") && auto.contains("tedi-model import"))
            let points = shop.path("points.json")
            try Data("[[80, 60], [120, 60], [100, 80], [85, 105], [115, 105]]".utf8)
                .write(to: URL(fileURLWithPath: points))
            try run("invert", photo, "--pack", pack.path, "--out", out, "--steps", "0", "--align", points)
            #expect(FileManager.default.fileExists(atPath: out + "/code.safetensors"))
            for text in ["[[80, 60]]", "[1, 2, 3]", "{}", "[[80, 60], [80, 60], [80, 60], [80, 60], [80, 60]]"] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: points))
                #expect(!failure("invert", photo, "--pack", pack.path, "--out", out, "--align", points).isEmpty)
            }
        }
    }

    @Test("A photo's face is found, cut out and inverted by the demo pack")
    func found() throws {
        try Workshop.run { shop in
            let photo = shop.path("photo.jpg")
            var wall = RGBImage(width: 300, height: 240, filledWith: RGBColour(red: 90, green: 120, blue: 60))
            // A face that the pack draws, in a photo.
            try run(
                "sample", "--caption", "a woman with blond hair", "--samples", "1", "--pack", Workshop.demo.pack,
                "--out", shop.path("sheet.png"))
            let sheet = try PNG.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: shop.path("sheet.png")))))
            wall.draw(sheet.resized(width: sheet.width / 2, height: sheet.height / 2), x: 60, y: 20)
            try Data(JPEG.encode(wall)).write(to: URL(fileURLWithPath: photo))
            try run("align", photo, "--pack", Workshop.demo.pack, "--out", shop.path("face.png"))
            let face = try PNG.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: shop.path("face.png")))))
            #expect(face.width == 64 && face.height == 64)
            try run(
                "invert", photo, "--align", "auto", "--steps", "1", "--pack", Workshop.demo.pack, "--out",
                shop.path("out"))
            #expect(try LatentCode(reading: shop.path("out") + "/code.safetensors").layers == 10)
            let empty = try shop.picture("empty.png", width: 200, height: 100)
            #expect(
                failure("align", empty, "--pack", Workshop.demo.pack, "--out", shop.path("none.png"))
                    .contains("no face was found"))
            #expect(!FileManager.default.fileExists(atPath: shop.path("none.png")))
        }
    }

    @Test("Photos are read and written as what they are")
    func kinds() throws {
        try Workshop.run { shop in
            let pack = try shop.pack("pack").path
            let (jpeg, none) = (shop.path("photo.jpg"), shop.path("none"))
            let image = RGBImage(width: 16, height: 16, filledWith: RGBColour(red: 200, green: 150, blue: 100))
            try Data(JPEG.encode(image)).write(to: URL(fileURLWithPath: jpeg))
            // What counts is what the file holds, not its name.
            let misnamed = shop.path("photo.png")
            try FileManager.default.copyItem(atPath: jpeg, toPath: misnamed)
            for photo in [jpeg, misnamed] {
                try run("invert", photo, "--steps", "0", "--pack", pack, "--out", shop.path("out"))
            }
            let torn = shop.path("torn.jpg")
            try Data(JPEG.encode(image).dropLast(9)).write(to: URL(fileURLWithPath: torn))
            let damaged = failure("invert", torn, "--pack", pack, "--out", none)
            #expect(damaged.contains("torn.jpg: the JPEG file is damaged"))
            let text = shop.path("photo.txt")
            try Data("a face".utf8).write(to: URL(fileURLWithPath: text))
            #expect(failure("invert", text, "--pack", pack, "--out", none).contains("neither a PNG nor a JPEG file"))
            let caption = ["--caption", "a woman", "--pack", pack, "--out"]
            #expect(failure(["edit", "--labels", jpeg] + caption + [none]).contains("not a PNG file"))
            #expect(!FileManager.default.fileExists(atPath: none))
            let sheet = shop.path("sheet.jpg")
            try run(["sample", "--samples", "1"] + caption + [sheet])
            #expect(ImageFile.kind(of: [UInt8](try Data(contentsOf: URL(fileURLWithPath: sheet)))) == .jpeg)
        }
    }

    @Test("Layers, directions and pictures of the demo pack are measured and written")
    func measured() throws {
        try Workshop.run { shop in
            let demo = ["--pack", Workshop.demo.pack, "--judge", Workshop.demo.judge]
            func measure(_ words: String...) throws {
                var command = try ModelCommand.parseAsRoot(words + demo)
                try command.run()
            }
            try measure(
                "analyse", "layers", "--pairs", "10", "--out", shop.path("policy.json"), "--write",
                shop.path("calibrated"), "--picture", shop.path("layers.png"))
            let map = try PNG.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: shop.path("layers.png")))))
            #expect(map.width > 10 * 46 && map.height > 32 * 22)
            let calibrated = try ModelPack(opening: shop.path("calibrated")).manifest
            let policy = try JSONDecoder().decode(
                JSONValue.self, from: Data(contentsOf: URL(fileURLWithPath: shop.path("policy.json"))))
            #expect((policy.array?.count ?? 0) > 20)
            #expect(try JSONValue(encoding: calibrated.policy) == policy)
            try measure("directions", "--codes", "800", "--faces", "1", "--out", shop.path("directions.safetensors"))
            let directions = try SafeTensors.read(shop.path("directions.safetensors")).tensors
            #expect(directions.count > 20 && directions.values.allSatisfy { $0.shape == [10, 128] })
            try measure("explain", "--only", "noise", "--out", shop.path("pictures"))
            try measure("explain", "--only", "truncation", "--out", shop.path("pictures"))
            let names = try FileManager.default.contentsOfDirectory(atPath: shop.path("pictures")).sorted()
            #expect(names == ["model-core.json", "noise.png", "truncation.png"])
            let numbers = try JSONDecoder().decode(
                [String: JSONValue].self,
                from: Data(contentsOf: URL(fileURLWithPath: shop.path("pictures") + "/model-core.json")))
            #expect(numbers.keys.sorted() == ["noise", "truncation"])
        }
    }

    @Test("Checkpoints become a pack, which is shown and verified")
    func importing() throws {
        try Workshop.run { shop in
            let generator = try shop.checkpoint("g.safetensors", Workshop.generator())
            let sketch = try shop.checkpoint("s.safetensors", Workshop.encoder(channels: 1))
            let path = shop.path("pack")
            try run("import", generator, sketch, "--pack", path, "--name", "named")
            #expect(try ModelPack(opening: path).manifest.name == "named")
            try run("pack", "verify", path)
            try run("pack", "show", path)
            try run("pack", "diff", path, path)
            try run("import", generator, "--pack", shop.path("smaller"), "--name", "smaller")
            // The table is the answer, and the exit status.
            #expect(throws: ExitCode.failure) { try run("pack", "diff", path, shop.path("smaller")) }
            try run("import", generator, sketch, "--out", shop.path("parts"))
            let parts = try FileManager.default.contentsOfDirectory(atPath: shop.path("parts")).sorted()
            #expect(parts == ["encoder.safetensors", "stylegan.safetensors"])
            let photo = try shop.picture("face.png")
            let text = failure("invert", photo, "--pack", path, "--out", shop.path("out"))
            #expect(text.contains("has no encoder of photos") && text.contains("tedi-model import"))
            #expect(failure("import", sketch, "--pack", shop.path("none")).contains("needs a generator"))
            #expect(!FileManager.default.fileExists(atPath: shop.path("none")))
        }
    }

    @Test(
        "Options that make no sense are refused before anything is loaded",
        arguments: [
            ["edit", "--caption", "a", "--pack", "p", "--out", "o"],
            ["edit", "--seed", "1", "--photo", "f", "--caption", "a", "--pack", "p", "--out", "o"],
            ["edit", "--seed", "1", "--steps", "5", "--caption", "a", "--pack", "p", "--out", "o"],
            ["edit", "--seed", "1", "--variants", "0", "--caption", "a", "--pack", "p", "--out", "o"],
            ["edit", "--seed", "1", "--strength", "nan", "--caption", "a", "--pack", "p", "--out", "o"],
            ["edit", "--seed", "1", "--layers", "Male", "--caption", "a", "--pack", "p", "--out", "o"],
            ["edit", "--seed", "1", "--layers", "Male=3-1", "--caption", "a", "--pack", "p", "--out", "o"],
            ["edit", "--seed", "1", "--layers", "Male=1,Male=2", "--caption", "a", "--pack", "p", "--out", "o"],
            ["edit", "--seed", "1", "--layers", "Male=0-9999999999", "--caption", "a", "--pack", "p", "--out", "o"],
            ["invert", "f", "--pack", "p", "--out", "o", "--steps", "-1"],
            ["invert", "f", "--pack", "p", "--out", "o", "--threads", "0"],
            ["evaluate", "--pack", "p", "--faces", "7"], ["evaluate", "--pack", "p", "--steps", "-1"],
            ["evaluate", "--pack", "p", "--only", "text,all"], ["evaluate", "--pack", "p", "--only", ""],
            ["evaluate", "--pack", "p", "--output", "csv"], ["analyse", "layers", "--pack", "p", "--pairs", "9"],
            ["analyse", "layers", "--pack", "p", "--share", "0"], ["calibrate", "--pack", "p"],
            ["import", "f", "--out", "o", "--pack", "p"], ["import", "f", "--base", "b"], ["import"],
        ])
    func options(words: [String]) {
        #expect(throws: (any Error).self) { try ModelCommand.parseAsRoot(words) }
    }
}
