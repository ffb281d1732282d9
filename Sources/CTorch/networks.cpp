// The layers of networks: convolution, pooling, resampling, normalisation, recurrence, losses.

#include "internal.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/ops/_pack_padded_sequence.h>
#include <ATen/ops/_pad_packed_sequence.h>
#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/lstm.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <ATen/ops/zeros.h>

using namespace ctorch;

namespace {

using Scales = std::optional<at::ArrayRef<double>>;

bool use_cudnn() { return at::globalContext().userEnabledCuDNN(); }

int64_t reduction_code(ct_reduction reduction) {
    switch (reduction) {
    case CT_REDUCE_NONE: return at::Reduction::None;
    case CT_REDUCE_MEAN: return at::Reduction::Mean;
    case CT_REDUCE_SUM: return at::Reduction::Sum;
    }
    unknown_operation(reduction);
}

at::Tensor resized(
    ct_resize_mode mode, const at::Tensor &x, at::IntArrayRef size, bool align_corners, bool antialias) {
    switch (mode) {
    case CT_NEAREST: return at::upsample_nearest2d(x, size, Scales());
    case CT_BILINEAR:
        return antialias ? at::_upsample_bilinear2d_aa(x, size, align_corners, Scales())
                         : at::upsample_bilinear2d(x, size, align_corners, Scales());
    case CT_BICUBIC:
        return antialias ? at::_upsample_bicubic2d_aa(x, size, align_corners, Scales())
                         : at::upsample_bicubic2d(x, size, align_corners, Scales());
    case CT_AREA: return at::adaptive_avg_pool2d(x, size);
    }
    unknown_operation(mode);
}

struct Recurrence {
    at::Tensor output;
    at::Tensor hidden;
};

/// Runs sequences of different lengths together. Packing wants the longest first, so rows are sorted and put back.
Recurrence packed_lstm(
    const at::Tensor &x, const at::Tensor &lengths, const Tensors &weights, int64_t layers, bool bidirectional,
    double dropout) {
    TORCH_CHECK(x.dim() == 3, "the input must be [N, T, D], not ", x.sizes());
    TORCH_CHECK(
        lengths.dim() == 1 && lengths.size(0) == x.size(0), "one length per row is needed, not ", lengths.sizes());
    const int64_t directions = bidirectional ? 2 : 1;
    TORCH_CHECK(
        layers > 0 && static_cast<int64_t>(weights.size()) == 4 * layers * directions, 4 * layers * directions,
        " weights are needed, not ", weights.size());

    const auto order = at::argsort(lengths, /*stable=*/true, 0, /*descending=*/true);
    const auto back = at::argsort(order);
    const auto sorted = x.index_select(0, order.to(x.device()));
    const auto [data, batch_sizes] = at::_pack_padded_sequence(sorted, lengths.index_select(0, order), true);

    const int64_t width = weights[1].size(1);
    const auto start = at::zeros({layers * directions, x.size(0), width}, x.options());
    const Tensors state = {start, start};
    const auto [packed, final_hidden, final_cell] = at::lstm(
        data, batch_sizes, state, weights, /*has_biases=*/true, layers, dropout, /*train=*/dropout > 0, bidirectional);
    const auto [padded, ignored] = at::_pad_packed_sequence(packed, batch_sizes, true, 0.0, x.size(1));

    const auto restore = back.to(x.device());
    const auto last = final_hidden.narrow(0, (layers - 1) * directions, directions);
    return {
        padded.index_select(0, restore),
        last.transpose(0, 1).reshape({x.size(0), directions * width}).index_select(0, restore),
    };
}

}  // namespace

int32_t ct_linear(ct_tensor **out, ct_tensor *x, ct_tensor *weight, ct_tensor *bias, ct_error *error) {
    return make(out, error, [&] { return at::linear(x->value, weight->value, optional(bias)); });
}

int32_t ct_convolution(
    ct_tensor **out, ct_tensor *x, ct_tensor *weight, ct_tensor *bias, const ptrdiff_t *stride,
    const ptrdiff_t *padding, const ptrdiff_t *dilation, const ptrdiff_t *output_padding, int32_t dimensions,
    ptrdiff_t groups, bool transposed, ct_error *error) {
    return make(out, error, [&] {
        return at::convolution(
            x->value, weight->value, optional(bias), sizes(stride, dimensions), sizes(padding, dimensions),
            sizes(dilation, dimensions), transposed, sizes(output_padding, dimensions), groups);
    });
}

int32_t ct_pool2d(
    ct_tensor **out, ct_pool_op op, ct_tensor *x, const ptrdiff_t *kernel, const ptrdiff_t *stride,
    const ptrdiff_t *padding, bool ceil, bool count_padding, ct_error *error) {
    return make(out, error, [&] {
        const auto size = sizes(kernel, 2), step = sizes(stride, 2), border = sizes(padding, 2);
        switch (op) {
        case CT_AVERAGE_POOL: return at::avg_pool2d(x->value, size, step, border, ceil, count_padding);
        case CT_MAX_POOL: return at::max_pool2d(x->value, size, step, border, {1, 1}, ceil);
        }
        unknown_operation(op);
    });
}

int32_t ct_adaptive_average_pool2d(
    ct_tensor **out, ct_tensor *x, ptrdiff_t height, ptrdiff_t width, ct_error *error) {
    return make(out, error, [&] { return at::adaptive_avg_pool2d(x->value, {height, width}); });
}

int32_t ct_resize2d(
    ct_tensor **out, ct_resize_mode mode, ct_tensor *x, ptrdiff_t height, ptrdiff_t width, bool align_corners,
    bool antialias, ct_error *error) {
    return make(out, error, [&] { return resized(mode, x->value, {height, width}, align_corners, antialias); });
}

int32_t ct_batch_norm(
    ct_tensor **out, ct_tensor *x, ct_tensor *weight, ct_tensor *bias, ct_tensor *running_mean,
    ct_tensor *running_variance, bool training, double momentum, double epsilon, ct_error *error) {
    return make(out, error, [&] {
        return at::batch_norm(
            x->value, optional(weight), optional(bias), optional(running_mean), optional(running_variance), training,
            momentum, epsilon, use_cudnn());
    });
}

int32_t ct_group_norm(
    ct_tensor **out, ct_tensor *x, ptrdiff_t groups, ct_tensor *weight, ct_tensor *bias, double epsilon,
    ct_error *error) {
    return make(out, error, [&] {
        return at::group_norm(x->value, groups, optional(weight), optional(bias), epsilon, use_cudnn());
    });
}

int32_t ct_layer_norm(
    ct_tensor **out, ct_tensor *x, int32_t axes, ct_tensor *weight, ct_tensor *bias, double epsilon,
    ct_error *error) {
    return make(out, error, [&] {
        const auto shape = x->value.sizes();
        TORCH_CHECK(axes > 0 && axes <= x->value.dim(), "cannot normalise ", axes, " axes of ", shape);
        const auto last = shape.slice(shape.size() - static_cast<size_t>(axes));
        return at::layer_norm(x->value, last, optional(weight), optional(bias), epsilon, use_cudnn());
    });
}

int32_t ct_adain(
    ct_tensor **out, ct_tensor *x, ct_tensor *scale, ct_tensor *shift, double epsilon, ct_error *error) {
    return make(out, error, [&] {
        const auto &value = x->value;
        TORCH_CHECK(value.dim() >= 3, "the input must be [N, C, ...], not ", value.sizes());
        const at::IntArrayRef wanted = value.sizes().slice(0, 2);
        TORCH_CHECK(
            scale->value.sizes() == wanted && shift->value.sizes() == wanted, "scale ", scale->value.sizes(),
            " and shift ", shift->value.sizes(), " must be ", wanted);
        // Each channel of each image is one channel of a batch of one: batch norm then is instance norm, and its
        // affine part the style.
        std::vector<int64_t> merged = value.sizes().slice(2).vec();
        merged.insert(merged.begin(), {1, wanted[0] * wanted[1]});
        const auto weight = scale->value.reshape({-1}).add(1), bias = shift->value.reshape({-1});
        const auto styled = at::batch_norm(
            value.reshape(merged), weight, bias, std::nullopt, std::nullopt, /*training=*/true, 0.0, epsilon,
            use_cudnn());
        return styled.view(value.sizes());
    });
}

int32_t ct_embedding(ct_tensor **out, ct_tensor *weight, ct_tensor *ids, ct_error *error) {
    return make(out, error, [&] { return at::embedding(weight->value, ids->value); });
}

int32_t ct_dropout(ct_tensor **out, ct_tensor *x, double p, uint64_t seed, ct_error *error) {
    return make(out, error, [&] {
        TORCH_CHECK(p >= 0 && p < 1, "dropout probability must be in [0, 1), but is ", p);
        const at::Generator generator = at::detail::createCPUGenerator(seed);
        const auto kept = at::empty(x->value.sizes(), x->value.options().device(at::kCPU)).bernoulli_(1 - p, generator);
        return x->value.mul(kept.div_(1 - p).to(x->value.device()));
    });
}

int32_t ct_attention(
    ct_tensor **out, ct_tensor *query, ct_tensor *key, ct_tensor *value, ct_tensor *mask, bool causal,
    ct_error *error) {
    return make(out, error, [&] {
        return at::scaled_dot_product_attention(
            query->value, key->value, value->value, optional(mask), 0.0, causal);
    });
}

int32_t ct_lstm(
    ct_tensor **output, ct_tensor **hidden, ct_tensor *x, ct_tensor *lengths, ct_tensor *const *weights,
    int32_t weight_count, int32_t layers, bool bidirectional, double dropout, ct_error *error) {
    return guarded(error, [&] {
        auto result = packed_lstm(
            x->value, lengths->value, tensors(weights, weight_count), layers, bidirectional, dropout);
        auto first = std::make_unique<ct_tensor>(std::move(result.output));
        auto second = std::make_unique<ct_tensor>(std::move(result.hidden));
        *output = first.release();
        *hidden = second.release();
    });
}

int32_t ct_cross_entropy(
    ct_tensor **out, ct_tensor *logits, ct_tensor *target, ct_tensor *weight, ct_reduction reduction,
    double smoothing, ct_error *error) {
    return make(out, error, [&] {
        return at::cross_entropy_loss(
            logits->value, target->value, optional(weight), reduction_code(reduction), -100, smoothing);
    });
}

int32_t ct_binary_cross_entropy(
    ct_tensor **out, ct_tensor *logits, ct_tensor *target, ct_tensor *weight, ct_tensor *positive_weight,
    ct_reduction reduction, ct_error *error) {
    return make(out, error, [&] {
        return at::binary_cross_entropy_with_logits(
            logits->value, target->value, optional(weight), optional(positive_weight), reduction_code(reduction));
    });
}
