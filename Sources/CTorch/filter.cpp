// Convolution by minimal filtering, with its gradient. Pixels are stored channels last, on the CPU.

#include "fused.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/leaky_relu_backward.h>
#include <ATen/ops/threshold_backward.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include "parallel.h"

using namespace ctorch;
using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

namespace ctorch {

at::Tensor prepared(const at::Tensor &x, const char *what, bool may_be_bfloat16) {
    TORCH_CHECK(x.dim() == 4 && x.numel() > 0, what, " must be [N, C, H, W] and not empty, not ", x.sizes());
    const bool suits = x.scalar_type() == at::kFloat || (may_be_bfloat16 && x.scalar_type() == at::kBFloat16);
    TORCH_CHECK(
        suits && x.device().is_cpu(), what, " must be float32", may_be_bfloat16 ? " or bfloat16" : "",
        " on the CPU, not ", x.options());
    return x.contiguous(channels_last);
}

}  // namespace ctorch

namespace {

winograd::Number number(at::ScalarType type) {
    return type == at::kBFloat16 ? winograd::Number::bfloat16 : winograd::Number::single;
}

// After the packed words, one says how they are stored and which are left out.

int32_t packed_mark(const winograd::Layout &layout) {
    return static_cast<int32_t>(layout.number) * 8 + static_cast<int32_t>(layout.form) * 4
        + static_cast<int32_t>(layout.phases);
}

/// Of a convolution, or with `adjoint` of the one that it is the adjoint of where that one's taps do for both.
winograd::Layout layout_of(const at::Tensor &packed, int64_t outputs, int64_t inputs, bool adjoint) {
    TORCH_CHECK(
        packed.dim() == 1 && packed.numel() > 0 && packed.scalar_type() == at::kInt, "these are no packed weights");
    const int32_t mark = packed.const_data_ptr<int32_t>()[packed.numel() - 1];
    const auto form = static_cast<winograd::Form>(mark / 4 % 2);
    const bool turns = adjoint && form == winograd::Form::taps;
    const winograd::Layout layout{
        static_cast<winograd::Number>(mark / 8), turns ? inputs : outputs, turns ? outputs : inputs,
        static_cast<winograd::Phases>(mark % 4), form};
    TORCH_CHECK(
        packed.numel() == layout.size() + 1 && inputs % winograd::lane(layout.number) == 0,
        "the packed weights are of another convolution");
    return layout;
}

/// A weight whose kernels are phases of 2x2 taps, [4 K, C, 2, 2], as kernels of 3x3 with zeros.
at::Tensor widened(const at::Tensor &weight) {
    const int64_t each = weight.size(0) / 4;
    const auto result = at::zeros({weight.size(0), weight.size(1), 3, 3}, weight.options());
    for (int64_t phase = 0; phase < 4; ++phase) {
        result.narrow(0, phase * each, each).narrow(2, phase / 2, 2).narrow(3, phase % 2, 2)
            .copy_(weight.narrow(0, phase * each, each));
    }
    return result;
}

at::Tensor packed(const at::Tensor &weight, winograd::Number number, winograd::Phases phases, winograd::Form form) {
    const auto source = weight.contiguous();
    const float *const from = source.const_data_ptr<float>();
    const winograd::Layout layout{number, weight.size(0), weight.size(1), phases, form};
    auto result = at::empty({layout.size() + 1}, source.options().dtype(at::kInt));
    auto *const to = result.mutable_data_ptr<int32_t>();
    to[layout.size()] = packed_mark(layout);
    parallel(layout.panels(), 0, [&](int64_t panel, float *) {
        winograd::pack(from, layout, panel, reinterpret_cast<uint32_t *>(to));
    });
    return result;
}

/// Weights do not move: only the input has a gradient.
struct Convolution : torch::autograd::Function<Convolution> {
    static Variable forward(
        AutogradContext *context, const Variable &x, const at::Tensor &weights, const at::Tensor &adjoint,
        const Filter &filter) {
        const auto y = convolved(x, weights, filter);
        if (filter.slope == 1) {
            context->save_for_backward({adjoint});
        } else {
            context->save_for_backward({adjoint, y});
        }
        context->saved_data["slope"] = filter.slope;
        context->saved_data["shuffles"] = filter.shuffles;
        context->saved_data["inputs"] = x.size(1);
        return y;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const double slope = context->saved_data["slope"].toDouble();
        const Gradient gradient(std::move(gradients[0]));
        at::Tensor g = gradient.value;
        if (slope != 1) {
            at::Tensor before = gradient.is_own ? g : at::empty_like(g);
            if (slope == 0) {
                at::threshold_backward_out(before, g, saved[1], 0);
            } else {
                at::leaky_relu_backward_out(before, g, saved[1], slope, /*self_is_result=*/true);
            }
            g = before;
        }
        const Filter filter{
            .outputs = context->saved_data["inputs"].toInt(),
            .is_adjoint = true,
            .unshuffles = context->saved_data["shuffles"].toBool(),
        };
        return {convolved(g, saved[0], filter), {}, {}, {}};
    }
};

}  // namespace

namespace ctorch {

at::Tensor convolved(
    const at::Tensor &x, const at::Tensor &weights, const Filter &filter,
    const std::function<void(winograd::Problem &)> &finish) {
    const auto input = prepared(x, "the input", true);
    const bool unshuffles = filter.unshuffles, shuffles = filter.shuffles;
    winograd::Problem problem{};
    problem.number = number(input.scalar_type());
    problem.input = input.const_data_ptr();
    problem.weights = weights.const_data_ptr();
    problem.images = input.size(0);
    problem.height = unshuffles ? input.size(2) / 2 : input.size(2);
    problem.width = unshuffles ? input.size(3) / 2 : input.size(3);
    problem.inputs = unshuffles ? input.size(1) * 4 : input.size(1);
    problem.outputs = filter.outputs;
    problem.unshuffles = unshuffles;
    problem.shuffles = shuffles;
    problem.slope = static_cast<float>(filter.slope);
    TORCH_CHECK(
        input.size(1) % winograd::words == 0
            && filter.outputs % (shuffles ? 4 * winograd::words : winograd::words) == 0,
        "channels must be multiples of ", winograd::words);
    const auto layout = layout_of(weights, filter.outputs, problem.inputs, filter.is_adjoint);
    TORCH_CHECK(layout.number == problem.number, "pixels and packed weights are of different types");
    problem.form = layout.form;
    problem.transposed = filter.is_adjoint && layout.form == winograd::Form::taps;
    problem.phases = problem.transposed && layout.phases == winograd::Phases::outputs
        ? winograd::Phases::inputs : layout.phases;
    TORCH_CHECK(!filter.bias || filter.bias->numel() == filter.outputs, "the bias must be [", filter.outputs, "]");
    problem.bias = data(filter.bias);
    if (filter.affine) {
        TORCH_CHECK(
            filter.affine->numel() == 2 * problem.images * problem.inputs && !unshuffles,
            "factors and terms must be [2, ", problem.images, ", ", problem.inputs, "]");
        problem.factor = data(filter.affine);
        problem.term = problem.factor + problem.images * problem.inputs;
    }
    auto result = at::empty(
        {problem.images, shuffles ? filter.outputs / 4 : filter.outputs, problem.height * (shuffles ? 2 : 1),
         problem.width * (shuffles ? 2 : 1)},
        input.options(), channels_last);
    problem.output = result.mutable_data_ptr();
    if (finish) {
        finish(problem);
    }
    const auto blocks = winograd::blocks(problem, at::get_num_threads());
    parallel(blocks.count(), winograd::scratch_size(problem, blocks.size), [&](int64_t index, float *scratch) {
        winograd::run(problem, blocks[index], scratch);
    });
    return result;
}

}  // namespace ctorch

int32_t ct_filter_pack(
    ct_tensor **out, ct_tensor **out_adjoint, ct_tensor *weight, bool bfloat16, ct_error *error) {
    return guarded(error, [&] {
        auto value = weight->value.detach();
        const bool phased = value.dim() == 4 && value.size(2) == 2 && value.size(3) == 2;
        TORCH_CHECK(
            value.dim() == 4 && (phased || (value.size(2) == 3 && value.size(3) == 3))
                && value.scalar_type() == at::kFloat && value.device().is_cpu(),
            "the weight must be [outputs, inputs, 3, 3], or 2, 2 for phases, float32 on the CPU, not ", value.sizes());
        const auto number = bfloat16 ? winograd::Number::bfloat16 : winograd::Number::single;
        TORCH_CHECK(
            value.size(0) % winograd::words == 0 && value.size(1) % winograd::lane(number) == 0
                && (!phased || value.size(0) % (4 * winograd::words) == 0),
            "channels must be multiples of ", winograd::words, ", inputs of ", winograd::lane(number), ", not ",
            value.sizes());
        const at::NoGradGuard no_grad;
        // Each phase must be whole panels.
        const bool skips = phased && value.size(0) % (4 * winograd::panel) == 0;
        if (phased && !skips) {
            value = widened(value);
        }
        const auto form = winograd::form(number, value.size(0), value.size(1));
        const auto result = packed(value, number, skips ? winograd::Phases::outputs : winograd::Phases::none, form);
        std::optional<at::Tensor> adjoint;
        if (out_adjoint != nullptr) {
            adjoint = form == winograd::Form::taps
                ? result
                : packed(
                    value.flip({2, 3}).transpose(0, 1), number,
                    skips ? winograd::Phases::inputs : winograd::Phases::none, form);
        }
        *out = new ct_tensor(result);
        if (adjoint) {
            *out_adjoint = new ct_tensor(*adjoint);
        }
    });
}

int32_t ct_filter(
    ct_tensor **out, ct_tensor *x, ct_tensor *weights, ct_tensor *adjoint, ct_tensor *bias, ptrdiff_t outputs,
    double slope, bool shuffles, ct_error *error) {
    return make(out, error, [&] {
        const Filter filter{.outputs = outputs, .slope = slope, .shuffles = shuffles, .bias = optional(bias)};
        if (at::GradMode::is_enabled() && x->value.requires_grad()) {
            TORCH_CHECK(adjoint != nullptr, "a gradient needs the adjoint's packed weights");
            return Convolution::apply(x->value, weights->value, adjoint->value, filter);
        }
        return convolved(x->value, weights->value, filter);
    });
}
