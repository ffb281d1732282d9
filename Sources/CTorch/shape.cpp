// The same numbers in another arrangement.

#include "internal.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/index_add.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/pad.h>
#include <ATen/ops/split_with_sizes.h>
#include <ATen/ops/stack.h>

#include <numeric>

using namespace ctorch;

namespace {

void need(at::IntArrayRef values, size_t count) {
    TORCH_CHECK(values.size() == count, count, " values are needed, not ", values.size());
}

/// `values`: axis and step.
at::Tensor strided(const at::Tensor &x, at::IntArrayRef values) {
    need(values, 2);
    TORCH_CHECK(values[1] > 0, "a step must be positive, not ", values[1]);
    return x.slice(values[0], std::nullopt, std::nullopt, values[1]);
}

at::Tensor arranged(ct_shape_op op, const at::Tensor &x, at::IntArrayRef values) {
    switch (op) {
    case CT_RESHAPE: return x.reshape(values);
    case CT_PERMUTE: return x.permute(values);
    case CT_TRANSPOSE: need(values, 2); return x.transpose(values[0], values[1]);
    case CT_SQUEEZE: need(values, 1); return x.squeeze(values[0]);
    case CT_UNSQUEEZE: need(values, 1); return x.unsqueeze(values[0]);
    case CT_EXPAND: return x.expand(values);
    case CT_REPEAT: return x.repeat(values);
    case CT_FLIP: return x.flip(values);
    case CT_FLATTEN: need(values, 2); return x.flatten(values[0], values[1]);
    case CT_ROLL: need(values, 2); return x.roll(values[1], values[0]);
    case CT_NARROW: need(values, 3); return x.narrow(values[0], values[1], values[2]);
    case CT_SELECT: need(values, 2); return x.select(values[0], values[1]);
    case CT_STRIDED: return strided(x, values);
    case CT_ONE_HOT: need(values, 1); return at::one_hot(x, values[0]);
    }
    unknown_operation(op);
}

}  // namespace

int32_t ct_reshape(
    ct_tensor **out, ct_shape_op op, ct_tensor *x, const ptrdiff_t *values, int32_t value_count, ct_error *error) {
    return make(out, error, [&] { return arranged(op, x->value, sizes(values, value_count)); });
}

int32_t ct_join(
    ct_tensor **out, bool stack, ct_tensor *const *list, int32_t count, int32_t axis, ct_error *error) {
    return make(out, error, [&] {
        const auto all = tensors(list, count);
        return stack ? at::stack(all, axis) : at::cat(all, axis);
    });
}

int32_t ct_split(
    ct_tensor **outs, ct_tensor *x, const ptrdiff_t *lengths, int32_t count, int32_t axis, ct_error *error) {
    return guarded(error, [&] {
        const auto parts = at::split_with_sizes(x->value, sizes(lengths, count), axis);
        std::vector<std::unique_ptr<ct_tensor>> owned;
        for (const auto &part : parts) {
            owned.push_back(std::make_unique<ct_tensor>(part));
        }
        for (size_t i = 0; i < owned.size(); ++i) {
            outs[i] = owned[i].release();
        }
    });
}

int32_t ct_index(
    ct_tensor **out, ct_index_op op, ct_tensor *x, int32_t axis, ct_tensor *index, ct_error *error) {
    return make(out, error, [&] {
        switch (op) {
        case CT_INDEX_SELECT: return at::index_select(x->value, axis, index->value);
        case CT_GATHER: return at::gather(x->value, axis, index->value);
        }
        unknown_operation(op);
    });
}

int32_t ct_index_add(
    ct_tensor **out, ct_tensor *x, int32_t axis, ct_tensor *index, ct_tensor *source, ct_error *error) {
    return make(out, error, [&] { return at::index_add(x->value, axis, index->value, source->value); });
}

int32_t ct_pad(
    ct_tensor **out, ct_pad_mode mode, ct_tensor *x, const ptrdiff_t *amounts, int32_t count, double value,
    ct_error *error) {
    return make(out, error, [&] {
        switch (mode) {
        case CT_PAD_CONSTANT: return at::pad(x->value, sizes(amounts, count), "constant", value);
        case CT_PAD_REFLECT: return at::pad(x->value, sizes(amounts, count), "reflect");
        case CT_PAD_REPLICATE: return at::pad(x->value, sizes(amounts, count), "replicate");
        }
        unknown_operation(mode);
    });
}
