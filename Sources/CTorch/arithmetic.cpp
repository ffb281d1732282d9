// Element by element, and reductions.

#include "internal.h"

#include <ATen/ops/abs.h>
#include <ATen/ops/all.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/any.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/argmin.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/erf.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/lerp.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/logical_not.h>
#include <ATen/ops/logical_or.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/prelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rsub.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/std.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/tril.h>
#include <ATen/ops/triu.h>
#include <ATen/ops/var.h>
#include <ATen/ops/where.h>

using namespace ctorch;

namespace {

at::Tensor unary(ct_unary_op op, const at::Tensor &x) {
    switch (op) {
    case CT_NEGATE: return x.neg();
    case CT_SQUARE: return x.square();
    case CT_SQRT: return x.sqrt();
    case CT_RSQRT: return x.rsqrt();
    case CT_RECIPROCAL: return x.reciprocal();
    case CT_EXP: return x.exp();
    case CT_LOG: return x.log();
    case CT_LOG1P: return at::log1p(x);
    case CT_ABS: return at::abs(x);
    case CT_SIGN: return x.sign();
    case CT_SIN: return x.sin();
    case CT_COS: return x.cos();
    case CT_ERF: return at::erf(x);
    case CT_FLOOR: return x.floor();
    case CT_ROUND: return x.round();
    case CT_TANH: return x.tanh();
    case CT_SIGMOID: return x.sigmoid();
    case CT_SOFTPLUS: return at::softplus(x);
    case CT_RELU: return at::relu(x);
    case CT_ELU: return at::elu(x);
    case CT_SILU: return at::silu(x);
    case CT_GELU: return at::gelu(x);
    case CT_GELU_TANH: return at::gelu(x, "tanh");
    case CT_IS_FINITE: return at::isfinite(x);
    case CT_LOGICAL_NOT: return at::logical_not(x);
    case CT_CLONE: return x.clone();
    case CT_CONTIGUOUS: return x.contiguous();
    case CT_CHANNELS_LAST: return x.contiguous(at::MemoryFormat::ChannelsLast);
    case CT_DETACH: return x.detach();
    case CT_TRIU: return at::triu(x);
    case CT_TRIL: return at::tril(x);
    }
    unknown_operation(op);
}

at::Tensor with_scalar(ct_scalar_op op, const at::Tensor &x, const at::Scalar &value) {
    switch (op) {
    case CT_ADD_S: return x.add(value);
    case CT_MULTIPLY_S: return x.mul(value);
    case CT_REVERSE_SUBTRACT_S: return at::rsub(x, value);
    case CT_REVERSE_DIVIDE_S: return x.reciprocal().mul(value);
    case CT_DIVIDE_S: return x.div(value);
    case CT_POW_S: return x.pow(value);
    case CT_LEAKY_RELU_S: return at::leaky_relu(x, value);
    case CT_CLAMP_MIN_S: return x.clamp_min(value);
    case CT_CLAMP_MAX_S: return x.clamp_max(value);
    case CT_GREATER_S: return x.gt(value);
    case CT_GREATER_EQUAL_S: return x.ge(value);
    case CT_LESS_S: return x.lt(value);
    case CT_LESS_EQUAL_S: return x.le(value);
    case CT_EQUAL_S: return x.eq(value);
    case CT_NOT_EQUAL_S: return x.ne(value);
    }
    unknown_operation(op);
}

at::Tensor binary(ct_binary_op op, const at::Tensor &a, const at::Tensor &b) {
    switch (op) {
    case CT_ADD: return a.add(b);
    case CT_SUBTRACT: return a.sub(b);
    case CT_MULTIPLY: return a.mul(b);
    case CT_DIVIDE: return a.div(b);
    case CT_POW: return a.pow(b);
    case CT_MAXIMUM: return at::maximum(a, b);
    case CT_MINIMUM: return at::minimum(a, b);
    case CT_GREATER: return a.gt(b);
    case CT_GREATER_EQUAL: return a.ge(b);
    case CT_LESS: return a.lt(b);
    case CT_LESS_EQUAL: return a.le(b);
    case CT_EQUAL: return a.eq(b);
    case CT_NOT_EQUAL: return a.ne(b);
    case CT_LOGICAL_AND: return at::logical_and(a, b);
    case CT_LOGICAL_OR: return at::logical_or(a, b);
    case CT_MATMUL: return at::matmul(a, b);
    case CT_BMM: return at::bmm(a, b);
    case CT_PRELU: return at::prelu(a, b);
    }
    unknown_operation(op);
}

std::optional<int64_t> at_most_one(at::IntArrayRef axes) {
    TORCH_CHECK(axes.size() <= 1, "one axis or none is needed, not ", axes.size());
    return axes.empty() ? std::nullopt : std::optional<int64_t>(axes[0]);
}

at::Tensor reduce(ct_reduce_op op, const at::Tensor &x, at::IntArrayRef axes, bool keep, double parameter) {
    std::vector<int64_t> every;
    if (axes.empty()) {
        for (int64_t axis = 0; axis < x.dim(); ++axis) {
            every.push_back(axis);
        }
    }
    const at::IntArrayRef over = axes.empty() ? at::IntArrayRef(every) : axes;
    switch (op) {
    case CT_SUM: return at::sum(x, over, keep);
    case CT_MEAN: return at::mean(x, over, keep);
    case CT_MAX: return at::amax(x, over, keep);
    case CT_MIN: return at::amin(x, over, keep);
    case CT_STD: return at::std(x, over, std::optional<at::Scalar>(parameter), keep);
    case CT_VAR: return at::var(x, over, std::optional<at::Scalar>(parameter), keep);
    case CT_NORM: return at::linalg_vector_norm(x, parameter, over, keep);
    case CT_LOG_SUM_EXP: return at::logsumexp(x, over, keep);
    case CT_ARGMAX: return at::argmax(x, at_most_one(axes), keep);
    case CT_ARGMIN: return at::argmin(x, at_most_one(axes), keep);
    case CT_ALL: return at::all(x, over, keep);
    case CT_ANY: return at::any(x, over, keep);
    }
    unknown_operation(op);
}

at::Tensor along(ct_axis_op op, const at::Tensor &x, int64_t axis) {
    switch (op) {
    case CT_SOFTMAX: return at::softmax(x, axis);
    case CT_LOG_SOFTMAX: return at::log_softmax(x, axis);
    case CT_CUMSUM: return at::cumsum(x, axis);
    case CT_SORT: return std::get<0>(at::sort(x, axis));
    case CT_ARGSORT: return at::argsort(x, /*stable=*/true, axis, false);
    case CT_ARGSORT_DESCENDING: return at::argsort(x, /*stable=*/true, axis, true);
    }
    unknown_operation(op);
}

}  // namespace

int32_t ct_unary(ct_tensor **out, ct_unary_op op, ct_tensor *x, ct_error *error) {
    return make(out, error, [&] { return unary(op, x->value); });
}

int32_t ct_scalar(ct_tensor **out, ct_scalar_op op, ct_tensor *x, double value, ct_error *error) {
    return make(out, error, [&] {
        // A whole number stays one, so that integer tensors keep their dtype; 2^53 is where doubles stop being exact.
        const bool whole = at::isIntegralType(x->value.scalar_type(), /*includeBool=*/false)
            && value == static_cast<double>(static_cast<int64_t>(std::max(-0x1p53, std::min(0x1p53, value))));
        return with_scalar(op, x->value, whole ? at::Scalar(static_cast<int64_t>(value)) : at::Scalar(value));
    });
}

int32_t ct_binary(ct_tensor **out, ct_binary_op op, ct_tensor *a, ct_tensor *b, ct_error *error) {
    return make(out, error, [&] { return binary(op, a->value, b->value); });
}

int32_t ct_where(ct_tensor **out, ct_tensor *condition, ct_tensor *a, ct_tensor *b, ct_error *error) {
    return make(out, error, [&] { return at::where(condition->value, a->value, b->value); });
}

int32_t ct_masked_fill(ct_tensor **out, ct_tensor *x, ct_tensor *mask, double value, ct_error *error) {
    return make(out, error, [&] { return x->value.masked_fill(mask->value, value); });
}

int32_t ct_lerp(ct_tensor **out, ct_tensor *a, ct_tensor *b, double weight, ct_error *error) {
    return make(out, error, [&] { return at::lerp(a->value, b->value, weight); });
}

int32_t ct_reduce(
    ct_tensor **out, ct_reduce_op op, ct_tensor *x, const ptrdiff_t *axes, int32_t axis_count, bool keep,
    double parameter, ct_error *error) {
    return make(out, error, [&] { return reduce(op, x->value, sizes(axes, axis_count), keep, parameter); });
}

int32_t ct_axis(ct_tensor **out, ct_axis_op op, ct_tensor *x, int32_t axis, ct_error *error) {
    return make(out, error, [&] { return along(op, x->value, axis); });
}

int32_t ct_eigh(ct_tensor **values, ct_tensor **vectors, ct_tensor *x, ct_error *error) {
    return guarded(error, [&] {
        auto [first, second] = at::linalg_eigh(x->value, "L");
        auto eigenvalues = std::make_unique<ct_tensor>(std::move(first));
        auto eigenvectors = std::make_unique<ct_tensor>(std::move(second));
        *values = eigenvalues.release();
        *vectors = eigenvectors.release();
    });
}
