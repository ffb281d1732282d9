// Own kernels on the threads of LibTorch.

#pragma once

#include <cstdint>
#include <functional>

namespace ctorch {

/// Runs `body` for 0 up to `count` on as many threads as LibTorch uses, each number on whichever thread is free; `body`
/// also gets `scratch` floats of its thread's own. What `body` throws first is thrown here.
///
/// LibTorch's own `at::parallel_for` is written out in its headers with OpenMP's pragmas, so in code that is compiled
/// without OpenMP it is a plain loop.
void parallel(int64_t count, int64_t scratch, const std::function<void(int64_t, float *)> &body);

}  // namespace ctorch
