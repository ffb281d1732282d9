// What follows a convolution in the synthesis network, with its gradient; and both as one, for running only: then the
// normalisation is left to whoever reads the pixels. Pixels are stored channels last, on the CPU.

#include "fused.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels/styled.h"
#include "parallel.h"

using namespace ctorch;
using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

namespace {

struct Moments {
    at::Tensor mean, inverse_deviation;
};

template <class Body> void for_strips(const styled::Problem &problem, Body body) {
    parallel(problem.images * problem.strips(), 0, [&](int64_t i, float *) {
        body(i / problem.strips(), i % problem.strips(), i);
    });
}

styled::Problem problem(
    const at::Tensor &x, const std::optional<at::Tensor> &noise, const at::Tensor &noise_weight,
    const at::Tensor &bias, double slope, double epsilon, bool blurs) {
    const int64_t channels = x.size(1);
    TORCH_CHECK(
        noise_weight.numel() == channels && bias.numel() == channels, "noise weight and bias must be [", channels, "]");
    TORCH_CHECK(
        !noise || (noise->numel() % (x.size(2) * x.size(3)) == 0 && (noise->size(0) == 1 || noise->size(0) == x.size(0))),
        "the noise must be [1 or N, 1, H, W]");
    return {
        .images = x.size(0),
        .height = x.size(2),
        .width = x.size(3),
        .channels = channels,
        .noise = data(noise),
        .noise_images = noise ? noise->size(0) : 1,
        .noise_weight = noise_weight.const_data_ptr<float>(),
        .bias = bias.const_data_ptr<float>(),
        .slope = static_cast<float>(slope),
        .epsilon = static_cast<float>(epsilon),
        .blurs = blurs,
        .bfloat16 = x.scalar_type() == at::kBFloat16,
    };
}

/// Pixels to which nothing is added.
styled::Problem plain(const at::Tensor &x) {
    styled::Problem p{};
    p.images = x.size(0);
    p.height = x.size(2);
    p.width = x.size(3);
    p.channels = x.size(1);
    p.noise_images = 1;
    p.bfloat16 = x.scalar_type() == at::kBFloat16;
    return p;
}

/// Moments from sums of `parts` of each image, [N][parts][2][C].
template <class Sum> Moments moments(const styled::Problem &p, const Sum *sums, int64_t parts) {
    const auto options = at::TensorOptions().dtype(at::kFloat);
    Moments result{at::empty({p.images, p.channels}, options), at::empty({p.images, p.channels}, options)};
    for (int64_t image = 0; image < p.images; ++image) {
        styled::moments(
            p, sums + image * parts * 2 * p.channels, parts,
            result.mean.mutable_data_ptr<float>() + image * p.channels,
            result.inverse_deviation.mutable_data_ptr<float>() + image * p.channels);
    }
    return result;
}

at::Tensor kept_edges(const styled::Problem &p, const at::Tensor &x) {
    auto edges = at::empty({p.images, p.strips(), 2, p.width, p.channels}, x.options());
    for_strips(p, [&](int64_t image, int64_t strip, int64_t) {
        styled::keep_edges(p, x.const_data_ptr(), edges.mutable_data_ptr(), image, strip);
    });
    return edges;
}

/// Activations before the normalisation, and their moments. `h` may be `x`.
Moments activate(const styled::Problem &p, const at::Tensor &x, const at::Tensor &h) {
    const auto sums = at::empty({p.images * p.strips(), 2, p.channels}, x.options().dtype(at::kDouble));
    double *const all = sums.mutable_data_ptr<double>();
    const auto edges = p.blurs ? kept_edges(p, x) : at::Tensor();
    for_strips(p, [&](int64_t image, int64_t strip, int64_t i) {
        styled::activate(
            p, x.const_data_ptr(), p.blurs ? edges.const_data_ptr() : nullptr, h.mutable_data_ptr(), image, strip,
            all + i * 2 * p.channels);
    });
    return moments(p, all, p.strips());
}

/// (h - mean) / deviation * (scale + 1) + shift as factors and terms, [2, N, C].
at::Tensor affine(
    const styled::Problem &p, const Moments &moments, const at::Tensor &scale, const at::Tensor &shift) {
    auto result = at::empty({2, p.images, p.channels}, moments.mean.options());
    const auto scales = scale.contiguous(), shifts = shift.contiguous();
    float *const factors = result.mutable_data_ptr<float>();
    for (int64_t image = 0; image < p.images; ++image) {
        const int64_t at = image * p.channels;
        styled::affine(
            p, moments.mean.const_data_ptr<float>() + at, moments.inverse_deviation.const_data_ptr<float>() + at,
            scales.const_data_ptr<float>() + at, shifts.const_data_ptr<float>() + at, factors + at,
            factors + p.images * p.channels + at);
    }
    return result;
}

void normalise(const styled::Problem &p, const at::Tensor &h, const at::Tensor &y, const at::Tensor &affine) {
    const float *const factors = affine.const_data_ptr<float>();
    for_strips(p, [&](int64_t image, int64_t strip, int64_t) {
        const float *const factor = factors + image * p.channels;
        styled::normalise(
            p, h.const_data_ptr(), y.mutable_data_ptr(), image, strip, factor, factor + p.images * p.channels);
    });
}

struct Styled : torch::autograd::Function<Styled> {
    static Variable forward(
        AutogradContext *context, const Variable &given, const Variable &scale, const Variable &shift,
        const std::optional<at::Tensor> &noise, const at::Tensor &noise_weight, const at::Tensor &bias, double slope,
        double epsilon, bool blurs, bool overwrites) {
        const auto x = prepared(given, "the input");
        const auto p = problem(x, noise, noise_weight, bias, slope, epsilon, blurs);
        // Nobody has kept a convolution's output for a gradient of its own.
        const auto h = overwrites || !x.is_same(given) ? x.detach() : at::empty_like(x);
        const auto y = at::empty_like(x);
        const auto moments = activate(p, x, h);
        const auto scales = scale.contiguous();
        normalise(p, h, y, affine(p, moments, scales, shift));
        context->save_for_backward({h, moments.mean, moments.inverse_deviation, scales, noise_weight, bias});
        context->saved_data["slope"] = slope;
        context->saved_data["epsilon"] = epsilon;
        context->saved_data["blurs"] = blurs;
        return y;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto &h = saved[0], &mean = saved[1], &inverse = saved[2], &scale = saved[3];
        const auto p = problem(
            h, std::nullopt, saved[4], saved[5], context->saved_data["slope"].toDouble(),
            context->saved_data["epsilon"].toDouble(), context->saved_data["blurs"].toBool());
        const Gradient gradient(std::move(gradients[0]));
        const auto &g = gradient.value;
        const auto sums = at::empty({p.images, p.strips(), 2, p.channels}, h.options().dtype(at::kDouble));
        for_strips(p, [&](int64_t image, int64_t strip, int64_t i) {
            const int64_t at = image * p.channels;
            styled::gradient_sums(
                p, h.const_data_ptr<float>(), g.const_data_ptr<float>(), image, strip,
                mean.const_data_ptr<float>() + at, inverse.const_data_ptr<float>() + at,
                sums.mutable_data_ptr<double>() + i * 2 * p.channels);
        });
        const auto totals = sums.sum(1);  // [N, 2, C]
        const auto before = gradient.is_own ? g : at::empty_like(h);
        for_strips(p, [&](int64_t image, int64_t strip, int64_t) {
            const int64_t at = image * p.channels;
            styled::gradient(
                p, h.const_data_ptr<float>(), g.const_data_ptr<float>(), before.mutable_data_ptr<float>(), image,
                strip, mean.const_data_ptr<float>() + at, inverse.const_data_ptr<float>() + at,
                scale.const_data_ptr<float>() + at, totals.const_data_ptr<double>() + 2 * at);
        });
        if (p.blurs) {
            const auto edges = kept_edges(p, before);
            for_strips(p, [&](int64_t image, int64_t strip, int64_t) {
                float *const pixels = before.mutable_data_ptr<float>();
                styled::blur(p, pixels, edges.const_data_ptr(), pixels, image, strip);
            });
        }
        const auto small = totals.to(at::kFloat);
        return {before, small.select(1, 1), small.select(1, 0), {}, {}, {}, {}, {}, {}, {}};
    }
};

}  // namespace

int32_t ct_styled(
    ct_tensor **out, ct_tensor *x, ct_tensor *scale, ct_tensor *shift, ct_tensor *noise, ct_tensor *noise_weight,
    ct_tensor *bias, double slope, double epsilon, bool blurs, bool overwrites, ct_error *error) {
    return make(out, error, [&] {
        const auto &weight = noise_weight->value, &offset = bias->value;
        const auto maps = noise == nullptr ? std::nullopt : std::optional(noise->value.contiguous());
        const at::IntArrayRef wanted = x->value.sizes().slice(0, 2);
        TORCH_CHECK(
            scale->value.sizes() == wanted && shift->value.sizes() == wanted, "scale ", scale->value.sizes(),
            " and shift ", shift->value.sizes(), " must be ", wanted);
        const bool differentiates = at::GradMode::is_enabled()
            && (x->value.requires_grad() || scale->value.requires_grad() || shift->value.requires_grad());
        if (differentiates) {
            return Styled::apply(
                x->value, scale->value, shift->value, maps, weight, offset, slope, epsilon, blurs, overwrites);
        }
        const auto input = prepared(x->value, "the input", true);
        const auto p = problem(input, maps, weight, offset, slope, epsilon, blurs);
        // A copy that `prepared` has made, or the caller's pixels where they may be written over.
        const bool own = !input.is_same(x->value) || overwrites;
        const auto h = own ? input : at::empty_like(input);
        normalise(p, h, h, affine(p, activate(p, input, h), scale->value, shift->value));
        return h;
    });
}

int32_t ct_styled_filter(
    ct_tensor **out, ct_tensor **out_affine, ct_tensor *x, ct_tensor *x_affine, ct_tensor *weights, ptrdiff_t outputs,
    bool doubles, ct_tensor *scale, ct_tensor *shift, ct_tensor *noise, ct_tensor *noise_weight, ct_tensor *bias,
    double slope, double epsilon, ct_error *error) {
    return guarded(error, [&] {
        const at::NoGradGuard no_grad;
        const auto maps = noise == nullptr ? std::nullopt : std::optional(noise->value.contiguous());
        const int64_t channels = doubles ? outputs / 4 : outputs;
        TORCH_CHECK(
            scale->value.numel() == x->value.size(0) * channels && shift->value.numel() == scale->value.numel(),
            "scale ", scale->value.sizes(), " and shift ", shift->value.sizes(), " must be [", x->value.size(0), ", ",
            channels, "]");
        const Filter filter{
            .outputs = outputs,
            .slope = doubles ? 1 : slope,
            .shuffles = doubles,
            .bias = doubles ? std::nullopt : optional(bias),
            .affine = optional(x_affine),
        };
        at::Tensor pixels, factors;
        if (doubles) {
            // The blur needs its neighbours' sums, so it is a pass of its own.
            const auto raw = convolved(x->value, weights->value, filter);
            pixels = raw;
            const auto p = problem(raw, maps, noise_weight->value, bias->value, slope, epsilon, true);
            factors = affine(p, activate(p, raw, pixels), scale->value, shift->value);
        } else {
            at::Tensor sums;
            int64_t parts = 0;
            pixels = convolved(x->value, weights->value, filter, [&](winograd::Problem &p) {
                parts = p.groups_per_image();
                sums = at::empty({p.groups(), 2, channels}, at::TensorOptions().dtype(at::kFloat));
                p.sums = sums.mutable_data_ptr<float>();
                p.noise = data(maps);
                p.noise_images = maps ? maps->size(0) : 1;
                p.noise_weight = noise_weight->value.const_data_ptr<float>();
            });
            const auto p = problem(pixels, maps, noise_weight->value, bias->value, slope, epsilon, false);
            factors = affine(p, moments(p, sums.const_data_ptr<float>(), parts), scale->value, shift->value);
        }
        *out = new ct_tensor(std::move(pixels));
        *out_affine = new ct_tensor(std::move(factors));
    });
}

int32_t ct_affine(ct_tensor **out, ct_tensor *x, ct_tensor *factors, ct_error *error) {
    return make(out, error, [&] {
        const at::NoGradGuard no_grad;
        const auto input = prepared(x->value, "the input", true);
        const auto p = plain(input);
        TORCH_CHECK(factors->value.numel() == 2 * p.images * p.channels, "factors and terms must be [2, N, C]");
        auto y = at::empty_like(input);
        normalise(p, input, y, factors->value);
        return y;
    });
}

int32_t ct_project(
    ct_tensor **out, ct_tensor *x, ct_tensor *x_affine, ct_tensor *weight, ct_tensor *bias, ct_error *error) {
    return make(out, error, [&] {
        const at::NoGradGuard no_grad;
        const auto input = prepared(x->value, "the input", true);
        const auto p = plain(input);
        const int64_t outputs = weight->value.size(0);
        TORCH_CHECK(weight->value.numel() == outputs * p.channels, "the weight must be [outputs, ", p.channels, "]");
        TORCH_CHECK(bias->value.numel() == outputs, "the bias must be [", outputs, "]");
        // Factor and term of each channel move into weight and bias of each image.
        const auto flat = weight->value.reshape({1, outputs, p.channels});
        auto weights = flat, biases = bias->value.reshape({1, outputs});
        if (x_affine != nullptr) {
            const auto both = x_affine->value.view({2, p.images, p.channels});
            weights = flat.mul(both.select(0, 0).unsqueeze(1));
            biases = biases.add(flat.mul(both.select(0, 1).unsqueeze(1)).sum(2));
        }
        weights = weights.expand({p.images, outputs, p.channels}).contiguous();
        biases = biases.expand({p.images, outputs}).contiguous();
        auto y = at::empty({p.images, outputs, p.height, p.width}, weights.options());
        for_strips(p, [&](int64_t image, int64_t strip, int64_t) {
            styled::project(
                p, input.const_data_ptr(), weights.const_data_ptr<float>() + image * outputs * p.channels,
                biases.const_data_ptr<float>() + image * outputs, outputs, y.mutable_data_ptr<float>(), image, strip);
        });
        return y;
    });
}
