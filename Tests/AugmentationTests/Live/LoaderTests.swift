import Augmentation
import Foundation
import Images
import LiveSystems
import Testing

/// What a run makes of awkward files, and what other programs make of what a run makes.
@Suite("Augmentation and other programs", .timeLimit(.minutes(15)), .serialized)
struct LoaderTests {
    private struct Seen: Decodable {
        /// Key, caption, size of the picture, size of the label map or false.
        let webdataset: [String: [Value]]
        let datasets: [String: [Value]]
        let imagefolder: [String: [Value]]
    }

    private enum Value: Decodable, Equatable {
        case text(String), size([Int]), flag(Bool)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let size = try? container.decode([Int].self) {
                self = .size(size)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    @Test("webdataset and datasets read a run's folder unchanged")
    func loaders() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let (faces, out) = (scratch.path + "/faces", scratch.path + "/out")
            try Faces.write(to: faces)
            let recipe = try scratch.file("recipe.yaml", AugmentTests.recipe)
            #expect(await system.tedi("augment", faces, "--recipe", recipe, "--out", out).status == 0)
            let output = try Loaders.run(Loaders.reading, [out, scratch.path + "/cache"])
            let seen = try JSONDecoder().decode(Seen.self, from: Data(output.utf8))
            let metadata = try AugmentTests.lines(out + "/images/metadata.jsonl")
            #expect(seen.webdataset.count == metadata.count)
            #expect(seen.datasets == seen.webdataset)
            #expect(seen.imagefolder.count == metadata.count)
            let side = Value.size([EchoModel.side, EchoModel.side])
            for row in metadata {
                let key = try #require(row["key"] as? String)
                let caption = Value.text(try #require(row["caption"] as? String))
                let policy = try #require(row["policy"] as? String)
                let labels = policy == "resynthesis" ? side : Value.flag(false)
                #expect(seen.webdataset[key] == [.text(key), caption, side, labels])
                #expect(seen.imagefolder[key] == [caption, side, .text(policy)])
            }
        }
    }

    @Test("Awkward files: each is used as documented or told with its reason, and the rest goes on")
    func hostileFiles() async throws {
        try await LiveSystem.with { system in
            let scratch = try Scratch()
            let (faces, out) = (scratch.path + "/faces", scratch.path + "/out")
            _ = try scratch.file("faces/start", "")
            _ = try Loaders.run(Loaders.hostilePictures, [faces])
            let names = [
                "good.png", "text.png", "truncated.png", "huge.png", "bomb.png", "cmyk.jpg", "sixteen.png",
                "animated.gif", "rotated.jpg", "profile.png", "link.png", "gone.png",
            ]
            var rows = ["file_name,key,labels,sketch"]
            for name in names {
                let labels = name == "text.png" ? "unknown.png" : name == "good.png" ? "othersize.png" : "map.png"
                rows.append("\(name),\(name.replacing(".", with: "-")),\(labels),sketch.png")
            }
            rows.append("animated.png,apng,map.png,sketch.png")
            _ = try scratch.file("faces/faces.csv", rows.joined(separator: "\n"))
            let recipe = try scratch.file(
                "recipe.yaml",
                """
                version: 1
                policies:
                  - {kind: style, layers: [0], styles: 2}
                  - {kind: resynthesis, from: labels, name: map, captions: false}
                  - {kind: resynthesis, from: sketch, name: drawing, captions: false}
                """)
            let result = await system.tedi("augment", faces, "--recipe", recipe, "--out", out)
            #expect(result.status == 1, "\(result.errors)")
            var failed: [String: String] = [:]
            for row in try AugmentTests.lines(out + "/failed.jsonl") {
                failed[try #require(row["key"] as? String)] = row["reason"] as? String
            }
            #expect(
                Set(failed.keys) == [
                    "text-png-style-0", "truncated-png-style-0", "huge-png-style-0", "bomb-png-style-0",
                    "animated-gif-style-0", "link-png-style-0", "gone-png-style-0", "text-png-map-0",
                ])
            #expect(failed["huge-png-style-0"]?.contains("30000 x 30000") == true)
            #expect(failed["link-png-style-0"]?.contains("leads out of the folder") == true)
            #expect(failed["text-png-map-0"]?.contains("77") == true)
            #expect(failed["animated-gif-style-0"]?.contains("neither a PNG nor a JPEG") == true)
            #expect(failed["gone-png-style-0"]?.contains("is not there") == true)
            // Turned upright: what was on the left of the stored picture is at the top of the middle square.
            let turned = try #require(FileManager.default.contents(atPath: out + "/images/rotated-jpg-style-0.png"))
            let image = try PNG.decode([UInt8](turned))
            #expect(image[8, 2].blue > 150 && image[8, 13].red > 150)
            // The label map of another size is cut to the middle square, as the picture is.
            let map = try #require(FileManager.default.contents(atPath: out + "/labels/good-png-map-0.png"))
            #expect(try PNG.decodeGray([UInt8](map)).pixels.allSatisfy { $0 == 5 })
        }
    }
}
