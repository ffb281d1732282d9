import Augmentation
import Client
import FaceCollections
import Foundation
import Reporting

/// Runs an augmentation for somebody at a terminal, or for a program that reads its output.
struct AugmentSession: Sendable {
    let order: AugmentationRun.Order
    let format: OutputFormat

    // MARK: Planning

    func dryRun(at place: () throws -> (address: String, apiKey: ApiKey?)) async throws {
        let run = AugmentationRun(order)
        let plan = try await Self.translated { try await run.plan() }
        await warn(of: run)
        let seconds = try await estimate(plan, of: run, at: place)
        guard format == .table else {
            return try Console.current.printJSON(PlanView(plan, seconds: seconds), format: format)
        }
        show(plan)
        if let seconds {
            let again = order.recipe.policies.contains { !$0.gates.isEmpty } ? ", more where gates keep tries out" : ""
            Console.current.print("about \(ProgressLine.clock(seconds)) at the speed of late\(again)")
        }
        Console.current.note("nothing was done (--dry-run)")
    }

    /// Tells which images are others than those that samples were made of.
    private func warn(of run: AugmentationRun) async {
        let changed = await run.changed
        guard changed.images > 0 else { return }
        let (images, samples) = (ProgressLine.grouped(changed.images), ProgressLine.grouped(changed.samples))
        Console.current.note(
            "\(images) \(changed.images == 1 ? "image has" : "images have") changed since "
                + "\(samples) \(changed.samples == 1 ? "sample was" : "samples were") made of what was there before: "
                + changed.text)
        Console.current.note(
            "these samples stay as they are; for samples of a changed picture, give it a new name, or run into another "
                + "folder")
    }

    /// How long that takes; nil, with a note why, where nobody knows.
    private func estimate(
        _ plan: RunPlan, of run: AugmentationRun, at place: () throws -> (address: String, apiKey: ApiKey?)
    ) async throws -> Double? {
        let reason: String
        do {
            let (address, apiKey) = try place()
            let seconds = try await Self.translated {
                try await TediClient.connected(to: address, apiKey: apiKey) {
                    try await run.estimate(plan, by: $0.retrying(.once))
                }
            }
            if let seconds { return seconds }
            reason = "nothing of some kind was made lately"
        } catch {
            // The plan stands without a coordinator; a refusal is told as it would be later.
            let error = CommandError(any: error)
            guard [.unreachable, .failed].contains(error.status) else { throw error }
            reason = error.lines.first ?? ""
        }
        Console.current.note("no estimate of the time: \(reason)")
        return nil
    }

    /// What a plan is for programs.
    private struct PlanView: Encodable {
        let images: Int
        let defects: Int
        let samples: Int
        let policies: [RunPlan.Entry]
        /// Time that it would take, where it is known.
        let seconds: Double?

        init(_ plan: RunPlan, seconds: Double?) {
            self.seconds = seconds
            images = plan.imageCount
            defects = plan.defects.count
            samples = plan.entries.reduce(0) { $0 + $1.samples }
            policies = plan.entries
        }
    }

    private func show(_ plan: RunPlan) {
        let console = Console.current
        var table = Table([
            .left("POLICY"), .left("KIND"), .right("NEW SAMPLES"), .right("THERE ALREADY"), .right("IMAGES LEFT OUT"),
        ])
        for entry in plan.entries {
            table.add([
                entry.policy, entry.kind, ProgressLine.grouped(entry.samples), ProgressLine.grouped(entry.standing),
                ProgressLine.grouped(entry.skipped),
            ])
        }
        console.print("\(ProgressLine.grouped(plan.imageCount)) images")
        for line in table.render() { console.print(line) }
        for entry in plan.entries where !entry.balance.isEmpty {
            var table = Table([
                .left("ATTRIBUTE"), .right("NOW"), .right("WANTED"), .right("PLANNED"), .right("EDITS TO HAVE IT"),
                .right("TO LOSE IT"),
            ])
            for row in entry.balance {
                table.add([
                    row.attribute, Self.percent(row.before), Self.percent(row.target), Self.percent(row.after),
                    ProgressLine.grouped(row.added), ProgressLine.grouped(row.removed),
                ])
            }
            console.print("plan of “\(entry.policy)”:")
            for line in table.render() { console.print(line) }
        }
        for defect in plan.defects.prefix(5) { console.note("left out: \(defect)") }
        if plan.defects.count > 5 { console.note("… and \(plan.defects.count - 5) more") }
    }

    private static func percent(_ share: Double) -> String { ProgressLine.decimal(share * 100) + " %" }

    // MARK: Running

    func run(at address: String, apiKey: ApiKey?) async throws {
        let console = Console.current
        let screen = AugmentScreen(name: order.recipe.name, format: format, console: console)
        let summary = try await withInterrupts {
            try await Console.$current.withValue(console) {
                try await Self.translated {
                    let run = AugmentationRun(order) { screen.show($0) }
                    if let plan = try await run.prepare(), format == .table { show(plan) }
                    await warn(of: run)
                    return try await TediClient.connected(to: address, apiKey: apiKey) { try await run.run(by: $0) }
                }
            }
        }
        console.keepProgress()
        try conclude(summary)
    }

    /// What came of it.
    private struct SummaryView: Encodable {
        let folder: String
        let samples: RunTally
        let defects: Int
        let changed: ChangedImages
        let policies: [String: RunSummary.Policy]
    }

    private func conclude(_ summary: RunSummary) throws {
        let console = Console.current
        let samples = summary.samples
        let changed = summary.changed.samples
        if format == .table {
            console.print(
                "\(order.folder.path): \(ProgressLine.grouped(samples.done)) of "
                    + "\(ProgressLine.grouped(samples.total)) samples"
                    + (samples.rejected > 0 ? ", \(ProgressLine.grouped(samples.rejected)) rejected" : "")
                    + (samples.failed > 0 ? ", \(ProgressLine.grouped(samples.failed)) failed" : "")
                    + (changed > 0 ? ", \(ProgressLine.grouped(changed)) of images that have changed since" : "")
                    + "; see datasheet.md")
        } else {
            let view = SummaryView(
                folder: order.folder.path, samples: samples, defects: summary.defects, changed: summary.changed,
                policies: summary.policies)
            try console.printJSON(view, format: format)
        }
        let failed = samples.failed + summary.defects
        guard failed == 0 else {
            let what = failed == 1 ? "1 sample or row" : "\(failed) samples or rows"
            // A retry tries samples; what was no image until it was mended is new to a run.
            let next =
                samples.failed > 0
                ? "run: tedi augment retry \(order.folder.path)"
                    + (summary.defects > 0 ? "; rows and files that were no image: tedi augment, as before" : "")
                : "run tedi augment again, as before"
            throw CommandError.failed(
                "\(what) of the data set could not be used; the rest is there",
                remedy: "See \(order.folder.failed), mend them, and \(next)")
        }
    }

    /// Runs something; its errors become those of commands.
    private static func translated<Value: Sendable>(
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let error as AugmentationError {
            let status: ExitStatus = error.kind == .badInput ? .badInput : .failed
            throw CommandError(status, error.message, remedy: error.remedy.capitalisedFirst + ".")
        } catch let error as FaceCollectionError {
            throw CommandError.badInput("\(error.file): \(error.problem)", remedy: error.remedy.capitalisedFirst + ".")
        }
    }
}

extension String {
    fileprivate var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}
