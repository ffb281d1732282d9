import ArgumentParser
import Jobs

/// Which column of a table, or which member of JSON lines, gives what; an empty name says that none does.
struct ColumnOptions: ParsableArguments {
    @Option(
        name: [.customLong("caption-column"), .customLong("column")],
        help: ArgumentHelp("Column of the captions. (default: caption, text, prompt or description)", valueName: "name")
    )
    var caption: String?

    @Option(name: .customLong("id-column"), help: "Column of your own names for the lines. (default: custom_id)")
    var id: String?

    @Option(name: .customLong("seed-column"), help: "Column of the seeds. (default: seed)")
    var seed: String?

    @Option(
        name: .customLong("photo-column"),
        help: "Column of photos: paths, or names of artifacts. (default: photo, image, picture or file_name)")
    var photo: String?

    @Option(name: .customLong("sketch-column"), help: "Column of sketches. (default: sketch)")
    var sketch: String?

    @Option(name: .customLong("labels-column"), help: "Column of label maps. (default: labels, label_map or mask)")
    var labels: String?

    @Option(name: .customLong("code-column"), help: "Column of latent codes. (default: code)")
    var code: String?

    @Option(
        name: .customLong("sources-column"),
        help: "Column of sources, separated by semicolons. (default: sources, or source_1, source_2 and so on)")
    var sources: String?

    @Option(
        name: .customLong("option-column"),
        help: ArgumentHelp(
            "Column of an option, such as strength=intensity; repeat for more. (default: the option's name)",
            valueName: "option=name"))
    var options: [String] = []

    /// The names that were given; empty ones turn a column off.
    func names() throws(ValidationError) -> [ItemField: String] {
        var names: [ItemField: String] = [:]
        names[.caption] = caption
        names[.customID] = id
        names[.seed] = seed
        names[.input(.photo)] = photo
        names[.input(.sketch)] = sketch
        names[.input(.labels)] = labels
        names[.input(.code)] = code
        names[.input(.sources)] = sources
        for text in options {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let option = parts.first.flatMap { name in JobOptions.Field.columns.first { $0.rawValue == name } }
            guard parts.count == 2, let option else {
                let known = JobOptions.Field.columns.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--option-column is an option=column; the options are \(known)")
            }
            names[.option(option)] = parts[1]
        }
        let given = names.values.filter { !$0.isEmpty }
        guard Set(given).count == given.count else {
            throw ValidationError("one column cannot give two things; look at the --…-column flags")
        }
        return names
    }
}
