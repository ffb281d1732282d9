import Layers
import Torch

/// The files of judges: tensors, and a head that says what is judged in pictures of which size.
enum JudgeFile {
    /// What there is to judge; the name of the head's entry that lists it.
    enum Subject: String, CaseIterable {
        case attributes, regions
    }

    /// Reads a judge of `subject`.
    /// - Parameters:
    ///   - path: a safetensors file written by ``write(_:of:_:size:to:)``.
    ///   - subject: what it must judge.
    ///   - names: what this version knows of the subject, in order.
    /// - Returns: side of the pictures, and a store of the tensors.
    /// - Throws: `SafeTensorsError` where the file is absent or broken, `TrainingError` where it is another judge, or
    ///   none.
    static func read(
        _ path: String, of subject: Subject, _ names: [String]
    ) throws -> (size: Int, store: ParameterStore) {
        let file = try SafeTensors.read(path)
        guard let listed = file.metadata[subject.rawValue] else {
            let other = Subject.allCases.first { file.metadata[$0.rawValue] != nil }
            throw TrainingError(
                "\(path) is no judge of \(subject.rawValue)" + (other.map { "; it judges \($0.rawValue)" } ?? ""))
        }
        guard let size = file.metadata["size"].flatMap(Int.init), (16...1_024).contains(size), size.nonzeroBitCount == 1
        else {
            throw TrainingError("\(path) is no judge: its head names no picture size")
        }
        guard listed == names.joined(separator: ",") else {
            throw TrainingError("\(path) judges other \(subject.rawValue) than this version draws; train it again")
        }
        return (size, ParameterStore(loading: file.tensors, trains: false))
    }

    /// Writes the weights in `store` as a judge of `subject` for pictures of `size` pixels, in half precision.
    static func write(
        _ store: ParameterStore, of subject: Subject, _ names: [String], size: Int, to path: String
    ) throws {
        try store.save(
            to: path, storage: .float16,
            metadata: ["size": "\(size)", subject.rawValue: names.joined(separator: ",")])
    }
}
