// Life of a handle, what a tensor is, and the ways in and out.

#include "internal.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>

using namespace ctorch;

void ct_free(ct_tensor *x) { delete x; }

int32_t ct_rank(ct_tensor *x) { return static_cast<int32_t>(x->value.dim()); }

void ct_shape(ct_tensor *x, ptrdiff_t *sizes) {
    const auto shape = x->value.sizes();
    std::copy(shape.begin(), shape.end(), sizes);
}

int32_t ct_get_dtype(ct_tensor *x, ct_dtype *dtype, ct_error *error) {
    return guarded(error, [&] {
        switch (x->value.scalar_type()) {
        case at::kFloat: *dtype = CT_FLOAT32; break;
        case at::kDouble: *dtype = CT_FLOAT64; break;
        case at::kHalf: *dtype = CT_FLOAT16; break;
        case at::kBFloat16: *dtype = CT_BFLOAT16; break;
        case at::kLong: *dtype = CT_INT64; break;
        case at::kInt: *dtype = CT_INT32; break;
        case at::kByte: *dtype = CT_UINT8; break;
        case at::kBool: *dtype = CT_BOOL; break;
        default: TORCH_CHECK(false, "unsupported dtype ", x->value.scalar_type());
        }
    });
}

ct_device ct_get_device(ct_tensor *x) {
    const auto where = x->value.device();
    if (where.is_cuda()) {
        return {CT_CUDA, where.has_index() ? where.index() : 0};
    }
    return {CT_CPU, 0};
}

ptrdiff_t ct_element_count(ct_tensor *x) { return x->value.numel(); }

bool ct_requires_grad(ct_tensor *x) { return x->value.requires_grad(); }

int32_t ct_set_requires_grad(ct_tensor *x, bool value, ct_error *error) {
    return guarded(error, [&] { x->value.requires_grad_(value); });
}

int32_t ct_from_bytes(
    ct_tensor **out, const void *bytes, size_t byte_count, const ptrdiff_t *shape, int32_t rank, ct_dtype dtype,
    ct_device where, ct_error *error) {
    return make(out, error, [&] {
        auto host = at::empty(sizes(shape, rank), options(dtype, {CT_CPU, 0}));
        TORCH_CHECK(
            host.nbytes() == byte_count, "the shape needs ", host.nbytes(), " bytes, but ", byte_count,
            " were given");
        if (byte_count > 0) {
            std::memcpy(host.data_ptr(), bytes, byte_count);
        }
        return host.to(device(where));
    });
}

int32_t ct_to_bytes(ct_tensor *x, void *bytes, size_t byte_count, ct_error *error) {
    return guarded(error, [&] {
        const auto host = x->value.detach().to(at::kCPU).contiguous();
        TORCH_CHECK(
            host.nbytes() == byte_count, "the tensor holds ", host.nbytes(), " bytes, but room is for ", byte_count);
        if (byte_count > 0) {
            std::memcpy(bytes, host.data_ptr(), byte_count);
        }
    });
}

int32_t ct_item(ct_tensor *x, double *value, ct_error *error) {
    return guarded(error, [&] {
        TORCH_CHECK(x->value.numel() == 1, "a tensor of one element is needed, not of ", x->value.numel());
        *value = x->value.item().toDouble();
    });
}

int32_t ct_full(
    ct_tensor **out, double value, const ptrdiff_t *shape, int32_t rank, ct_dtype dtype, ct_device where,
    ct_error *error) {
    return make(out, error, [&] { return at::full(sizes(shape, rank), value, options(dtype, where)); });
}

int32_t ct_arange(
    ct_tensor **out, double start, double end, double step, ct_dtype dtype, ct_device where, ct_error *error) {
    return make(out, error, [&] { return at::arange(start, end, step, options(dtype, where)); });
}

int32_t ct_eye(ct_tensor **out, ptrdiff_t size, ct_dtype dtype, ct_device where, ct_error *error) {
    return make(out, error, [&] { return at::eye(size, options(dtype, where)); });
}

int32_t ct_random(
    ct_tensor **out, bool normal, uint64_t seed, const ptrdiff_t *shape, int32_t rank, ct_dtype dtype,
    ct_device where, ct_error *error) {
    return make(out, error, [&] {
        const at::Generator generator = at::detail::createCPUGenerator(seed);
        const auto how = options(dtype, {CT_CPU, 0});
        const auto drawn = normal ? at::randn(sizes(shape, rank), generator, how)
                                  : at::rand(sizes(shape, rank), generator, how);
        return drawn.to(device(where));
    });
}

int32_t ct_to(ct_tensor **out, ct_tensor *x, ct_dtype dtype, ct_device where, ct_error *error) {
    return make(out, error, [&] { return x->value.to(device(where), scalar_type(dtype)); });
}

int32_t ct_copy_into(ct_tensor *target, ct_tensor *source, ct_error *error) {
    return guarded(error, [&] {
        TORCH_CHECK(
            target->value.sizes() == source->value.sizes(), "target ", target->value.sizes(), " and source ",
            source->value.sizes(), " differ in shape");
        const at::NoGradGuard no_grad;
        target->value.copy_(source->value);
    });
}

int32_t ct_fill(ct_tensor *target, double value, ct_error *error) {
    return guarded(error, [&] {
        const at::NoGradGuard no_grad;
        target->value.fill_(value);
    });
}
