import ArgumentParser

/// Faces as files.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Data sets of faces in folders, as Multi-Modal CelebA-HQ and CelebAMask-HQ are.",
        discussion: """
            A data set is a folder with images/N.png (or .jpg), text/N.txt with one caption per line, masks/N.png with
            the numbers of 19 classes, sketches/N.png, attributes.txt and the lists train.txt, val.txt and test.txt. The
            published names are known as well: CelebA-HQ-img, celeba-caption, CelebAMask-HQ-mask-anno and so on. Only
            the pictures have to be there.

            Example: tedi-model data render --count 100 --out faces
            """,
        subcommands: [Render.self, Check.self, Captions.self, Sketch.self, Masks.self, Colours.self])
}
