internal import CTorch

/// Settings and counters of the LibTorch that this process runs.
///
/// Every operation of this module blocks its thread until the work is done (or, on a GPU, queued). Confine a model to
/// one executor with a thread of its own; never run it on the cooperative pool. Each thread that calls in has its own
/// team of worker threads, so two callers compete for the same cores.
public enum Torch {
    /// Takes over the memory of tensors: large blocks that are set free wait for the next of their size.
    ///
    /// Call it once, first thing in `main`. Every creation of a tensor also calls it, after which it does nothing.
    public static func configure() {
        ct_configure_allocator()
    }

    /// Runs `body` with memory given back to the kernel as soon as it is set free.
    ///
    /// For loading and folding weights, which leave behind what nothing asks for again.
    public static func sparingMemory<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        ct_spare_memory(true)
        defer { ct_spare_memory(false) }
        return try body()
    }

    /// What the large blocks of memory that tensors on the CPU are made of are used for, in bytes.
    public struct Memory: Sendable, Hashable {
        /// Held by tensors other than weights.
        public let passing: Int
        /// Waiting for the next tensor of their size.
        public let waiting: Int
        /// Held by tensors beyond what they need.
        public let spare: Int
        /// How much may wait and be spare together.
        public let limit: Int
    }

    /// How memory stands right now.
    public static var memory: Memory {
        let state = ct_memory_state()
        return Memory(
            passing: Int(state.passing), waiting: Int(state.waiting), spare: Int(state.spare), limit: Int(state.limit))
    }

    /// Number of threads that one operation may use.
    ///
    /// Set it on the thread that runs the model, before its first operation.
    public static var threadCount: Int {
        get { Int(ct_thread_count()) }
        set { ct_set_thread_count(Int32(clamping: newValue)) }
    }

    /// Number of tensor handles alive in this process; returns to its old value when nothing leaks.
    public static var liveTensorCount: Int { Int(ct_live_tensor_count()) }

    /// Whether this LibTorch can see a CUDA device.
    public static var hasCUDA: Bool { ct_has_cuda() }

    /// Number of CUDA devices.
    public static var cudaDeviceCount: Int { Int(ct_cuda_count()) }

    /// Waits until everything queued on `device` is done; returns at once for the CPU.
    ///
    /// - Throws: `TorchError` with the fault of an operation that was queued before.
    public static func synchronize(_ device: Device) throws(TorchError) {
        try unsafe perform("synchronize", []) { failure in unsafe ct_synchronize(device.code, failure) }
    }

    /// Chooses between speed and exact repetition on CUDA devices.
    ///
    /// - Parameters:
    ///   - allowTF32: whether matrix products and convolutions may round their float32 inputs to 10 bits.
    ///   - benchmark: whether cuDNN tries its algorithms on first use of a shape and keeps the fastest.
    ///   - deterministic: whether only algorithms that repeat bit for bit are used, where there are such.
    /// - Throws: `TorchError` if LibTorch refuses.
    public static func setNumerics(
        allowTF32: Bool = false, benchmark: Bool = false, deterministic: Bool = false
    ) throws(TorchError) {
        try unsafe perform("setNumerics", []) { failure in
            unsafe ct_set_numerics(allowTF32, benchmark, deterministic, failure)
        }
    }
}
