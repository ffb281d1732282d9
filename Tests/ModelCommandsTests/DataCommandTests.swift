import ArgumentParser
import FaceCollections
import FaceData
import Foundation
import Images
import ModelCommands
import TediGAN
import Testing

/// `tedi-model data` as people type it, on small folders.
@Suite("Commands for data sets")
struct DataCommandTests {
    private func run(_ words: String...) throws {
        var command = try ModelCommand.parseAsRoot(["data"] + words)
        try command.run()
    }

    /// The exit status of a command that must fail, and what it says.
    private func failure(_ words: String...) -> (code: Int32, text: String) {
        do {
            var command = try ModelCommand.parseAsRoot(["data"] + words)
            try command.run()
            return (0, "")
        } catch {
            return (ModelCommand.exitCode(for: error).rawValue, ModelCommand.message(for: error))
        }
    }

    @Test("Faces are drawn, checked, drawn on and sketched")
    func faces() throws {
        try Workshop.run { shop in
            let out = shop.path("faces")
            try run("render", "--count", "6", "--size", "32", "--out", out, "--threads", "1")
            try run("check", out)
            try run("check", out, "--output", "json")
            try run("render", "--count", "8", "--size", "32", "--out", out)
            let refused = failure("render", "--count", "8", "--size", "64", "--out", out)
            #expect(refused.code != 0 && refused.text.contains("another folder"))
            let sketch = try Data(contentsOf: URL(fileURLWithPath: out + "/sketches/7.png"))
            try FileManager.default.removeItem(atPath: out + "/sketches/7.png")
            #expect(failure("check", out).code == 1)
            try run("sketch", out)
            #expect(try Data(contentsOf: URL(fileURLWithPath: out + "/sketches/7.png")) == sketch)
            try run("check", out)
            // The captions are found to be those of the attributes.
            try run("captions", out + "/attributes.txt", "--out", shop.path("text"), "--count", "3", "--seed", "4")
            let names = try FileManager.default.contentsOfDirectory(atPath: shop.path("text")).sorted()
            #expect(names == (0..<8).map { "\($0).txt" })
        }
    }

    @Test("A defect is told and ends with status 1; the other faces are made all the same")
    func defects() throws {
        try Workshop.run { shop in
            let root = shop.path("set")
            for folder in ["CelebA-HQ-img", "CelebAMask-HQ-mask-anno/0"] {
                try FileManager.default.createDirectory(
                    atPath: root + "/" + folder, withIntermediateDirectories: true)
            }
            for face in 0..<2 {
                _ = try shop.picture("set/CelebA-HQ-img/\(face).png")
                let skin = try GrayImage(width: 16, height: 16, pixels: [UInt8](repeating: 255, count: 256))
                try Data(PNG.encode(skin)).write(
                    to: URL(fileURLWithPath: root + "/CelebAMask-HQ-mask-anno/0/0000\(face)_skin.png"))
            }
            try Data("x".utf8).write(to: URL(fileURLWithPath: root + "/CelebAMask-HQ-mask-anno/0/00000_hair.png"))
            #expect(failure("check", root).code == 1 && failure("check", root, "--output", "json").code == 1)
            #expect(failure("masks", root).code == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: root + "/masks") == ["1.png"])
            #expect(failure("sketch", root).code == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: root + "/sketches") == ["1.png"])
            let missing = failure("check", shop.path("nowhere"))
            #expect(missing.code != 0 && missing.text.contains("is not there; check the path"))
        }
    }

    @Test("The palette and the names are those that the label maps of the model know")
    func palette() {
        #expect(FaceMaskClass.allCases.map(\.colour) == FaceRegion.allCases.map(\.colour))
        #expect(FaceMaskClass.allCases.map(\.partName) == FaceRegion.allCases.map(\.name))
        #expect(FaceMaskClass.allCases.map(\.rawValue) == FaceRegion.allCases.map(\.rawValue))
    }

    @Test(
        "Options that make no sense are refused",
        arguments: [
            ["render", "--out", "o", "--size", "4"], ["render", "--out", "o", "--count", "0"],
            ["render", "--out", "o", "--split", "all"], ["render", "--out", "o", "--threads", "0"], ["render"],
            ["check", "d", "--output", "yaml"], ["check"], ["captions", "a", "--out", "o", "--count", "0"],
            ["captions", "a"], ["sketch"], ["masks"],
        ])
    func options(words: [String]) {
        #expect(throws: (any Error).self) { try ModelCommand.parseAsRoot(["data"] + words) }
    }
}
