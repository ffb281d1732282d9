/// Versions of the parts that make a picture.
enum Versions {
    /// Version of this program.
    static let tedi = "0.1.0"

    /// What manifests record.
    static let all = ["tedi": tedi]
}
