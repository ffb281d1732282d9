/// Images that are others by now than those that samples were made of.
package struct ChangedImages: Codable, Sendable, Equatable {
    /// How many there are.
    package internal(set) var images = 0
    /// The samples that were made of them as they were before.
    package internal(set) var samples = 0
    /// What the first of them are called.
    package internal(set) var names: [String] = []

    /// The first of them, and that there are more.
    package var text: String { names.joined(separator: ", ") + (images > names.count ? ", …" : "") }
}

/// Compares the images of the data sets with what samples say that they were made of.
///
/// A file is read only where it has as many bytes as before and another time, and once at most.
struct ChangeWatch {
    private static let shownNames = 3

    private(set) var found = ChangedImages()

    private let sources: [any FaceSource]
    private let places: [[String: Int]]
    private let parts: [String: FacePart]
    private var changed: Set<Place> = []
    private var digests: [Place: Known] = [:]
    /// Samples of one image follow each other, so that its files are not asked for each.
    private var last: (place: Place, look: SourceLook?)?

    private struct Place: Hashable {
        let dataset: Int
        let image: Int
        let part: FacePart?
    }

    private struct Known {
        let look: SourceLook
        let digest: String?
    }

    init(_ recipe: Recipe, _ sources: [any FaceSource], places: [[String: Int]]) {
        self.sources = sources
        self.places = places
        parts = Dictionary(
            recipe.policies.compactMap { policy in policy.ground.map { (policy.name, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// Begins anew; what was read is kept.
    mutating func restart() {
        found = ChangedImages()
        changed = []
        last = nil
    }

    /// Looks whether a sample's image is the one that it was made of, or is being made of.
    mutating func observe(_ slot: Slot, policy: String) {
        guard let stamp = slot.stamp, slot.made != nil || (slot.state == .waiting && slot.input != nil),
            let image = places[slot.dataset][slot.image]
        else { return }
        let place = Place(dataset: slot.dataset, image: image, part: parts[policy])
        guard isOther(place, than: stamp) else { return }
        found.samples += 1
        guard changed.insert(Place(dataset: place.dataset, image: image, part: nil)).inserted else { return }
        found.images += 1
        guard found.names.count < Self.shownNames else { return }
        let name = sources[place.dataset].name(of: image)
        found.names.append(place.part.map { "\($0.noun) of \(name)" } ?? name)
    }

    private mutating func isOther(_ place: Place, than stamp: SourceStamp) -> Bool {
        // One that is gone is told where it is needed.
        guard let look = look(of: place), look != stamp.look else { return false }
        guard look.bytes == stamp.look.bytes else { return true }
        return digest(of: place, look).map { $0 != stamp.digest } ?? false
    }

    private mutating func look(of place: Place) -> SourceLook? {
        if let last, last.place == place { return last.look }
        let look = sources[place.dataset].look(of: place.image, place.part)
        last = (place, look)
        return look
    }

    private mutating func digest(of place: Place, _ look: SourceLook) -> String? {
        if let known = digests[place], known.look == look { return known.digest }
        let digest = sources[place.dataset].digest(of: place.image, place.part)
        digests[place] = Known(look: look, digest: digest)
        return digest
    }
}
