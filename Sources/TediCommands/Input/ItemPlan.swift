package import Jobs

/// How the lines of a file become items: what kind of work they are, which column gives what, and what every line has
/// that says nothing else.
package struct ItemPlan: Sendable {
    /// What is done with each line.
    package var kind = JobKind.generate
    /// What all lines choose.
    package var options = JobOptions.none
    /// Names of columns, where they are not those of the fields; an empty one says that there is none.
    package var columns: [ItemField: String] = [:]
    /// What the command line gives to every line that has none of its own.
    var defaults = ItemDraft()

    /// A plan for captions.
    package init(kind: JobKind = .generate, columns: [ItemField: String] = [:], options: JobOptions = .none) {
        self.kind = kind
        self.columns = columns
        self.options = options
    }

    /// The inputs that the kind takes from files.
    var roles: [InputRole] {
        InputRole.allCases.filter { role in kind.inputs.contains { $0.rawValue == role.rawValue } }
    }

    /// What a line of plain text gives: the caption, or the input of a kind that reads none.
    var lineField: ItemField {
        switch kind {
        case .invert: .input(.photo)
        case .mix, .interpolate: .input(.sources)
        case .evaluate: .input(.index)
        case .generate, .manipulate, .optimize, .drill, .longDrill: .caption
        }
    }

    /// The fields that columns are looked for.
    var fields: [ItemField] {
        let options = JobOptions.Field.columns.filter(kind.options.contains)
        return [.caption, .customID, .seed] + roles.map(ItemField.input) + options.map(ItemField.option)
    }

    /// Whether a table without a column of captions makes no sense.
    func needsCaption(besides fields: some Sequence<ItemField>) -> Bool {
        guard lineField == .caption, defaults.caption == nil else { return false }
        switch kind {
        case .generate, .optimize:
            return defaults.inputs.isEmpty && !fields.contains { if case .input = $0 { true } else { false } }
        default: return true
        }
    }
}
