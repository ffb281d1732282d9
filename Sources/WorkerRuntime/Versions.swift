/// Versions of the parts that make a picture.
package enum Versions {
    /// Version of this program.
    package static let tedi = "0.1.0"

    /// What manifests record.
    package static let all = ["tedi": tedi]
}
