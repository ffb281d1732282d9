import Client
import FaceCollections
import Foundation
import Images
import JobAPI

/// What goes to the queue.
extension AugmentationRun {
    /// Makes the next lot and notes it; false where there is nothing left to begin.
    func begin(by desk: QueueDesk) async throws -> Bool {
        for number in open {
            let shard = try loaded(number)
            guard let policy = recipe.policies.first(where: { $0.name == shard.policy }) else { continue }
            guard shard.slots.indices.contains(where: { isFree(number, $0) }) else { continue }
            guard policy.needsWorkers else {
                try await paraphrase(number)
                return true
            }
            if case .style(let style) = policy.work { try await drawStyles(policy, style, by: desk) }
            let members = try await members(of: policy, by: desk)
            guard !members.isEmpty else { return true }
            let lot = Lot(number: state.nextLot, policy: policy.name, members: members)
            state.nextLot += 1
            state.lots.append(lot)
            for member in members { inFlight.insert(Place(shard: member.shard, slot: member.place)) }
            // Noted before it is submitted: whoever goes on after this submits the same lot, not another one.
            try folder.write(state)
            try await submit(lot, by: desk)
            return true
        }
        return false
    }

    func loaded(_ number: Int) throws -> ShardState {
        if let shard = window[number] { return shard }
        let shard = try folder.shardState(number: number)
        window[number] = shard
        return shard
    }

    /// Whether a sample waits for somebody to begin it.
    private func isFree(_ shard: Int, _ place: Int) -> Bool {
        window[shard]?.slots[place].state == .waiting && !inFlight.contains(Place(shard: shard, slot: place))
    }

    /// Changes a sample, and the counts with it.
    func change(_ place: Place, _ body: (inout Slot) -> Void) {
        guard var slot = window[place.shard]?.slots[place.slot] else { return }
        let old = slot.state
        body(&slot)
        window[place.shard]?.slots[place.slot] = slot
        progress.tally.move(from: old, to: slot.state)
    }

    // MARK: Lots

    /// An input on its way into the store.
    private struct Prepared: Sendable {
        let place: Place
        let wording: Wording
        let number: Int
        /// Of the file that the input was made of just now.
        var stamp: SourceStamp?

        func member(_ input: String) -> Lot.Member {
            Lot.Member(
                shard: place.shard, place: place.slot, number: number, input: input,
                instruction: wording.instruction, caption: wording.caption)
        }
    }

    /// The next samples of a policy that nobody has begun.
    private func candidates(of policy: Recipe.Policy) throws -> [Place] {
        var places: [Place] = []
        for number in open where places.count < Self.lotSize && policies[number] == policy.name {
            let shard = try loaded(number)
            let free = shard.slots.indices.lazy.filter { self.isFree(number, $0) }
            places += free.prefix(Self.lotSize - places.count).map { Place(shard: number, slot: $0) }
        }
        return places
    }

    /// The next samples of a policy, their inputs in the store; those whose input cannot be read fail.
    private func members(of policy: Recipe.Policy, by desk: QueueDesk) async throws -> [Lot.Member] {
        let places = try candidates(of: policy)
        var members: [Lot.Member] = []
        try await withThrowingTaskGroup(of: (Prepared, String).self) { group in
            var rest = places[...]
            var waiting = 0
            while true {
                while waiting < Self.parallel, let place = rest.popFirst() {
                    try Task.checkCancellation()
                    guard let (prepared, bytes) = prepared(place, policy) else { continue }
                    let input = window[place.shard]?.slots[place.slot].input
                    waiting += 1
                    group.addTask { (prepared, try await input.orUpload(bytes, by: desk)) }
                }
                guard let (prepared, input) = try await group.next() else { break }
                waiting -= 1
                change(prepared.place) {
                    $0.input = input
                    if let stamp = prepared.stamp { $0.stamp = stamp }
                }
                members.append(prepared.member(input))
            }
        }
        for number in Set(places.map(\.shard)) { try window[number].map { try folder.write($0) } }
        report(progress)
        return members.sorted { ($0.shard, $0.place) < ($1.shard, $1.place) }
    }

    /// Reads what a sample is made from; one whose image cannot be read fails.
    private func prepared(_ place: Place, _ policy: Recipe.Policy) -> (Prepared, [UInt8])? {
        do throws(FaceCollectionError) {
            return try prepare(place, policy)
        } catch {
            change(place) { $0.fail(error.kind.rawValue, "\(error)") }
            return nil
        }
    }

    /// The words of a sample, and the picture that its job works on, where the store may not have it.
    private func prepare(
        _ place: Place, _ policy: Recipe.Policy
    ) throws(FaceCollectionError) -> (Prepared, [UInt8]) {
        guard let slot = window[place.shard]?.slots[place.slot], let image = places[slot.dataset][slot.image] else {
            throw FaceCollectionError(
                .missing, "the data set", "the image is not there any more",
                remedy: "put it back, and run tedi augment retry")
        }
        let source = sources[slot.dataset]
        let seed = SampleSeed.of(recipeDigest, key: slot.key, try: slot.tries)
        let wording = Wording(
            slot, policy.work, attributes: source.attributes.all(of: image), captions: try source.captions(of: image),
            seed: seed)
        var prepared = Prepared(place: place, wording: wording, number: slot.tries)
        guard slot.input == nil else { return (prepared, []) }
        prepared.stamp = source.stamp(of: image, policy.ground)
        return (prepared, try input(of: image, source, policy))
    }

    /// The picture that a job works on: the middle square, in the size of the model, as PNG.
    private func input(
        of image: Int, _ source: any FaceSource, _ policy: Recipe.Policy
    ) throws(FaceCollectionError) -> [UInt8] {
        let size = state.resolution ?? 0
        let name = source.name(of: image)
        func encoded(_ body: () throws(ImageError) -> [UInt8]) throws(FaceCollectionError) -> [UInt8] {
            try FaceCollectionError.ofPicture(name, body)
        }
        guard case .resynthesis(let work) = policy.work else {
            let picture = try source.picture(of: image).framed(size)
            return try encoded { () throws(ImageError) in try PNG.encode(picture) }
        }
        let lines =
            switch work.from {
            case .labels: try source.labels(of: image)?.framedByNearest(size, file: name)
            case .sketch: try source.sketch(of: image)?.framed(size, file: name)
            }
        guard let lines else {
            throw FaceCollectionError(
                .missing, name, "it has no \(work.from == .labels ? "label map" : "sketch")", remedy: "add one")
        }
        return try encoded { () throws(ImageError) in try PNG.encode(lines) }
    }

    // MARK: Submitting

    /// Submits a lot that is noted; lines that are refused fail, and the others come again in another lot.
    func submit(_ lot: Lot, by desk: QueueDesk) async throws {
        guard let policy = recipe.policies.first(where: { $0.name == lot.policy }),
            let place = state.lots.firstIndex(where: { $0.number == lot.number })
        else { return }
        let keys = try lot.members.map { try loaded($0.shard).slots[$0.place].key }
        do {
            let batch = try await desk.submit(lot, as: policy, keys: keys, styles: state.styles[lot.policy] ?? [])
            state.lots[place].batch = batch
        } catch let error as ClientError {
            guard case .problem(let problem) = error, !problem.errors.isEmpty else { throw error }
            // The styles may be of a batch that the queue has removed since: they are drawn again, once.
            if state.styles[lot.policy] != nil, redrawn.insert(lot.policy).inserted {
                state.styles[lot.policy] = nil
                return try forget(lot)
            }
            for refused in problem.errors where lot.members.indices.contains(refused.line - 1) {
                let member = lot.members[refused.line - 1]
                change(Place(shard: member.shard, slot: member.place)) {
                    $0.input = nil
                    $0.fail("refused", refused.message)
                }
            }
            try forget(lot)
        }
        try folder.write(state)
    }

    /// Ends a lot: its shards are written first, and then that it is over.
    func forget(_ lot: Lot) throws {
        for number in Set(lot.members.map(\.shard)) { try window[number].map { try folder.write($0) } }
        for member in lot.members { inFlight.remove(Place(shard: member.shard, slot: member.place)) }
        state.lots.removeAll { $0.number == lot.number }
        try folder.write(state)
    }

    /// Draws the codes that give style, once in the whole run.
    private func drawStyles(_ policy: Recipe.Policy, _ style: Recipe.Style, by desk: QueueDesk) async throws {
        guard state.styles[policy.name] == nil else { return }
        let failures = state.styleFailures?[policy.name] ?? 0
        let batch = try await desk.submitStyles(policy, count: style.styles, failures: failures)
        while try await !desk.client.batch(batch).isSettled { try await Task.sleep(for: .milliseconds(200)) }
        let codes = try await desk.jobs(of: batch).compactMap { $0.result?.code }
        guard codes.count == style.styles else {
            // The next run draws them in a batch of its own, not in the one that has failed.
            state.styleFailures = (state.styleFailures ?? [:]).merging([policy.name: failures + 1]) { $1 }
            try folder.write(state)
            throw AugmentationError(
                .failed, "only \(codes.count) of \(style.styles) styles of the policy “\(policy.name)” could be drawn",
                remedy: "see why with: tedi batch show \(batch) --failed; then run again")
        }
        state.styles[policy.name] = codes
        try folder.write(state)
    }

    // MARK: Words

    /// Says the captions of a shard's images in other words, which needs no worker.
    private func paraphrase(_ number: Int) async throws {
        let shard = try loaded(number)
        for slot in shard.slots.indices where isFree(number, slot) {
            try Task.checkCancellation()
            let place = Place(shard: number, slot: slot)
            do throws(FaceCollectionError) {
                try paraphrase(place)
            } catch {
                change(place) { $0.fail(error.kind.rawValue, "\(error)") }
            }
            if slot.isMultiple(of: 64) { report(progress) }
        }
        try window[number].map { try folder.write($0) }
        try seal(number)
    }

    private func paraphrase(_ place: Place) throws(FaceCollectionError) {
        guard let slot = window[place.shard]?.slots[place.slot], let image = places[slot.dataset][slot.image] else {
            throw FaceCollectionError(
                .missing, "the data set", "the image is not there any more", remedy: "put it back")
        }
        let source = sources[slot.dataset]
        let name = source.name(of: image)
        let captions = try source.captions(of: image)
        guard !captions.isEmpty else {
            throw FaceCollectionError(.caption, name, "it has no caption", remedy: "write one")
        }
        let seed = SampleSeed.of(recipeDigest, key: slot.key, try: 0)
        let caption = captions[slot.variant % captions.count]
        guard let other = Paraphrase.of(caption, seed: seed) else {
            throw FaceCollectionError(
                .caption, name, "its caption names nothing that can be said in other words: \(caption.prefix(100))",
                remedy: "name attributes that Docs/augmentation.md lists")
        }
        let size = state.resolution ?? 0
        let stamp = source.stamp(of: image, nil)
        let picture = try source.picture(of: image).framed(size)
        let bytes = try FaceCollectionError.ofPicture(name) { () throws(ImageError) in try PNG.encode(picture) }
        do throws(AugmentationError) {
            try store(bytes, at: packer.pictureFile(slot.key))
        } catch {
            throw FaceCollectionError(.unreadable, name, "\(error)", remedy: "run again")
        }
        change(place) { slot in
            slot.tries = 1
            slot.stamp = stamp
            slot.state = .done
            slot.made = Slot.Made(
                digest: SampleSeed.digest(bytes), width: size, height: size, caption: other, instruction: caption,
                seed: seed, number: 0, scores: [:], code: "", pack: "")
        }
    }
}

extension BatchView {
    /// Whether nothing of it will happen any more.
    var isSettled: Bool { [.finished, .abandoned, .cancelled].contains(state) }
}

extension String? {
    /// The digest of an input that the store has, or else that of these bytes once it has them.
    fileprivate func orUpload(_ bytes: [UInt8], by desk: QueueDesk) async throws -> String {
        if let self { return self }
        return try await desk.upload(bytes)
    }
}
