import ArgumentParser
import Foundation
import TediGAN
import Training

extension PackCommand {
    /// A pack with judges beside its networks.
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put judges into a copy of a pack, so that workers measure what they draw with it.",
            discussion: """
                Judges are what `tedi-model train classifier` and `tedi-model train segmenter` write; which one a file is,
                its head tells. The merges of CLIP's byte-pair encoding let a pack with CLIP read captions by it. One that
                the pack has already is replaced. All else stays as it is, and so does every picture, but the pack is
                another one by its digest.

                Example: tedi-model pack add packs/mine --judge judge.safetensors --out packs/mine-judged
                """)

        @Argument(help: "Pack folder.")
        var path: String

        @Option(help: ArgumentHelp("Judge of attributes or regions; repeatable.", valueName: "file"))
        var judge: [String] = []

        @Option(help: ArgumentHelp("The merges of CLIP's byte-pair encoding, as published.", valueName: "file"))
        var merges: String?

        @Option(help: "Folder of the new pack; that of the old one replaces it as a whole.")
        var out: String

        func validate() throws {
            guard !judge.isEmpty || merges != nil else { throw ValidationError("give a --judge or --merges") }
        }

        func run() throws {
            var contents = try ModelPack(opening: path).contents()
            for file in judge {
                let part = try PackContents.Part(judgeReading: file)
                contents[part.description.role] = part
            }
            if let merges { contents.merges = try String(contentsOfFile: merges, encoding: .utf8) }
            // Numbers stay as they are stored, so that the networks are the same to the byte.
            let pack = try ModelPack.write(contents, to: out, storage: nil)
            for part in pack.manifest.parts where [.attributes, .regions].contains(part.role) {
                try pack.check(part.role)
            }
            print(
                "\(pack.manifest.name) \(pack.digest): \(pack.manifest.parts.map(\.role.title).joined(separator: ", "))"
            )
        }
    }
}
