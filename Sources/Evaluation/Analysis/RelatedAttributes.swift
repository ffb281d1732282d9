import FaceData

/// Attributes of rendered faces that cannot be changed one without the other: two colours of hair, two builds of a face,
/// a bald head and a fringe.
public enum RelatedAttributes {
    /// Whether two attributes are drawn by a feature that both own; names that the renderer does not know share none.
    public static func share(features first: String, _ second: String) -> Bool {
        let mine = Set(FaceFeatures.group(named: first)?.indices ?? [])
        return !mine.isDisjoint(with: FaceFeatures.group(named: second)?.indices ?? [])
    }
}
