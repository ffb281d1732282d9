import Archives
import Client
import FaceCollections
import Foundation
import Images
import JobAPI

/// What comes back from the queue.
extension AugmentationRun {
    /// Waits until one of the batches under way has ended, and takes what it has made.
    func collectNext(by desk: QueueDesk) async throws {
        var interval = Duration.milliseconds(50)
        while true {
            var finished = 0
            for lot in state.lots {
                guard let batch = lot.batch else { continue }
                do {
                    let view = try await desk.client.batch(batch)
                    if view.isSettled { return try await collect(lot, of: view, by: desk) }
                    finished += view.counts.finished
                } catch let error as ClientError {
                    guard case .problem(let problem) = error, problem.status == 404 else { throw error }
                    // Pruned, or of a queue that is no more: it is submitted again.
                    if let place = state.lots.firstIndex(of: lot) { state.lots[place].batch = nil }
                    return
                }
            }
            progress.inQueue = finished
            progress.batches = state.lots.compactMap(\.batch)
            report(progress)
            try await Task.sleep(for: interval)
            interval = min(interval * 2, .seconds(1))
        }
    }

    /// Takes the results of a batch that has ended.
    private func collect(_ lot: Lot, of batch: BatchView, by desk: QueueDesk) async throws {
        let jobs = try await desk.jobs(of: batch.id)
        var waiting: [(job: JobView, member: Lot.Member)] = []
        for job in jobs where lot.members.indices.contains(job.line - 1) {
            let member = lot.members[job.line - 1]
            let slot = try loaded(member.shard).slots[member.place]
            // One that was taken before the run was killed is not taken twice.
            guard slot.state == .waiting, slot.tries == member.number else { continue }
            if job.state == .succeeded {
                waiting.append((job, member))
            } else {
                let failure = job.failure
                change(Place(shard: member.shard, slot: member.place)) {
                    $0.fail(failure?.code ?? "cancelled", failure?.message ?? "the job was called off")
                }
            }
        }
        try await download(waiting, lot, by: desk)
        try forget(lot)
        for number in Set(lot.members.map(\.shard)).sorted() { try seal(number) }
        progress.inQueue = 0
        report(progress)
    }

    private func download(
        _ results: [(job: JobView, member: Lot.Member)], _ lot: Lot, by desk: QueueDesk
    ) async throws {
        guard let policy = recipe.policies.first(where: { $0.name == lot.policy }) else { return }
        let client = desk.client
        try await withThrowingTaskGroup(of: (Int, Data).self) { group in
            func fetch(_ number: Int) {
                let (job, image) = (results[number].job.id, results[number].job.result?.image ?? "")
                group.addTask { (number, try await client.artifact(image, of: job)) }
            }
            var next = 0
            while next < min(results.count, Self.parallel) {
                fetch(next)
                next += 1
            }
            while let (number, bytes) = try await group.next() {
                try judge(results[number].job, results[number].member, [UInt8](bytes), policy)
                report(progress)
                guard next < results.count else { continue }
                fetch(next)
                next += 1
            }
        }
    }

    /// Keeps a sample that is good enough; of another one its picture, apart, and its reasons.
    private func judge(
        _ job: JobView, _ member: Lot.Member, _ bytes: [UInt8], _ policy: Recipe.Policy
    ) throws {
        let place = Place(shard: member.shard, slot: member.place)
        guard let slot = window[member.shard]?.slots[member.place], let result = job.result else { return }
        let scores = Judge.kept(result.scores ?? [:])
        guard policy.gates.isEmpty || !scores.isEmpty else {
            return change(place) { $0.fail("unmeasured", "the worker has measured nothing that a gate could go by") }
        }
        let seed = SampleSeed.of(recipeDigest, key: slot.key, try: member.number)
        let reasons = Judge.objections(to: scores, by: policy.gates)
        guard reasons.isEmpty else {
            if recipe.output.rejects {
                try folder.make(folder.rejects)
                try store(bytes, at: "\(folder.rejects)/\(slot.key)-t\(member.number).png")
            }
            return change(place) { slot in
                slot.tries = member.number + 1
                slot.rejects.append(
                    Slot.Reject(number: member.number, seed: seed, reasons: reasons, scores: scores))
                guard slot.tries >= slot.limit else { return }
                slot.state = .rejected
                slot.code = "rejected"
                slot.reason = reasons.joined(separator: "; ")
            }
        }
        if policy.writesLabels { guard try storeLabels(of: slot, at: place) else { return } }
        try store(bytes, at: packer.pictureFile(slot.key))
        change(place) { slot in
            slot.tries = member.number + 1
            slot.state = .done
            slot.made = Slot.Made(
                digest: result.image, width: result.width, height: result.height, caption: member.caption,
                instruction: member.instruction, seed: seed, number: member.number, scores: scores, code: result.code,
                pack: result.pack ?? "")
        }
    }

    /// Writes the label map beside a face that was drawn on it.
    private func storeLabels(of slot: Slot, at place: Place) throws -> Bool {
        guard let image = places[slot.dataset][slot.image], let size = state.resolution else { return false }
        let source = sources[slot.dataset]
        let name = source.name(of: image)
        let bytes: [UInt8]
        do throws(FaceCollectionError) {
            guard let map = try source.labels(of: image)?.framedByNearest(size, file: name) else {
                throw FaceCollectionError(.missing, name, "its label map is gone", remedy: "put it back")
            }
            bytes = try FaceCollectionError.ofPicture(name) { () throws(ImageError) in try PNG.encode(map) }
            if let stamp = slot.stamp, source.digest(of: image, .labels) != stamp.digest {
                throw FaceCollectionError(
                    .contradiction, name, "its label map has changed since the face was drawn on it",
                    remedy: "run tedi augment retry")
            }
        } catch {
            change(place) { $0.fail(error.kind.rawValue, "\(error)") }
            return false
        }
        if recipe.output.images { try folder.make(folder.labels) }
        try store(bytes, at: packer.labelsFile(slot.key))
        return true
    }

    /// Writes a picture: whole, or not there.
    func store(_ bytes: [UInt8], at path: String) throws(AugmentationError) {
        // Not for good at once: what a power cut takes away is missed when the shard is sealed, and made again.
        try RunFolder.writing { () throws(ArchiveError) in try DraftFile.write(bytes, to: path, isDurable: false) }
    }

    // MARK: Sealing

    /// Seals a shard of which every sample is settled.
    func seal(_ number: Int) throws {
        var shard = try loaded(number)
        guard !shard.slots.contains(where: { $0.state == .waiting }) else { return }
        let missing = try packer.missing(in: shard)
        guard missing.isEmpty else {
            for place in missing {
                change(Place(shard: number, slot: place)) { slot in
                    slot.tries = slot.made?.number ?? 0
                    slot.made = nil
                    slot.state = .waiting
                    slot.input = nil
                    slot.stamp = nil
                }
            }
            try window[number].map { try folder.write($0) }
            return
        }
        if recipe.output.shards { try packer.write(shard) }
        shard.isSealed = true
        try folder.write(shard)
        packer.tidy(shard)
        window[number] = nil
        open.removeAll { $0 == number }
        policies[number] = nil
    }

    /// Seals what can be; whether there is still something to do.
    func sealAll() throws -> Bool {
        for number in open { try seal(number) }
        return !open.isEmpty
    }
}
