/// At which size a network trains when: small pictures first, where a step costs little and large shapes are learnt.
///
/// The first share of all steps is divided evenly among the sizes below the last one. At the beginning of each new size
/// the finer picture is faded in over the coarser one.
///
/// Source: Karras et al., "Progressive growing of GANs", 2018, section 2.
struct NetworkGrowth: Sendable, Equatable {
    /// Side of the first pictures in pixels.
    let first: Int
    /// Side of the last pictures in pixels.
    let last: Int
    /// Steps at each size but the last.
    private let phase: Int
    /// Of those, how many fade the finer picture in.
    private let fading: Int

    /// How a step is drawn.
    struct Stage: Equatable {
        /// Side of the pictures in pixels.
        let side: Int
        /// Share of the finest layers in the picture, above 0; 1 where nothing fades.
        let presence: Double
    }

    /// - Parameters:
    ///   - first: side of the first pictures; `last` for no growth.
    ///   - last: side of the last ones.
    ///   - steps: of the whole stage.
    ///   - share: of the steps for sizes below the last.
    ///   - fade: share of a size's first steps in which it fades in.
    init(first: Int, last: Int, steps: Int, share: Double, fade: Double) {
        (self.first, self.last) = (min(first, last), last)
        let sizes = last.trailingZeroBitCount - self.first.trailingZeroBitCount
        phase = sizes == 0 ? 0 : Int(Double(steps) * share) / sizes
        fading = Int(Double(phase) * fade)
    }

    /// The sides in pixels, ascending.
    var sides: [Int] { (first.trailingZeroBitCount...last.trailingZeroBitCount).map { 1 << $0 } }

    /// What a step trains.
    func stage(at step: Int) -> Stage {
        guard phase > 0 else { return Stage(side: last, presence: 1) }
        let number = min(step / phase, sides.count - 1)
        let within = step - number * phase
        let presence = number > 0 && within < fading ? Double(within + 1) / Double(fading + 1) : 1
        return Stage(side: sides[number], presence: presence)
    }
}
