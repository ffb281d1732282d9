package import Client
import FaceCollections
import Foundation
import Glibc
import Threads

/// One run: makes the samples that a recipe wants of a data set, in batches of the queue, and writes them as they come.
///
/// It can be killed at any moment and goes on where it stopped: what is begun is noted before it is begun, batches have
/// keys that make the same batch of the same lot, and files get their names by a rename. It works on a thread of its
/// own, for it reads and writes files most of the time.
package actor AugmentationRun {
    /// What is asked of a run.
    package struct Order: Sendable {
        /// Paths of the data sets.
        package var datasets: [String]
        package var recipe: Recipe
        /// The recipe as it was written.
        package var recipeText: [UInt8]
        package var folder: RunFolder
        /// Most images.
        package var limit: Int?
        /// Whether samples that failed or were rejected are tried again, and nothing else is done.
        package var isRetry = false

        package init(
            datasets: [String], recipe: Recipe, recipeText: [UInt8], folder: RunFolder, limit: Int? = nil,
            isRetry: Bool = false
        ) {
            self.datasets = datasets
            self.recipe = recipe
            self.recipeText = recipeText
            self.folder = folder
            self.limit = limit
            self.isRetry = isRetry
        }
    }

    /// How far a run is.
    package struct Progress: Sendable, Equatable {
        package var tally = RunTally()
        /// Jobs of batches under way that have ended, beyond those that are settled.
        package var inQueue = 0
        /// Batches under way.
        package var batches: [Int64] = []
    }

    /// Most samples of one batch, and most batches under way: while one is worked on, the next one waits already.
    static let lotSize = 256
    static let openLots = 3
    /// Most uploads and downloads at the same time; so many pictures are in memory.
    static let parallel = 8

    let order: Order
    let folder: RunFolder
    let recipe: Recipe
    let recipeDigest: String
    let report: @Sendable (Progress) -> Void
    var sources: [any FaceSource] = []
    var state: RunState
    var progress = Progress()
    /// Shards with samples that are not settled.
    var open: [Int] = []
    /// The policies of these, so that a shard is not read only to see that it is another's.
    var policies: [Int: String] = [:]
    /// Those of them that were looked at.
    var window: [Int: ShardState] = [:]
    /// Samples of batches under way.
    var inFlight: Set<Place> = []
    var places: [[String: Int]] = []
    var defects: [FaceCollectionError] = []
    var imageCount = 0
    /// Policies whose styles were drawn anew because the queue knew them no longer.
    var redrawn: Set<String> = []
    private var watch: ChangeWatch?
    private var lock: CInt = -1
    private var catalogued = ContinuousClock.now
    private var pause = Duration.zero

    /// A sample by where it is kept.
    struct Place: Hashable {
        let shard: Int
        let slot: Int
    }

    private let executor = ThreadExecutor(name: "augment", stackSize: 4 << 20)

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Takes an order; nothing is done yet.
    /// - Parameter report: is told often how far the run is.
    package init(_ order: Order, report: @escaping @Sendable (Progress) -> Void = { _ in }) {
        self.order = order
        folder = order.folder
        recipe = order.recipe
        recipeDigest = order.recipe.digest
        self.report = report
        state = RunState(id: UUID().uuidString.lowercased(), recipe: recipeDigest, datasets: [])
    }

    deinit {
        if lock >= 0 { close(lock) }
    }

    // MARK: Planning

    /// What a run would add, without doing anything.
    package func plan() throws -> RunPlan {
        if let state = try folder.runState() { self.state = try checked(state) }
        try openSources()
        return try RunPlan(recipe, sources, limit: order.limit, standing: try standing())
    }

    private func checked(_ state: RunState) throws(AugmentationError) -> RunState {
        guard state.recipe == recipeDigest else {
            throw AugmentationError(
                .badInput, "\(folder.path) was made by another recipe",
                remedy: "its samples would not be those of this one; choose another folder with --out")
        }
        return state
    }

    private func openSources() throws {
        for path in order.datasets {
            let full = URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
            if !state.datasets.contains(full) { state.datasets.append(full) }
        }
        for path in state.datasets { sources.append(try FaceSources.open(path)) }
        places = sources.map { source in
            Dictionary(source.keys.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// Reads what there is, and adds what is wanted beyond it.
    package func prepare() throws -> RunPlan? {
        try folder.make(recipe.output)
        lock = try folder.lock()
        if let state = try folder.runState() { self.state = try checked(state) }
        try openSources()
        if order.isRetry { try reopen() }
        let standing = try standing()
        open = standing.open
        policies = standing.policies
        progress.tally = standing.tally
        for lot in state.lots {
            for member in lot.members { inFlight.insert(Place(shard: member.shard, slot: member.place)) }
        }
        let plan = try RunPlan(recipe, sources, limit: order.limit, standing: standing)
        defects = plan.defects
        imageCount = plan.imageCount
        guard !order.isRetry, state.planned != plan.digest else { return nil }
        try add(plan)
        return plan
    }

    /// What there is; notes along the way which of its images have changed.
    private func standing() throws(AugmentationError) -> Standing {
        var watch = ChangeWatch(recipe, sources, places: places)
        let standing = try Standing(folder, shards: state.shards) { watch.observe($0, policy: $1) }
        self.watch = watch
        return standing
    }

    /// Images that had changed, when the run was planned, since samples were made of them.
    package var changed: ChangedImages { watch?.found ?? ChangedImages() }

    /// Notes the samples of a plan: its shards first, and then that they are there.
    private func add(_ plan: RunPlan) throws {
        try folder.write(order.recipeText, to: folder.recipe)
        for policy in recipe.policies {
            var slots: [Slot] = []
            try plan.forEachSlot(of: policy) { slot throws(AugmentationError) in
                slots.append(slot)
                if slots.count == recipe.output.shardSize { try addShard(&slots, policy) }
            }
            if !slots.isEmpty { try addShard(&slots, policy) }
        }
        for entry in plan.entries where !entry.balance.isEmpty { state.plans[entry.policy] = entry.balance }
        state.planned = plan.digest
        try folder.write(state)
    }

    private func addShard(_ slots: inout [Slot], _ policy: Recipe.Policy) throws(AugmentationError) {
        let shard = ShardState(number: state.shards, policy: policy.name, slots: slots)
        try folder.write(shard)
        open.append(shard.number)
        policies[shard.number] = policy.name
        state.shards += 1
        for slot in slots { progress.tally.add(slot.state) }
        slots = []
    }

    /// Opens the shards that have samples which failed or were rejected.
    private func reopen() throws(AugmentationError) {
        for number in 0..<state.shards {
            var shard = try folder.shardState(number: number)
            for place in shard.slots.indices { shard.slots[place].reopen(tries: recipe.tries) }
            guard shard.slots.contains(where: { $0.state == .waiting }) else { continue }
            shard.isSealed = false
            try folder.write(shard)
        }
    }

    // MARK: Running

    /// Makes everything that is wanted and not there, and writes the lists and the datasheet.
    package func run(by client: TediClient) async throws -> RunSummary {
        let client = client.retrying(.persistent)
        try await chooseModel(by: client)
        let desk = QueueDesk(
            client: client, run: state.id, recipe: recipeDigest, name: recipe.name, model: state.model ?? "-")
        report(progress)
        catalogued = .now
        while true {
            try Task.checkCancellation()
            while state.lots.count < Self.openLots, try await begin(by: desk) {}
            for lot in state.lots where lot.batch == nil { try await submit(lot, by: desk) }
            guard !state.lots.isEmpty else {
                guard try sealAll() else { break }
                continue
            }
            try await collectNext(by: desk)
            try catalogueNowAndThen()
        }
        return try conclude()
    }

    private func catalogueNowAndThen() throws {
        // The lists are written anew as a whole, so the more there is, the more seldom.
        guard ContinuousClock.now - catalogued > max(.seconds(10), pause) else { return }
        let start = ContinuousClock.now
        _ = try catalogue.write(shards: state.shards)
        catalogued = .now
        pause = (catalogued - start) * 30
    }

    var catalogue: Catalogue {
        Catalogue(folder: folder, recipe: recipe, datasets: state.datasets, defects: defects)
    }

    var packer: ShardPacker { ShardPacker(folder: folder, recipe: recipe, datasets: state.datasets) }

    /// Writes the lists and the datasheet.
    private func conclude() throws -> RunSummary {
        var distribution = AttributeDistribution(sources, recipe: recipe)
        let policies = Dictionary(recipe.policies.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var watch = watch ?? ChangeWatch(recipe, sources, places: places)
        watch.restart()
        var summary = try catalogue.write(shards: state.shards) { slot, policy in
            watch.observe(slot, policy: policy)
            guard let place = places[slot.dataset][slot.image] else { return }
            let attributes = sources[slot.dataset].attributes.all(of: place)
            distribution.add(slot, attributes: attributes, policy: policies[policy])
        }
        summary.changed = watch.found
        let plot = try? DistributionPlot(distribution: distribution).png()
        if let plot { try folder.write(plot, to: folder.plot) }
        let sheet = Datasheet(
            recipe: recipe, recipeDigest: recipeDigest, state: state, summary: summary, distribution: distribution,
            images: imageCount, hasPlot: plot != nil)
        try folder.write(Array(sheet.text.utf8), to: folder.datasheet)
        return summary
    }
}

extension Recipe {
    /// SHA-256 of what the recipe says, whatever its layout and comments.
    package var digest: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return (try? encoder.encode(self)).map { SampleSeed.digest($0) } ?? ""
    }
}
