import ArgumentParser
import Foundation
import Images
import TediGAN
import Torch

/// A face and a caption to edited faces.
struct EditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit", abstract: "Change a face as a caption says, and leave the rest as it is.",
        discussion: """
            The face is a photo, a code that `invert` or a worker wrote, one drawn from noise, or, where the pack has
            the encoder, a sketch or a label map. Writes before.png, edit-N.png and edit-N.safetensors for every
            variant, and sheet.png with all of them.

            Example: tedi-model edit --seed 3 --caption "he has a beard" --pack Resources/Packs/demo-64 --out edited
            With --layers, attributes are carried by other layers than the pack's policy says: Beard=0-3,Smiling=4+6
            """)

    @OptionGroup var model: ModelOptions

    @Option(
        help: ArgumentHelp(
            "Edit this photo (PNG or JPEG); square and aligned, or else with --align.",
            valueName: "file"))
    var photo: String?

    @Option(help: ArgumentHelp("Edit the face of this code (safetensors).", valueName: "file"))
    var code: String?

    @Option(help: ArgumentHelp("Edit the face that this seed draws.", valueName: "number"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("Edit the face of this sketch, dark on white (PNG or JPEG).", valueName: "file"))
    var sketch: String?

    @Option(help: ArgumentHelp("Edit the face of this label map, of numbers or colours (PNG).", valueName: "file"))
    var labels: String?

    @Option(help: "What the face shall be like.")
    var caption: String

    @Option(help: ArgumentHelp("Folder for the results; made where it is missing.", valueName: "folder"))
    var out: String

    @Option(help: "How much to change: 0 nothing, 1 all that the caption says.")
    var strength = 1.0

    @Option(help: "How many ways to make the change.")
    var variants = 1

    @Option(help: "Seed of all variants but the first.")
    var variantSeed: UInt64 = 1

    @Option(help: ArgumentHelp("Layers for attributes.", valueName: "attribute=0-3,..."))
    var layers: LayerChoice?

    @Option(help: PhotoAlignment.help)
    var align: PhotoAlignment?

    @Option(help: "Steps of optimisation before the photo is edited; 0 keeps the encoder's guess.")
    var steps = 0

    func validate() throws {
        guard [photo != nil, code != nil, seed != nil, sketch != nil, labels != nil].count(where: { $0 }) == 1 else {
            throw ValidationError("give one of --photo, --code, --seed, --sketch and --labels")
        }
        guard photo != nil || align == nil && steps == 0 else {
            throw ValidationError("--align and --steps are for a --photo")
        }
        guard (1...64).contains(variants) else { throw ValidationError("--variants must be in 1...64") }
        guard (-4...4).contains(strength) else { throw ValidationError("--strength must be in -4...4") }
        guard (0...100_000).contains(steps) else { throw ValidationError("--steps must be in 0...100000") }
    }

    func run() throws {
        let (pack, device) = try model.open()
        let edit = try TextGuidedEdit(pack: pack, layers: layers?.layers ?? [:], device: device)
        let result = try edit.run(
            base(pack, device), caption: caption, strength: strength, variants: variants,
            key: SampleKey(seed: variantSeed))
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        let before = try PictureFiles.image(result.base.pixels, side: edit.resolution)
        try PictureFiles.write(before, to: out + "/before.png")
        var pictures = [ContactSheet.Picture(before)]
        for (index, variant) in result.edits.enumerated() {
            let image = try PictureFiles.image(variant.pixels, side: edit.resolution)
            try PictureFiles.write(image, to: "\(out)/edit-\(index).png")
            try variant.code.write(to: "\(out)/edit-\(index).safetensors")
            pictures.append(ContactSheet.Picture(image))
        }
        let entry = ContactSheet.Entry(caption: caption, pictures: pictures)
        try PictureFiles.write(ContactSheet(title: pack.manifest.name, entries: [entry]), to: out + "/sheet.png")
        let named = result.attributes.map { ($0.isPresent ? "" : "not ") + $0.attribute }
        print("changed: \(named.joined(separator: ", "))")
        print(out)
    }

    /// The face to edit.
    private func base(_ pack: ModelPack, _ device: Device) throws -> Condition {
        if let photo {
            let input = try PictureFiles.photo(photo, alignment: align, pack: pack, device: device)
            guard steps > 0 else { return .photo(input) }
            return .code(try Inversion(pack: pack, device: device).run(input, steps: steps).code)
        }
        if let code { return .code(try LatentCode(reading: code)) }
        if let sketch { return .sketch(try PictureFiles.sketch(sketch)) }
        if let labels { return .labels(try PictureFiles.labels(labels)) }
        return .noise(SampleKey(seed: seed ?? 0))
    }
}
