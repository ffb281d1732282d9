/// The variables that daemons take over from whoever starts them.
package enum DaemonEnvironment {
    private static let names: Set<String> = ["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "LIBTORCH"]
    private static let prefixes = ["TEDI_", "CUDA_", "NVIDIA_", "OMP_", "MKL_", "TORCH_", "SWIFT_BACKTRACE"]

    /// What people say to a coordinator; daemons have no use for it.
    private static let secrets: Set<String> = ["TEDI_API_KEY"]

    /// What belongs to Tedi and to computing; not the rest, which may hold secrets of other programs.
    package static func inherited(_ environment: [String: String]) -> [String: String] {
        environment.filter { variable in
            guard !secrets.contains(variable.key) else { return false }
            return names.contains(variable.key) || prefixes.contains { variable.key.hasPrefix($0) }
        }
    }
}
