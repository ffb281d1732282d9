import Archives
import Foundation
import Glibc

/// The folder of a run: where what lies, and how it is read and written.
package struct RunFolder: Sendable {
    /// Absolute path.
    package let path: String

    package init(_ path: String) {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
    }

    package var state: String { "\(path)/run.json" }
    package var recipe: String { "\(path)/recipe.yaml" }
    package var images: String { "\(path)/images" }
    package var labels: String { "\(path)/labels" }
    package var shards: String { "\(path)/shards" }
    package var rejects: String { "\(path)/rejects" }
    package var datasheet: String { "\(path)/datasheet.md" }
    package var plot: String { "\(path)/attributes.png" }
    package var index: String { "\(path)/index.jsonl" }
    package var table: String { "\(path)/index.csv" }
    package var failed: String { "\(path)/failed.jsonl" }
    package var metadata: String { "\(images)/metadata.jsonl" }
    package var rejectList: String { "\(rejects)/rejects.jsonl" }
    var work: String { "\(path)/.run" }
    var shardStates: String { "\(work)/shards" }
    /// Pictures that only the shards keep, until their shard is complete.
    var pictures: String { "\(work)/pictures" }

    package func shard(_ number: Int) -> String { "\(shards)/\(Self.name(number)).tar" }
    func shardState(_ number: Int) -> String { "\(shardStates)/\(Self.name(number)).json" }

    static func name(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    // MARK: Making

    /// Makes the folder and those in it.
    func make(_ output: Recipe.Output) throws(AugmentationError) {
        var folders = [path, work, shardStates, pictures]
        if output.images { folders.append(images) }
        if output.shards { folders.append(shards) }
        for folder in folders { try make(folder) }
    }

    func make(_ folder: String) throws(AugmentationError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw AugmentationError(
                .failed, "cannot make the folder \(folder): \(error.localizedDescription)",
                remedy: "choose one that you may write to")
        }
    }

    /// Keeps others from running in the same folder; the lock is held until the descriptor is closed, or its process
    /// ends.
    func lock() throws(AugmentationError) -> CInt {
        let file = "\(work)/lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(file) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw AugmentationError(
                .badInput, "another run works in \(path)", remedy: "wait for it, or choose another folder")
        }
        return descriptor
    }

    // MARK: Files

    /// The bytes of a file, or nil where there is none.
    func read(_ file: String) throws(AugmentationError) -> [UInt8]? {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.failure(file)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure(file) }
        do throws(ArchiveError) {
            return try TarReader.read(file, descriptor, at: 0, count: Int(status.st_size))
        } catch {
            throw AugmentationError(.failed, "\(error)", remedy: "check the folder's disk")
        }
    }

    func write(_ bytes: some Collection<UInt8>, to file: String) throws(AugmentationError) {
        try Self.writing { () throws(ArchiveError) in try DraftFile.write(bytes, to: file) }
    }

    /// Does something that writes; what goes wrong is the disk's matter.
    static func writing<Value: ~Copyable>(_ body: () throws(ArchiveError) -> Value) throws(AugmentationError) -> Value {
        do throws(ArchiveError) {
            return try body()
        } catch {
            throw AugmentationError(
                .failed, "cannot write \(error)", remedy: "make room, and run the same command again: it goes on")
        }
    }

    func remove(_ file: String) { unlink(file) }

    private static func failure(_ file: String, code: CInt = errno) -> AugmentationError {
        AugmentationError(
            .failed, "cannot use \(file): \(String(cString: strerror(code)))",
            remedy: "check the folder and who may write there")
    }

    // MARK: States

    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()

    static func json(_ value: some Encodable) throws(AugmentationError) -> [UInt8] {
        do {
            return [UInt8](try encoder.encode(value))
        } catch {
            throw AugmentationError(.failed, "cannot write JSON: \(error)", remedy: "report this as a fault of Tedi")
        }
    }

    func decode<Value: Decodable>(_ type: Value.Type, from file: String) throws(AugmentationError) -> Value? {
        guard let bytes = try read(file) else { return nil }
        guard let value = try? JSONDecoder().decode(Value.self, from: Data(bytes)) else {
            throw AugmentationError(
                .badInput, "\(file) is damaged, or of another version of Tedi",
                remedy: "run into another folder; what is made here stays")
        }
        return value
    }

    package func runState() throws(AugmentationError) -> RunState? {
        guard let state = try decode(RunState.self, from: state) else { return nil }
        guard state.version == RunState.version else {
            throw AugmentationError(
                .badInput, "\(self.state) is of version \(state.version)", remedy: "run into another folder")
        }
        return state
    }

    func write(_ state: RunState) throws(AugmentationError) {
        try write(try Self.json(state) + [UInt8(ascii: "\n")], to: self.state)
    }

    package func shardState(number: Int) throws(AugmentationError) -> ShardState {
        guard let state = try decode(ShardState.self, from: shardState(number)) else {
            throw AugmentationError(
                .failed, "\(shardState(number)) is gone", remedy: "run into another folder; what is made here stays")
        }
        return state
    }

    func write(_ state: ShardState) throws(AugmentationError) {
        try write(try Self.json(state) + [UInt8(ascii: "\n")], to: shardState(state.number))
    }
}
