import ArgumentParser

/// `tedi doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says what is wrong on this machine and how to mend it; changes nothing.",
        discussion: """
            Looks at programs and their versions, LibTorch, the model pack, the disk, the port, the private stack, and \
            the coordinator with its database. Exit status 1 if something has failed. Root looks as the user that \
            owns the stack.

            Example:
              tedi doctor
              tedi doctor --output json | jq '.[] | select(.state == "failed")'
            """)

    @Option(help: ArgumentHelp("Model pack to look at [TEDI_PACK].", valueName: "folder"))
    var pack: String?

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = Console.current
        let environment = console.environment
        let folder = try connection.state.folder()
        let isNamed =
            connection.api != nil
            || connection.state.path == nil && environment["TEDI_API"].map { !$0.isEmpty } ?? false
        let api = isNamed ? try connection.address() : StackNote.read(from: folder)?.address
        console.progress("looking …")
        // Root alone sees who has the port; the stack's own user sees its processes best.
        let owner = Ports.owner(of: StackOptions.usualPort)
        try UnprivilegedUser.becomeOwner(of: folder)
        let checks = await Doctor(
            folder: folder, api: api, apiKey: try connection.apiKey(), pack: pack, environment: environment,
            portOwner: owner
        ).run()
        if output.format == .table {
            show(checks, on: console)
        } else {
            try console.printJSON(list: checks, format: output.format)
        }
        let failed = checks.count { $0.state == .failed }
        guard failed == 0 else {
            throw CommandError.failed("\(failed == 1 ? "1 check has" : "\(failed) checks have") failed")
        }
    }

    private func show(_ checks: [Check], on console: Console) {
        let width = checks.map(\.name.count).max() ?? 0
        for check in checks {
            let ink: Ink =
                switch check.state {
                case .ok: .green
                case .warning: .yellow
                case .failed: .red
                case .skipped: .faint
                }
            let state = check.state.rawValue
            let space = String(repeating: " ", count: width - check.name.count)
            let padding = String(repeating: " ", count: Check.State.warning.rawValue.count - state.count)
            console.print("\(console.paint(state, ink))\(padding)  \(check.name)\(space)  \(check.found)")
            if let remedy = check.remedy {
                console.print(String(repeating: " ", count: width + 11) + remedy)
            }
        }
    }
}
