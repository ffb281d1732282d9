// Settings of the process: threads, seeds, numerics.

#include "internal.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <cstdlib>

using namespace ctorch;

std::atomic<int64_t> ct_tensor::live{0};

int32_t ct_thread_count(void) { return at::get_num_threads(); }

void ct_set_thread_count(int32_t count) { at::set_num_threads(count < 1 ? 1 : count); }

int64_t ct_live_tensor_count(void) { return ct_tensor::live.load(std::memory_order_relaxed); }

bool ct_has_cuda(void) { return at::hasCUDA(); }

int32_t ct_cuda_count(void) {
    if (!at::hasCUDA()) {
        return 0;
    }
    const c10::impl::VirtualGuardImpl guard(at::kCUDA);
    return static_cast<int32_t>(guard.deviceCount());
}

int32_t ct_synchronize(ct_device which, ct_error *error) {
    return guarded(error, [&] {
        if (which.kind == CT_CUDA) {
            const c10::impl::VirtualGuardImpl guard(at::kCUDA);
            guard.synchronizeDevice(static_cast<c10::DeviceIndex>(which.index));
        }
    });
}

int32_t ct_set_numerics(bool tf32, bool benchmark, bool deterministic, ct_error *error) {
    return guarded(error, [&] {
        auto &context = at::globalContext();
        context.setAllowTF32CuBLAS(tf32);
        context.setAllowTF32CuDNN(tf32);
        context.setBenchmarkCuDNN(benchmark);
        context.setDeterministicCuDNN(deterministic);
        context.setDeterministicAlgorithms(deterministic, /*warn_only=*/true);
    });
}

void ct_error_clear(ct_error *error) {
    std::free(error->message);
    error->message = nullptr;
    error->code = 0;
}
