// Convolution by minimal filtering, with its gradient. Pixels are stored channels last, on the CPU.

#include "fused.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/leaky_relu_backward.h>
#include <ATen/ops/threshold_backward.h>
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
    return static_cast<int32_t>(layout.number) * 4 + static_cast<int32_t>(layout.phases);
}

winograd::Layout layout_of(const at::Tensor &packed, int64_t outputs, int64_t inputs) {
    TORCH_CHECK(
        packed.dim() == 1 && packed.numel() > 0 && packed.scalar_type() == at::kInt, "these are no packed weights");
    const int32_t mark = packed.const_data_ptr<int32_t>()[packed.numel() - 1];
    const winograd::Layout layout{
        static_cast<winograd::Number>(mark / 4), outputs, inputs, static_cast<winograd::Phases>(mark % 4)};
    TORCH_CHECK(
        packed.numel() == layout.size() + 1 && inputs % winograd::lane(layout.number) == 0,
        "the packed weights are of another convolution");
    return layout;
}

at::Tensor packed(const at::Tensor &weight, winograd::Number number) {
    const auto source = weight.contiguous();
    const float *const from = source.const_data_ptr<float>();
    const int64_t outputs = weight.size(0), inputs = weight.size(1);
    const winograd::Layout layout{number, outputs, inputs, winograd::phases(from, outputs, inputs)};
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
        auto g = gradients[0].contiguous(channels_last);
        if (slope == 0) {
            g = at::threshold_backward(g, saved[1], 0);
        } else if (slope != 1) {
            g = at::leaky_relu_backward(g, saved[1], slope, /*self_is_result=*/true);
        }
        const Filter filter{
            .outputs = context->saved_data["inputs"].toInt(),
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
    const auto layout = layout_of(weights, filter.outputs, problem.inputs);
    TORCH_CHECK(layout.number == problem.number, "pixels and packed weights are of different types");
    problem.phases = layout.phases;
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
    const int64_t groups = problem.groups();
    const auto blocks = winograd::blocks(problem, at::get_num_threads());
    parallel(blocks.count, winograd::scratch_size(problem, blocks.size), [&](int64_t block, float *scratch) {
        const int64_t first = block * blocks.size;
        winograd::run(problem, first, std::min(blocks.size, groups - first), scratch);
    });
    return result;
}

}  // namespace ctorch

int32_t ct_filter_pack(ct_tensor **out, ct_tensor *weight, bool bfloat16, ct_error *error) {
    return make(out, error, [&] {
        const auto &value = weight->value;
        TORCH_CHECK(
            value.dim() == 4 && value.size(2) == 3 && value.size(3) == 3 && value.scalar_type() == at::kFloat
                && value.device().is_cpu(),
            "the weight must be [outputs, inputs, 3, 3], float32 on the CPU, not ", value.sizes());
        const auto number = bfloat16 ? winograd::Number::bfloat16 : winograd::Number::single;
        TORCH_CHECK(
            value.size(0) % winograd::words == 0 && value.size(1) % winograd::lane(number) == 0,
            "channels must be multiples of ", winograd::words, ", inputs of ", winograd::lane(number), ", not ",
            value.sizes());
        const at::NoGradGuard no_grad;
        return packed(value.detach(), number);
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
