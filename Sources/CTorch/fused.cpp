// Own kernels for the networks' commonest steps, with their gradients: convolution by minimal filtering, and what
// follows a convolution in the synthesis network. Single precision on the CPU, pixels stored channels last.

#include "internal.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/leaky_relu_backward.h>
#include <ATen/ops/threshold_backward.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels/styled.h"
#include "kernels/winograd.h"
#include "parallel.h"

using namespace ctorch;
using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

namespace {

constexpr auto channels_last = at::MemoryFormat::ChannelsLast;

at::Tensor prepared(const at::Tensor &x, const char *what) {
    TORCH_CHECK(x.dim() == 4 && x.numel() > 0, what, " must be [N, C, H, W] and not empty, not ", x.sizes());
    TORCH_CHECK(
        x.scalar_type() == at::kFloat && x.device().is_cpu(), what, " must be float32 on the CPU, not ", x.options());
    return x.contiguous(channels_last);
}

const float *data(const std::optional<at::Tensor> &x) { return x ? x->const_data_ptr<float>() : nullptr; }

// MARK: Convolution

at::Tensor packed(const at::Tensor &weight) {
    const int64_t outputs = weight.size(0), inputs = weight.size(1);
    const auto source = weight.contiguous();
    // The last number says which products can be left out.
    auto result = at::empty({winograd::packed_size(outputs, inputs) + 1}, source.options());
    result.mutable_data_ptr<float>()[winograd::packed_size(outputs, inputs)]
        = static_cast<float>(winograd::phases(source.const_data_ptr<float>(), outputs, inputs));
    const int64_t panels = (outputs + winograd::panel - 1) / winograd::panel;
    parallel(panels, 0, [&](int64_t panel, float *) {
        winograd::pack(source.const_data_ptr<float>(), outputs, inputs, panel, result.mutable_data_ptr<float>());
    });
    return result;
}

/// The convolution of x, whose pixels may be rearranged on the way in or out.
at::Tensor convolved(
    const at::Tensor &x, const at::Tensor &weights, const std::optional<at::Tensor> &bias, int64_t outputs,
    double slope, bool unshuffles, bool shuffles) {
    const auto input = prepared(x, "the input");
    winograd::Problem problem{
        .input = input.const_data_ptr<float>(),
        .weights = weights.const_data_ptr<float>(),
        .bias = data(bias),
        .output = nullptr,
        .images = input.size(0),
        .height = unshuffles ? input.size(2) / 2 : input.size(2),
        .width = unshuffles ? input.size(3) / 2 : input.size(3),
        .inputs = unshuffles ? input.size(1) * 4 : input.size(1),
        .outputs = outputs,
        .slope = static_cast<float>(slope),
        .unshuffles = unshuffles,
        .shuffles = shuffles,
        .phases = winograd::Phases::none,
    };
    TORCH_CHECK(
        input.size(1) % winograd::lane == 0 && outputs % (shuffles ? 4 * winograd::lane : winograd::lane) == 0,
        "channels must be multiples of ", winograd::lane);
    TORCH_CHECK(
        weights.dim() == 1 && weights.size(0) == winograd::packed_size(outputs, problem.inputs) + 1,
        "the packed weights are of another convolution");
    problem.phases = static_cast<winograd::Phases>(
        static_cast<int>(weights.const_data_ptr<float>()[winograd::packed_size(outputs, problem.inputs)]));
    TORCH_CHECK(!bias || bias->numel() == outputs, "the bias must be [", outputs, "]");
    auto result = at::empty(
        {problem.images, shuffles ? outputs / 4 : outputs, problem.height * (shuffles ? 2 : 1),
         problem.width * (shuffles ? 2 : 1)},
        input.options(), channels_last);
    problem.output = result.mutable_data_ptr<float>();
    const int64_t tiles = problem.tiles();
    const auto blocks = winograd::blocks(problem, at::get_num_threads());
    parallel(blocks.count, winograd::scratch_size(problem, blocks.size), [&](int64_t block, float *scratch) {
        const int64_t first = block * blocks.size;
        winograd::run(problem, first, std::min(blocks.size, tiles - first), blocks.size, scratch);
    });
    return result;
}

/// Weights do not move: only the input has a gradient.
struct Convolution : torch::autograd::Function<Convolution> {
    static Variable forward(
        AutogradContext *context, const Variable &x, const at::Tensor &weights, const at::Tensor &adjoint,
        const std::optional<at::Tensor> &bias, int64_t outputs, double slope, bool shuffles) {
        const auto y = convolved(x, weights, bias, outputs, slope, false, shuffles);
        if (slope == 1) {
            context->save_for_backward({adjoint});
        } else {
            context->save_for_backward({adjoint, y});
        }
        context->saved_data["slope"] = slope;
        context->saved_data["shuffles"] = shuffles;
        context->saved_data["inputs"] = x.size(1);
        return y;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const double slope = context->saved_data["slope"].toDouble();
        auto g = gradients[0].contiguous(channels_last);
        if (slope == 0) {
            g = at::threshold_backward(g, saved[1], 0);
        } else if (slope != 1) {
            g = at::leaky_relu_backward(g, saved[1], slope, /*self_is_result=*/true);
        }
        const auto result = convolved(
            g, saved[0], std::nullopt, context->saved_data["inputs"].toInt(), 1,
            context->saved_data["shuffles"].toBool(), false);
        return {result, {}, {}, {}, {}, {}, {}};
    }
};

// MARK: Styled layer

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
    };
}

/// Activations before the normalisation, and their moments.
Moments activate(const styled::Problem &p, const at::Tensor &x, const at::Tensor &h) {
    const auto sums = at::empty({p.images * p.strips(), 2, p.channels}, x.options().dtype(at::kDouble));
    double *const all = sums.mutable_data_ptr<double>();
    for_strips(p, [&](int64_t image, int64_t strip, int64_t i) {
        styled::activate(
            p, x.const_data_ptr<float>(), h.mutable_data_ptr<float>(), image, strip, all + i * 2 * p.channels);
    });
    Moments result{at::empty({p.images, p.channels}, x.options()), at::empty({p.images, p.channels}, x.options())};
    for (int64_t image = 0; image < p.images; ++image) {
        styled::moments(
            p, all + image * p.strips() * 2 * p.channels,
            result.mean.mutable_data_ptr<float>() + image * p.channels,
            result.inverse_deviation.mutable_data_ptr<float>() + image * p.channels);
    }
    return result;
}

void normalise(
    const styled::Problem &p, const at::Tensor &h, const at::Tensor &y, const Moments &moments,
    const at::Tensor &scale, const at::Tensor &shift) {
    for_strips(p, [&](int64_t image, int64_t strip, int64_t) {
        const int64_t at = image * p.channels;
        styled::normalise(
            p, h.const_data_ptr<float>(), y.mutable_data_ptr<float>(), image, strip,
            moments.mean.const_data_ptr<float>() + at, moments.inverse_deviation.const_data_ptr<float>() + at,
            scale.const_data_ptr<float>() + at, shift.const_data_ptr<float>() + at);
    });
}

struct Styled : torch::autograd::Function<Styled> {
    static Variable forward(
        AutogradContext *context, const Variable &given, const Variable &scale, const Variable &shift,
        const std::optional<at::Tensor> &noise, const at::Tensor &noise_weight, const at::Tensor &bias, double slope,
        double epsilon, bool blurs) {
        const auto x = prepared(given, "the input");
        const auto p = problem(x, noise, noise_weight, bias, slope, epsilon, blurs);
        const auto h = at::empty_like(x), y = at::empty_like(x);
        const auto moments = activate(p, x, h);
        const auto scales = scale.contiguous();
        normalise(p, h, y, moments, scales, shift.contiguous());
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
        const auto g = gradients[0].contiguous(channels_last);
        const auto sums = at::empty({p.images, p.strips(), 2, p.channels}, h.options().dtype(at::kDouble));
        for_strips(p, [&](int64_t image, int64_t strip, int64_t i) {
            const int64_t at = image * p.channels;
            styled::gradient_sums(
                p, h.const_data_ptr<float>(), g.const_data_ptr<float>(), image, strip,
                mean.const_data_ptr<float>() + at, inverse.const_data_ptr<float>() + at,
                sums.mutable_data_ptr<double>() + i * 2 * p.channels);
        });
        const auto totals = sums.sum(1);  // [N, 2, C]
        const auto before = at::empty_like(h);
        for_strips(p, [&](int64_t image, int64_t strip, int64_t) {
            const int64_t at = image * p.channels;
            styled::gradient(
                p, h.const_data_ptr<float>(), g.const_data_ptr<float>(), before.mutable_data_ptr<float>(), image,
                strip, mean.const_data_ptr<float>() + at, inverse.const_data_ptr<float>() + at,
                scale.const_data_ptr<float>() + at, totals.const_data_ptr<double>() + 2 * at);
        });
        auto result = before;
        if (p.blurs) {
            result = at::empty_like(h);
            for_strips(p, [&](int64_t image, int64_t strip, int64_t) {
                styled::blur(p, before.const_data_ptr<float>(), result.mutable_data_ptr<float>(), image, strip);
            });
        }
        const auto small = totals.to(at::kFloat);
        return {result, small.select(1, 1), small.select(1, 0), {}, {}, {}, {}, {}, {}};
    }
};

}  // namespace

int32_t ct_filter_pack(ct_tensor **out, ct_tensor *weight, ct_error *error) {
    return make(out, error, [&] {
        const auto &value = weight->value;
        TORCH_CHECK(
            value.dim() == 4 && value.size(2) == 3 && value.size(3) == 3 && value.scalar_type() == at::kFloat
                && value.device().is_cpu(),
            "the weight must be [outputs, inputs, 3, 3], float32 on the CPU, not ", value.sizes());
        TORCH_CHECK(
            value.size(0) % winograd::lane == 0 && value.size(1) % winograd::lane == 0, "channels must be multiples of ",
            winograd::lane, ", not ", value.sizes());
        const at::NoGradGuard no_grad;
        return packed(value.detach());
    });
}

int32_t ct_filter(
    ct_tensor **out, ct_tensor *x, ct_tensor *weights, ct_tensor *adjoint, ct_tensor *bias, ptrdiff_t outputs,
    double slope, bool shuffles, ct_error *error) {
    return make(out, error, [&] {
        if (at::GradMode::is_enabled() && x->value.requires_grad()) {
            TORCH_CHECK(adjoint != nullptr, "a gradient needs the adjoint's packed weights");
            return Convolution::apply(
                x->value, weights->value, adjoint->value, optional(bias), outputs, slope, shuffles);
        }
        return convolved(x->value, weights->value, optional(bias), outputs, slope, false, shuffles);
    });
}

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
                x->value, scale->value, shift->value, maps, weight, offset, slope, epsilon, blurs);
        }
        const auto input = prepared(x->value, "the input");
        const auto p = problem(input, maps, weight, offset, slope, epsilon, blurs);
        // A copy that `prepared` has made, or the caller's pixels where they may be written over.
        const bool own = blurs ? false : (!input.is_same(x->value) || overwrites);
        const auto h = own ? input : at::empty_like(input);
        normalise(p, h, h, activate(p, input, h), scale->value.contiguous(), shift->value.contiguous());
        return h;
    });
}
