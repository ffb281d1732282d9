import ArgumentParser
import FaceCollections
import Foundation

/// The options of commands that read or write many faces.
struct DataWork: ParsableArguments {
    @Option(help: "Threads that read, draw and write.")
    var threads = 2

    func validate() throws {
        guard (1...256).contains(threads) else { throw ValidationError("--threads must be in 1...256") }
    }

    /// Makes pictures for the faces of a folder; tells what came of it, and ends with status 1 where some are missing.
    func make(_ pictures: DerivedPictures, named name: String, in folder: String, replacing: Bool) throws {
        let progress = DataProgress("faces")
        let collection = try FaceCollection(
            opening: URL(fileURLWithPath: folder), layout: FaceLayout.celebA.withoutTables)
        let report = try pictures.make(
            for: collection, replacing: replacing, threads: threads, progress: progress.report)
        print("\(name) written: \(report.written), there already: \(report.kept), without a source: \(report.without)")
        guard !report.defects.isEmpty else { return }
        for defect in report.defects { DataProgress.say("\(defect)") }
        DataProgress.say("faces for which nothing was written: \(report.defects.count)")
        throw ExitCode.failure
    }
}
