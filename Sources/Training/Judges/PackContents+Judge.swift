public import TediGAN
import Torch

extension PackContents.Part {
    /// A judge on its way into a pack, so that whoever runs the pack can measure what it draws.
    ///
    /// - Parameter path: file of an ``AttributeJudge`` or a ``RegionJudge``; its head tells which.
    /// - Throws: `SafeTensorsError` where the file is absent or broken, `TrainingError` where it is no judge.
    public init(judgeReading path: String) throws {
        let file = try SafeTensors.read(path)
        let subject = JudgeFile.Subject.allCases.first { file.metadata[$0.rawValue] != nil }
        guard let subject, let names = file.metadata[subject.rawValue],
            let size = file.metadata["size"].flatMap(Int.init)
        else { throw TrainingError("\(path) is no judge: its head tells neither attributes nor regions, or no size") }
        let first = subject == .attributes ? "block0.conv.weight" : "down0.conv.weight"
        guard let width = file.tensors[first]?.shape.first else {
            throw TrainingError("\(path) is no judge of \(subject.rawValue): it has no \(first)")
        }
        let sizes = JudgeSizes(size: size, width: width, names: names.split(separator: ",").map(String.init))
        switch subject {
        case .attributes: try self.init(.attributes, .attributes, sizes, file.tensors)
        case .regions: try self.init(.regions, .regions, sizes, file.tensors)
        }
    }
}
