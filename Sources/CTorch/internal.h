// Shared by the translation units of this target: the handle, and the wall that no C++ exception passes.

#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <atomic>
#include <cstring>
#include <optional>
#include <vector>

#include "CTorch.h"

struct ct_tensor {
    at::Tensor value;

    explicit ct_tensor(at::Tensor tensor) : value(std::move(tensor)) { live.fetch_add(1, std::memory_order_relaxed); }
    ~ct_tensor() { live.fetch_sub(1, std::memory_order_relaxed); }
    ct_tensor(const ct_tensor &) = delete;
    ct_tensor &operator=(const ct_tensor &) = delete;

    static std::atomic<int64_t> live;
};

namespace ctorch {

using Tensors = std::vector<at::Tensor>;

/// Runs `body` and turns whatever it throws into a code and a message.
template <class Body> int32_t guarded(ct_error *error, Body body) noexcept {
    try {
        body();
        return 0;
    } catch (const c10::Error &thrown) {
        error->code = 1;
        error->message = strdup(thrown.what_without_backtrace());
    } catch (const std::bad_alloc &) {
        error->code = 2;
        error->message = strdup("out of memory");
    } catch (const std::exception &thrown) {
        error->code = 3;
        error->message = strdup(thrown.what());
    } catch (...) {
        error->code = 4;
        error->message = strdup("unknown C++ exception");
    }
    return error->code;
}

/// Runs `body`, which makes one tensor, and hands that out.
template <class Body> int32_t make(ct_tensor **out, ct_error *error, Body body) noexcept {
    return guarded(error, [&] { *out = new ct_tensor(body()); });
}

inline std::optional<at::Tensor> optional(ct_tensor *x) {
    return x == nullptr ? std::nullopt : std::optional<at::Tensor>(x->value);
}

inline at::IntArrayRef sizes(const ptrdiff_t *values, int32_t count) {
    static_assert(sizeof(ptrdiff_t) == sizeof(int64_t));
    return {reinterpret_cast<const int64_t *>(values), static_cast<size_t>(count)};
}

inline Tensors tensors(ct_tensor *const *list, int32_t count) {
    Tensors result;
    result.reserve(static_cast<size_t>(count));
    for (int32_t i = 0; i < count; ++i) {
        result.push_back(list[i]->value);
    }
    return result;
}

inline at::ScalarType scalar_type(ct_dtype dtype) {
    switch (dtype) {
    case CT_FLOAT32: return at::kFloat;
    case CT_FLOAT64: return at::kDouble;
    case CT_FLOAT16: return at::kHalf;
    case CT_BFLOAT16: return at::kBFloat16;
    case CT_INT64: return at::kLong;
    case CT_INT32: return at::kInt;
    case CT_UINT8: return at::kByte;
    case CT_BOOL: return at::kBool;
    }
    TORCH_CHECK(false, "unknown dtype code ", static_cast<int>(dtype));
}

inline at::Device device(ct_device device) {
    return device.kind == CT_CPU ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<int8_t>(device.index));
}

inline at::TensorOptions options(ct_dtype dtype, ct_device where) {
    return at::TensorOptions().dtype(scalar_type(dtype)).device(device(where));
}

[[noreturn]] inline void unknown_operation(int code) { TORCH_CHECK(false, "unknown operation code ", code); }

}  // namespace ctorch
