import FaceCollections
import FaceData
import Foundation
import Synchronization

/// Drawn faces in the layout of Multi-Modal CelebA-HQ; drawn once, for drawing takes long in a debug build.
enum Faces {
    private static let cache = Mutex<String?>(nil)
    static let count = 24

    /// Copies the first faces into a folder, those from `first` on.
    static func write(to folder: String, count: Int = count) throws {
        let drawn = try cache.withLock { known in
            if let known { return known }
            let path = NSTemporaryDirectory() + "/tedi-faces-\(UUID().uuidString)"
            try RenderedCollection(split: .test, seed: 5, size: 32).write(
                Self.count, to: URL(fileURLWithPath: path), threads: 2)
            known = path
            return path
        }
        let files = FileManager.default
        for part in ["images", "text", "masks", "sketches"] {
            try files.createDirectory(atPath: "\(folder)/\(part)", withIntermediateDirectories: true)
            for name in try files.contentsOfDirectory(atPath: "\(drawn)/\(part)") {
                guard let number = Int(name.prefix { $0 != "." }), number < count else { continue }
                let target = "\(folder)/\(part)/\(name)"
                if !files.fileExists(atPath: target) {
                    try files.copyItem(atPath: "\(drawn)/\(part)/\(name)", toPath: target)
                }
            }
        }
        let rows = try String(contentsOfFile: "\(drawn)/attributes.txt", encoding: .utf8).split(separator: "\n")
        let kept = ["\(count)", String(rows[1])] + rows.dropFirst(2).prefix(count).map(String.init)
        try (kept.joined(separator: "\n") + "\n").write(
            toFile: "\(folder)/attributes.txt", atomically: true, encoding: .utf8)
    }
}
