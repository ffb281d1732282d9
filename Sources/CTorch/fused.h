// What own kernels' callers share.

#pragma once

#include <functional>

#include "internal.h"

#include "kernels/winograd.h"

namespace ctorch {

constexpr auto channels_last = at::MemoryFormat::ChannelsLast;

/// Pixels [N, C, H, W] on the CPU as the kernels take them.
at::Tensor prepared(const at::Tensor &x, const char *what, bool may_be_bfloat16 = false);

/// A gradient as the kernels take it, and whether nobody else holds it, so that it may be written over.
struct Gradient {
    at::Tensor value;
    bool is_own;

    explicit Gradient(at::Tensor &&given) : value(given.contiguous(channels_last)) {
        is_own = !value.is_same(given) || (given.use_count() == 2 && given.storage().use_count() == 1);
        given.reset();
    }
};

inline const float *data(const std::optional<at::Tensor> &x) { return x ? x->const_data_ptr<float>() : nullptr; }

/// What goes into a convolution besides pixels and packed weights.
struct Filter {
    int64_t outputs;
    double slope = 1;
    /// Whether the packed weights are for the adjoint.
    bool is_adjoint = false;
    bool unshuffles = false;
    bool shuffles = false;
    std::optional<at::Tensor> bias = std::nullopt;
    /// [2, N, C]: what pixels are multiplied by, and what is added, first.
    std::optional<at::Tensor> affine = std::nullopt;
};

/// Convolves. `finish` may add to the problem, which has all but the output's address, before it runs.
at::Tensor convolved(
    const at::Tensor &x, const at::Tensor &weights, const Filter &filter,
    const std::function<void(winograd::Problem &)> &finish = {});

}  // namespace ctorch
