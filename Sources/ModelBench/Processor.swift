import Foundation

/// What this machine's processor has.
enum Processor {
    /// Why there is no figure in bfloat16 here, or that there is none yet.
    static var bfloat16: String {
        let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        return information.contains("avx512_bf16")
            ? "not built" : "this CPU has no AVX512-BF16"
    }
}
