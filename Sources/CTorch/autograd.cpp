// Gradients, and what an optimiser does to a whole list of parameters in one crossing.

#include "internal.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <map>
#include <utility>

using namespace ctorch;

namespace {

struct AdamLists {
    Tensors parameters, gradients, means, squares, steps;
};

/// Fused kernels want lists of one dtype on one device.
using Kind = std::pair<at::ScalarType, std::pair<at::DeviceType, int>>;

Kind kind(const at::Tensor &x) { return {x.scalar_type(), {x.device().type(), x.device().index()}}; }

/// The fused kernels walk all four lists in memory order, so they must be laid out alike.
at::Tensor laid_out_like(const at::Tensor &model, const at::Tensor &x) {
    TORCH_CHECK(x.sizes() == model.sizes(), "parameter ", model.sizes(), " and gradient ", x.sizes(), " differ");
    return x.strides() == model.strides() ? x : at::empty_like(model).copy_(x);
}

Tensors seeds(ct_tensor *seed) { return seed == nullptr ? Tensors() : Tensors{seed->value}; }

}  // namespace

bool ct_grad_enabled(void) { return at::GradMode::is_enabled(); }

void ct_set_grad_enabled(bool enabled) { at::GradMode::set_enabled(enabled); }

int32_t ct_inference_begin(void **out, ct_error *error) {
    return guarded(error, [&] { *out = new c10::InferenceMode(true); });
}

void ct_inference_end(void *guard) { delete static_cast<c10::InferenceMode *>(guard); }

int32_t ct_backward(ct_tensor *x, ct_tensor *seed, bool retain_graph, ct_error *error) {
    return guarded(error, [&] { torch::autograd::backward({x->value}, seeds(seed), retain_graph, false); });
}

int32_t ct_gradients(
    ct_tensor **outs, ct_tensor *x, ct_tensor *seed, ct_tensor *const *inputs, int32_t count, bool retain_graph,
    bool create_graph, ct_error *error) {
    return guarded(error, [&] {
        const auto found = torch::autograd::grad(
            {x->value}, tensors(inputs, count), seeds(seed), retain_graph || create_graph, create_graph,
            /*allow_unused=*/true);
        std::vector<std::unique_ptr<ct_tensor>> owned;
        for (const auto &gradient : found) {
            owned.push_back(gradient.defined() ? std::make_unique<ct_tensor>(gradient) : nullptr);
        }
        for (size_t i = 0; i < owned.size(); ++i) {
            outs[i] = owned[i].release();
        }
    });
}

int32_t ct_grad(ct_tensor **out, ct_tensor *x, ct_error *error) {
    return guarded(error, [&] {
        const auto &gradient = x->value.grad();
        *out = gradient.defined() ? new ct_tensor(gradient) : nullptr;
    });
}

int32_t ct_set_grad(ct_tensor *x, ct_tensor *gradient, ct_error *error) {
    return guarded(error, [&] {
        if (gradient != nullptr) {
            TORCH_CHECK(
                gradient->value.sizes() == x->value.sizes(), "gradient ", gradient->value.sizes(),
                " and tensor ", x->value.sizes(), " differ in shape");
        }
        x->value.mutable_grad() = gradient == nullptr ? at::Tensor() : gradient->value.detach();
    });
}

int32_t ct_zero_grad(ct_tensor *const *list, int32_t count, ct_error *error) {
    return guarded(error, [&] {
        for (int32_t i = 0; i < count; ++i) {
            list[i]->value.mutable_grad().reset();
        }
    });
}

int32_t ct_clip_grad_norm(ct_tensor *const *list, int32_t count, double maximum, double *norm, ct_error *error) {
    return guarded(error, [&] {
        const at::NoGradGuard no_grad;
        std::map<Kind, Tensors> groups;
        for (int32_t i = 0; i < count; ++i) {
            if (const auto &gradient = list[i]->value.grad(); gradient.defined()) {
                groups[kind(gradient)].push_back(gradient);
            }
        }
        double sum = 0;
        for (const auto &[key, gradients] : groups) {
            const double part = at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients))).item().toDouble();
            sum += part * part;
        }
        *norm = std::sqrt(sum);
        if (*norm > maximum) {
            for (const auto &[key, gradients] : groups) {
                at::_foreach_mul_(gradients, maximum / (*norm + 1e-6));
            }
        }
    });
}

int32_t ct_lerp_into(
    ct_tensor *const *targets, ct_tensor *const *sources, int32_t count, double weight, ct_error *error) {
    return guarded(error, [&] {
        const at::NoGradGuard no_grad;
        const auto to = tensors(targets, count), from = tensors(sources, count);
        for (int32_t i = 0; i < count; ++i) {
            TORCH_CHECK(
                to[i].sizes() == from[i].sizes(), "pair ", i, ": ", to[i].sizes(), " and ", from[i].sizes(),
                " differ in shape");
        }
        at::_foreach_lerp_(to, from, at::Scalar(weight));
    });
}

int32_t ct_adam_step(
    ct_tensor *const *parameters, ct_tensor *const *means, ct_tensor *const *squares, ct_tensor *const *steps,
    int32_t count, ct_adam_options options, ct_error *error) {
    return guarded(error, [&] {
        const at::NoGradGuard no_grad;
        std::map<Kind, AdamLists> groups;
        for (int32_t i = 0; i < count; ++i) {
            const auto &parameter = parameters[i]->value;
            const auto &gradient = parameter.grad();
            if (!gradient.defined()) {
                continue;
            }
            const auto &mean = means[i]->value, &square = squares[i]->value;
            TORCH_CHECK(
                parameter.is_non_overlapping_and_dense() && mean.strides() == parameter.strides()
                    && square.strides() == parameter.strides(),
                "parameter ", i, " and its moments must be laid out alike in memory");
            auto &lists = groups[kind(parameter)];
            lists.parameters.push_back(parameter);
            lists.gradients.push_back(laid_out_like(parameter, gradient));
            lists.means.push_back(mean);
            lists.squares.push_back(square);
            lists.steps.push_back(steps[i]->value);
        }
        for (auto &[key, lists] : groups) {
            at::_foreach_add_(lists.steps, 1);
            const auto update = [&](auto kernel) {
                kernel(
                    lists.parameters, lists.gradients, lists.means, lists.squares, Tensors(), lists.steps,
                    options.learning_rate, options.beta1, options.beta2, options.weight_decay, options.epsilon,
                    /*amsgrad=*/false, /*maximize=*/false, std::nullopt, std::nullopt);
            };
            if (options.decoupled) {
                update([](auto &&...all) { at::_fused_adamw_(all...); });
            } else {
                update([](auto &&...all) { at::_fused_adam_(all...); });
            }
        }
    });
}
