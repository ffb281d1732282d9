import Client
import Foundation
import Jobs
import LiveSystems
import Tables
import Testing

@testable import TediCommands

/// Lists with inputs, options and other names of columns.
@Suite("Lists of work")
struct ListTests {
    private static let digest = String(repeating: "ab", count: 32)

    private static func read(
        _ text: String, _ format: CaptionFormat, _ kind: JobKind = .generate, columns: [ItemField: String] = [:],
        folder: String? = nil, defaults: ItemDraft = ItemDraft()
    ) -> CaptionFile {
        var plan = ItemPlan(kind: kind, columns: columns)
        plan.defaults = defaults
        return CaptionFile(reading: Array(text.utf8), as: format, plan: plan, files: LocalFiles(folder: folder))
    }

    private static func lines(_ file: CaptionFile) -> [String] {
        String(decoding: file.items.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The lines with digests that tell the number of each file.
    private static func resolved(_ file: CaptionFile) -> [String] {
        let digests = file.files.paths.indices.map { String(repeating: String($0), count: 64).prefix(64) }.map(
            String.init)
        return file.items.lines.map { String(decoding: file.files.resolve($0, digests: digests), as: UTF8.self) }
    }

    // MARK: Tables

    @Test("Tabs separate as commas do, and a quote within a field is a quote")
    func tabs() {
        let file = Self.read("caption\tseed\nshe says \"hi\", twice\t7\n\"a\tb\"\t\n", .tsv)
        #expect(file.errorCount == 0, "\(file.errors)")
        #expect(
            Self.lines(file) == [
                #"{"caption":"she says \"hi\", twice","seed":7}"#, #"{"caption":"a\u0009b"}"#,
            ])
    }

    @Test("Columns are found by the names that people give them, for what the kind takes")
    func columnNames() {
        let text = "text,image,strength,layers\nshe smiles,job:7,0.5,4\n"
        let edit = Self.read(text, .csv, .manipulate)
        #expect(Self.lines(edit) == [#"{"caption":"she smiles","photo":"job:7","options":{"strength":0.5}}"#])
        #expect(edit.notes == ["columns that are not used: layers"])
        let plain = Self.read(text, .csv)
        #expect(Self.lines(plain) == [#"{"caption":"she smiles","options":{"layers":[4]}}"#])
        #expect(plain.notes == ["columns that are not used: image, strength"])
    }

    @Test("Columns may be named, and then are what they are named for")
    func namedColumns() {
        let file = Self.read(
            "caption,wish,face,code,n\nnot this,he laughs,job:3,,20\n", .csv, .manipulate,
            columns: [.caption: "wish", .input(.photo): "face", .option(.steps): "n"])
        #expect(Self.lines(file) == [#"{"caption":"he laughs","photo":"job:3","options":{"steps":20}}"#])
        let missing = Self.read("caption\na\n", .csv, .manipulate, columns: [.input(.photo): "face"])
        #expect(missing.errors.first?.message.contains("there is no column “face”") == true)
        #expect(missing.errors.first?.message.contains("--photo-column") == true)
        let off = Self.read("caption,labels\na man,smiling\n", .csv, columns: [.input(.labels): ""])
        #expect(off.errorCount == 0 && off.notes == ["columns that are not used: labels"])
        let json = Self.read(#"{"caption": "a"}"#, .jsonl, columns: [.option(.layers): "rows"])
        #expect(json.errors.first?.message.contains("stand in “options”") == true)
    }

    @Test("Sources stand in one column or in several")
    func sources() {
        let one = Self.read("sources\njob:1; job:2\n", .csv, .interpolate)
        #expect(Self.lines(one) == [#"{"sources":["job:1","job:2"]}"#])
        let two = Self.read("source_1,source_2\njob:1,job:2\n", .csv, .interpolate)
        #expect(Self.lines(two) == Self.lines(one))
        let text = Self.read("job:1;job:2\n", .txt, .interpolate)
        #expect(Self.lines(text) == Self.lines(one))
    }

    @Test("A bare digest, as metadata.jsonl has them, is an artifact")
    func digests() {
        let file = Self.read("caption,code\nshe smiles,\(Self.digest)\n", .csv, .manipulate)
        #expect(Self.lines(file) == [#"{"caption":"she smiles","code":"sha256:\#(Self.digest)"}"#])
    }

    @Test("What the command line gives completes lines, and does not stand beside what excludes it")
    func defaults() {
        var defaults = ItemDraft()
        defaults.inputs[.photo] = ["job:9"]
        defaults.caption = "she smiles"
        let table = Self.read("caption,code\nhe laughs,\n,job:3\n", .csv, .manipulate, defaults: defaults)
        #expect(
            Self.lines(table) == [
                #"{"caption":"he laughs","photo":"job:9"}"#, #"{"caption":"she smiles","code":"job:3"}"#,
            ])
        let json = Self.read("{}\n{\"code\": \"job:3\"}\n", .jsonl, .manipulate, defaults: defaults)
        #expect(
            Self.lines(json) == [
                #"{"caption":"she smiles","photo":"job:9"}"#, #"{"code": "job:3","caption":"she smiles"}"#,
            ])
    }

    @Test(
        "Bad lines are named",
        arguments: [
            ("caption,photo\nshe smiles,\n", JobKind.manipulate), ("caption,photo,code\na,job:1,job:2\n", .manipulate),
            ("caption,strength,photo\na,much,job:1\n", .manipulate),
            ("caption,strength,photo\na,9,job:1\n", .manipulate),
            ("caption,photo\na,job:x\n", .manipulate), ("caption,photo\na,sha256:12\n", .manipulate),
            ("sources\njob:1\n", .mix), ("sources,layers\njob:1;job:2,\n", .mix), ("photo,steps\njob:1,500\n", .invert),
            ("caption,layers\na,x\n", .generate), ("caption,sketch,labels\na,job:1,job:2\n", .generate),
            ("sources,frames\njob:1;job:2,1\n", .interpolate), ("sources,format\njob:1;job:2,webp\n", .interpolate),
        ])
    func badRows(text: String, kind: JobKind) {
        #expect(Self.read(text, .csv, kind).errors.map(\.line) == [2])
    }

    // MARK: JSON

    @Test("Members of lines are renamed and completed in their places, and nothing else is touched")
    func jsonEdits() throws {
        let scratch = try Scratch()
        _ = try scratch.file("a \"b\".png", Self.png)
        let line = #"{"wish" :"x", "n\u006fte":1e2 , "photo": "a \"b\".png", "options": {"strength": 1.50}}"#
        let file = Self.read(
            line.replacing(#", "n\u006fte":1e2 "#, with: ""), .jsonl, .manipulate, columns: [.caption: "wish"],
            folder: scratch.path)
        #expect(file.errorCount == 0, "\(file.errors)")
        let zeros = String(repeating: "0", count: 64)
        #expect(
            Self.resolved(file) == [#"{"caption" :"x", "photo": "sha256:\#(zeros)", "options": {"strength": 1.50}}"#])
        let unknown = Self.read(line, .jsonl, .manipulate, columns: [.caption: "wish"], folder: scratch.path)
        #expect(unknown.errors.first?.message.contains("“note” is no field") == true)
        let twice = Self.read(
            #"{"caption": "a", "wish": "b"}"#, .jsonl, columns: [.caption: "wish"], folder: scratch.path)
        #expect(twice.errors.first?.message.contains("twice") == true)
    }

    @Test("Lines of noise and lines of nothing are two things")
    func noise() {
        #expect(Self.read(#"{"noise": true, "seed": 4}"#, .jsonl).errorCount == 0)
        #expect(Self.read(#"{"seed": 4}"#, .jsonl).errorCount == 1)
    }

    // MARK: Files

    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
    private static let code = [UInt8]([12, 0, 0, 0, 0, 0, 0, 0]) + Array("{\"w\":{}}    ".utf8)

    @Test("Files are found beside the list, each once, whoever names it and however often")
    func files() throws {
        let scratch = try Scratch()
        _ = try scratch.file("photos/a.png", Self.png)
        _ = try scratch.file("b.safetensors", Self.code)
        let file = Self.read(
            "caption,photo,code\nx,photos/a.png,\ny,./photos/../photos/a.png,\nz,,b.safetensors\n", .csv, .manipulate,
            folder: scratch.path)
        #expect(file.errorCount == 0, "\(file.errors)")
        #expect(file.files.paths.map { ($0 as NSString).lastPathComponent } == ["a.png", "b.safetensors"])
        let zeros = String(repeating: "0", count: 64)
        #expect(
            Self.resolved(file) == [
                #"{"caption":"x","photo":"sha256:\#(zeros)"}"#, #"{"caption":"y","photo":"sha256:\#(zeros)"}"#,
                #"{"caption":"z","code":"sha256:\#(zeros.replacing("0", with: "1"))"}"#,
            ])
    }

    @Test("A missing file on row 9,000 is found before anything is sent, and so are the others")
    func missingFile() throws {
        let scratch = try Scratch()
        _ = try scratch.file("a.png", Self.png)
        var rows = [String](repeating: "x,a.png", count: 10_000)
        rows[8_998] = "x,b.png"
        rows[9_500] = "x,c.png"
        let file = Self.read(
            "caption,photo\n" + rows.joined(separator: "\n"), .csv, .manipulate, folder: scratch.path)
        #expect(file.errors.map(\.line) == [9_000, 9_502])
        #expect(file.errors.first?.message == "“photo”: b.png does not exist")
    }

    @Test("Files that are no inputs are told by what they are")
    func badFiles() throws {
        let scratch = try Scratch()
        _ = try scratch.file("text.png", "not a picture at all, whatever its name")
        _ = try scratch.file("empty.png", "")
        _ = try scratch.file("code.png", Self.code)
        _ = try scratch.file("face.jpg", [0xFF, 0xD8, 0xFF, 0xE0])
        _ = try scratch.file("folder/a.png", Self.png)
        #expect(mkfifo(scratch.path + "/pipe.png", 0o600) == 0)
        let large = scratch.path + "/large.png"
        #expect(FileManager.default.createFile(atPath: large, contents: Data(Self.png)))
        #expect(truncate(large, 33 << 20) == 0)
        let wanted = [
            ("text.png", "must be a PNG or JPEG file"), ("empty.png", "is empty"), ("code.png", "is a latent code"),
            ("folder", "is no file"), ("pipe.png", "is no file"), ("large.png", "32 MiB are accepted"),
            ("nobody.png", "does not exist"), ("text.png/x", "does not exist"),
        ]
        for (name, message) in wanted {
            let file = Self.read("photo\n\(name)\n", .csv, .invert, folder: scratch.path)
            #expect(file.errors.first?.message.contains(message) == true, "\(name): \(file.errors)")
        }
        let labels = Self.read("caption,labels\na,face.jpg\n", .csv, folder: scratch.path)
        #expect(labels.errors.first?.message.contains("it must be a PNG file") == true)
        #expect(Self.read("photo\nface.jpg\n", .csv, .invert, folder: scratch.path).errorCount == 0)
    }

    @Test("Links are followed within the folder, and out of it only where the file itself is named")
    func links() throws {
        let outside = try Scratch()
        let scratch = try Scratch()
        let target = try outside.file("secret.png", Self.png)
        let inside = try scratch.file("a.png", Self.png)
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: scratch.path + "/in.png", withDestinationPath: inside)
        try manager.createSymbolicLink(atPath: scratch.path + "/out.png", withDestinationPath: target)
        try manager.createSymbolicLink(atPath: scratch.path + "/folder", withDestinationPath: outside.path)
        try manager.createSymbolicLink(
            atPath: scratch.path + "/loop.png", withDestinationPath: scratch.path + "/loop.png")
        for (name, isFollowed) in [
            ("in.png", true), ("out.png", false), ("folder/secret.png", false), ("loop.png", false), (target, true),
        ] {
            let file = Self.read("photo\n\(name)\n", .csv, .invert, folder: scratch.path)
            #expect((file.errorCount == 0) == isFollowed, "\(name): \(file.errors)")
            if name == "out.png" { #expect(file.errors.first?.message.contains("is a link out of") == true) }
        }
    }

    // MARK: Options

    @Test(
        "Layers as people write them",
        arguments: [
            ("4", [4]), ("4,5,6", [4, 5, 6]), ("4-6", [4, 5, 6]), ("0-2, 8", [0, 1, 2, 8]), ("6-4", nil), ("", nil),
            ("x", nil), ("4-", nil), ("-4", nil), ("1-2-3", nil), ("4,,5", nil),
        ] as [(String, [Int]?)])
    func layers(text: String, expected: [Int]?) {
        #expect(OptionText.layers(text) == expected)
    }

    @Test("Grids multiply, by count or by value")
    func grids() {
        let grid = Grid(argument: "seeds=4,truncation=0.5:0.7,styles=3")
        #expect(grid?.seeds == 4 && grid?.truncations == [0.5, 0.7])
        #expect(grid?.styleSeeds(batch: 7) == [7, 8, 9])
        #expect(Grid(argument: "styles=11:40")?.styleSeeds(batch: 7) == [11, 40])
        for text in ["", "seeds", "seeds=", "seeds=x", "seeds=2,seeds=3", "truncation=0.5:", "styles=0", "faces=3"] {
            #expect(Grid(argument: text) == nil, "\(text)")
        }
    }
}

/// The lists that the documents name.
@Suite("Examples")
struct ExampleTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Docs/examples").path

    @Test(
        "Every list in Docs/examples is right",
        arguments: [
            ("captions.txt", JobKind.generate, 100), ("edits.csv", .manipulate, 3), ("mix.jsonl", .mix, 2),
        ])
    func lists(name: String, kind: JobKind, count: Int) throws {
        let file = try CaptionFile.load(
            InputSource(path: "\(Self.folder)/\(name)"), format: nil, plan: ItemPlan(kind: kind)
        ) { "\($0)" }
        #expect(file.items.count == count)
        #expect(file.notes.isEmpty)
    }

    @Test("Rows of a Parquet file, as Docs/examples/parquet.py writes them, are right")
    func parquet() {
        let text = """
            {"caption": "A man with a hat.", "custom_id": "1"}
            {"caption": "She \\"smiles\\", ä\\nnext", "custom_id": "2", "seed": 7}
            """
        #expect(CaptionFile(reading: Array(text.utf8), as: .jsonl).errorCount == 0)
    }
}
