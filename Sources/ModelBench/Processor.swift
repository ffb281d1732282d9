import Foundation

/// What this machine's processor has.
enum Processor {
    /// Whether it multiplies bfloat16.
    static var hasBFloat16: Bool {
        (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.contains("avx512_bf16") ?? false
    }
}
