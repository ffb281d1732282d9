/// What the paper reports of itself, for readers who look for it; not to be compared with anything here.
///
/// Source: the tables of Xia et al., "TediGAN", 2021, as listed by the data set's authors (FID and LPIPS) and by a
/// seminar's transcription (accuracy and realism). What no accessible source gives is left empty.
enum PaperTables {
    /// Why the numbers cannot be held against ours, nor well against each other.
    static let caveats = [
        "Other pictures: photographs of Multi-Modal CelebA-HQ at 256 pixels there, drawn faces here.",
        "The FID's number of pictures is not stated. For faces, values above 100 speak of very few: the author of a "
            + "later system used 50 so as to be fair and got 111, where a user got 17 from the same model with 3,000.",
        "LPIPS is better when lower there. Asked what was compared with what, an author answered years later without "
            + "being sure: probably each picture with the real one of its text. The usual diversity is between samples, "
            + "and better when higher.",
        "Accuracy and realism are shares of a user study's votes, and depend on who was asked beside what else.",
        "A list of results gives the accuracy and realism of the extended paper's first variant as 18.4 and 22.6.",
    ]

    /// Text to image on Multi-Modal CelebA-HQ.
    static let textToImage = HTML.table(
        ["method", "FID ↓", "LPIPS ↓", "accuracy % ↑", "realism % ↑"],
        [
            ["AttnGAN", "125.98", "0.512", "", ""], ["ControlGAN", "116.32", "0.522", "", ""],
            ["DF-GAN", "137.60", "0.581", "", ""], ["DM-GAN", "131.05", "0.544", "", ""],
            ["TediGAN", "106.37", "0.456", "25.3", "31.7"],
        ])

    /// Edits by text, of pictures of CelebA and of others.
    static let manipulation = HTML.table(
        ["method", "CelebA FID ↓", "accuracy % ↑", "realism % ↑", "other photos FID ↓", "accuracy % ↑", "realism % ↑"],
        [["TediGAN", "107.25", "59.1", "63.8", "135.47", "87.2", "78.3"]])
}
