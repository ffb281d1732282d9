import Foundation
import LiveSystems

/// Python with the packages that read what a run has made; set up once, in the build folder.
enum Loaders {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static let folder = root.appendingPathComponent(".build/loaders").path

    /// Runs a script and gives what it prints.
    static func run(_ script: String, _ arguments: [String]) throws -> String {
        try setUp()
        return try run(["\(folder)/bin/python", "-I", "-c", script] + arguments)
    }

    private static func setUp() throws {
        let note = "\(folder)/ready"
        guard !FileManager.default.fileExists(atPath: note) else { return }
        try? FileManager.default.removeItem(atPath: folder)
        _ = try run(["python3", "-I", "-m", "venv", folder])
        _ = try run([
            "\(folder)/bin/python", "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "webdataset==1.0.2", "datasets==5.2.0", "pillow",
        ])
        try Data().write(to: URL(fileURLWithPath: note))
    }

    private static func run(_ words: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        var environment = ProcessInfo.processInfo.environment
        environment["PIP_USER"] = "0"
        environment["HF_HUB_OFFLINE"] = "1"
        environment["HF_DATASETS_OFFLINE"] = "1"
        process.environment = environment
        let (output, errors) = (Pipe(), NSTemporaryDirectory() + "/loaders-\(UUID().uuidString)")
        try Data().write(to: URL(fileURLWithPath: errors))
        defer { try? FileManager.default.removeItem(atPath: errors) }
        process.standardOutput = output
        process.standardError = FileHandle(forWritingAtPath: errors)
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let said = FileManager.default.contents(atPath: errors) ?? Data()
            throw LiveError(String(decoding: said.suffix(3_000), as: UTF8.self))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads a run's folder with `webdataset` and with `datasets`, unchanged, and tells what they see.
    static let reading = """
        import glob, json, sys
        import webdataset
        from datasets import load_dataset
        out, cache = sys.argv[1:]
        shards = sorted(glob.glob(out + "/shards/*.tar"))
        samples = {}
        for sample in webdataset.WebDataset(shards, shardshuffle=False).decode("pil"):
            samples[sample["__key__"]] = [
                sample["json"]["key"], sample["txt"], list(sample["png"].size),
                "labels.png" in sample and list(sample["labels.png"].size)]
        hub = load_dataset("webdataset", data_files={"train": shards}, split="train", cache_dir=cache)
        seen = {row["__key__"]: [row["json"]["key"], row["txt"], list(row["png"].size),
                row["labels.png"] is not None and list(row["labels.png"].size)] for row in hub}
        folder = load_dataset("imagefolder", data_dir=out + "/images", split="train", cache_dir=cache)
        rows = {row["key"]: [row["caption"], list(row["image"].size), row["policy"]] for row in folder}
        print(json.dumps({"webdataset": samples, "datasets": seen, "imagefolder": rows}))
        """

    /// Writes pictures of every awkward kind into a folder.
    static let hostilePictures = """
        import os, sys
        from PIL import Image, ImageCms
        Image.MAX_IMAGE_PIXELS = None
        folder = sys.argv[1]
        def path(name): return os.path.join(folder, name)
        wide = Image.new("RGB", (40, 20), (200, 30, 30))
        wide.paste((30, 30, 200), (0, 0, 20, 20))
        wide.save(path("good.png"))
        open(path("text.png"), "w").write("this is no picture")
        data = open(path("good.png"), "rb").read()
        open(path("truncated.png"), "wb").write(data[:-30])
        Image.new("1", (30000, 30000)).save(path("huge.png"))
        Image.new("RGB", (8000, 8000)).save(path("bomb.png"), compress_level=9)
        wide.convert("CMYK").save(path("cmyk.jpg"))
        Image.new("I;16", (30, 30), 40000).save(path("sixteen.png"))
        wide.save(path("animated.gif"), save_all=True, append_images=[wide.rotate(180)])
        wide.save(path("animated.png"), save_all=True, append_images=[wide.rotate(180)])
        exif = Image.Exif()
        exif[0x0112] = 6
        wide.save(path("rotated.jpg"), exif=exif, quality=95)
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        wide.save(path("profile.png"), icc_profile=profile)
        os.symlink("/etc/hostname", path("link.png"))
        Image.new("L", (20, 20), 3).save(path("map.png"))
        Image.new("L", (20, 20), 77).save(path("unknown.png"))
        Image.new("L", (7, 99), 5).save(path("othersize.png"))
        Image.new("L", (31, 17), 255).save(path("sketch.png"))
        """
}
