// A small C interface over LibTorch.
//
// Rules that hold for every function here:
// - A `ct_tensor` is an owned handle. Whoever receives one through `out` frees it with `ct_free`.
// - Functions that can fail return 0 or a non-zero code; then `error` holds the code and a message that the caller
//   frees with `ct_error_clear`. Nothing is written to `out` in that case. No C++ exception leaves this library.
// - A list of sizes or axes is a pointer and a count. Negative axes count from the end.
// - All calls block. A handle may be used by one thread at a time.

#ifndef TEDI_CTORCH_H
#define TEDI_CTORCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#else
#define _Nonnull
#define _Nullable
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ct_tensor ct_tensor;

typedef struct {
    int32_t code;
    char *_Nullable message;
} ct_error;

typedef enum { CT_FLOAT32, CT_FLOAT64, CT_FLOAT16, CT_BFLOAT16, CT_INT64, CT_INT32, CT_UINT8, CT_BOOL } ct_dtype;

typedef enum { CT_CPU, CT_CUDA } ct_device_kind;

typedef struct {
    ct_device_kind kind;
    int32_t index;
} ct_device;

// MARK: Process

void ct_configure_allocator(void);
// From true to the matching false, large blocks that are set free go back to the kernel at once. Calls nest.
void ct_spare_memory(bool spares);
// Bytes of the large blocks that tensors on the CPU hold (weights apart), of those that wait for their like, of what
// was handed out beyond what was asked for, and how much the last two may be together.
typedef struct {
    int64_t passing, waiting, spare, limit;
} ct_memory;
ct_memory ct_memory_state(void);
int32_t ct_thread_count(void);
void ct_set_thread_count(int32_t count);
int64_t ct_live_tensor_count(void);
bool ct_has_cuda(void);
int32_t ct_cuda_count(void);
int32_t ct_synchronize(ct_device device, ct_error *error);
int32_t ct_set_numerics(bool tf32, bool benchmark, bool deterministic, ct_error *error);
void ct_error_clear(ct_error *error);

// MARK: Life and meta data

void ct_free(ct_tensor *x);
int32_t ct_rank(ct_tensor *x);
void ct_shape(ct_tensor *x, ptrdiff_t *sizes);
int32_t ct_get_dtype(ct_tensor *x, ct_dtype *dtype, ct_error *error);
ct_device ct_get_device(ct_tensor *x);
ptrdiff_t ct_element_count(ct_tensor *x);
bool ct_requires_grad(ct_tensor *x);
int32_t ct_set_requires_grad(ct_tensor *x, bool value, ct_error *error);

// MARK: Creation and transfer

int32_t ct_from_bytes(
    ct_tensor *_Nullable *_Nonnull out, const void *bytes, size_t byte_count, const ptrdiff_t *sizes, int32_t rank,
    ct_dtype dtype, ct_device device, ct_error *error);
int32_t ct_to_bytes(ct_tensor *x, void *bytes, size_t byte_count, ct_error *error);
int32_t ct_item(ct_tensor *x, double *value, ct_error *error);
int32_t ct_full(
    ct_tensor *_Nullable *_Nonnull out, double value, const ptrdiff_t *sizes, int32_t rank, ct_dtype dtype,
    ct_device device, ct_error *error);
int32_t ct_arange(
    ct_tensor *_Nullable *_Nonnull out, double start, double end, double step, ct_dtype dtype, ct_device device,
    ct_error *error);
int32_t ct_eye(ct_tensor *_Nullable *_Nonnull out, ptrdiff_t size, ct_dtype dtype, ct_device device, ct_error *error);
// Numbers are drawn on the CPU from a generator of their own, so that a seed means the same numbers on every device and
// no thread draws from another's.
int32_t ct_random(
    ct_tensor *_Nullable *_Nonnull out, bool normal, uint64_t seed, const ptrdiff_t *sizes,
    int32_t rank, ct_dtype dtype, ct_device device, ct_error *error);
int32_t ct_to(ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, ct_dtype dtype, ct_device device, ct_error *error);
// In place and outside of autograd.
int32_t ct_copy_into(ct_tensor *target, ct_tensor *source, ct_error *error);
int32_t ct_fill(ct_tensor *target, double value, ct_error *error);

// MARK: Arithmetic

typedef enum {
    CT_NEGATE, CT_SQUARE, CT_SQRT, CT_RSQRT, CT_RECIPROCAL, CT_EXP, CT_LOG, CT_ABS, CT_SIGN, CT_SIN, CT_COS, CT_ERF,
    CT_FLOOR, CT_ROUND, CT_TANH, CT_SIGMOID, CT_SOFTPLUS, CT_RELU, CT_SILU, CT_GELU, CT_GELU_TANH, CT_IS_FINITE,
    CT_LOGICAL_NOT, CT_CLONE, CT_CONTIGUOUS, CT_CHANNELS_LAST, CT_DETACH, CT_TRIU, CT_TRIL, CT_LOG1P, CT_ELU
} ct_unary_op;
int32_t ct_unary(ct_tensor *_Nullable *_Nonnull out, ct_unary_op op, ct_tensor *x, ct_error *error);

typedef enum {
    CT_ADD_S, CT_MULTIPLY_S, CT_REVERSE_SUBTRACT_S, CT_REVERSE_DIVIDE_S, CT_DIVIDE_S, CT_POW_S, CT_LEAKY_RELU_S,
    CT_CLAMP_MIN_S, CT_CLAMP_MAX_S, CT_GREATER_S, CT_GREATER_EQUAL_S, CT_LESS_S, CT_LESS_EQUAL_S, CT_EQUAL_S,
    CT_NOT_EQUAL_S
} ct_scalar_op;
int32_t ct_scalar(
    ct_tensor *_Nullable *_Nonnull out, ct_scalar_op op, ct_tensor *x, double value, ct_error *error);

typedef enum {
    CT_ADD, CT_SUBTRACT, CT_MULTIPLY, CT_DIVIDE, CT_POW, CT_MAXIMUM, CT_MINIMUM, CT_GREATER, CT_GREATER_EQUAL,
    CT_LESS, CT_LESS_EQUAL, CT_EQUAL, CT_NOT_EQUAL, CT_LOGICAL_AND, CT_LOGICAL_OR, CT_MATMUL, CT_BMM, CT_PRELU
} ct_binary_op;
int32_t ct_binary(
    ct_tensor *_Nullable *_Nonnull out, ct_binary_op op, ct_tensor *a, ct_tensor *b, ct_error *error);

int32_t ct_where(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *condition, ct_tensor *a, ct_tensor *b, ct_error *error);
int32_t ct_masked_fill(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, ct_tensor *mask, double value, ct_error *error);
int32_t ct_lerp(ct_tensor *_Nullable *_Nonnull out, ct_tensor *a, ct_tensor *b, double weight, ct_error *error);

// `axes` empty means all of them. `parameter` is the order of a norm, the correction of a deviation or variance.
typedef enum {
    CT_SUM, CT_MEAN, CT_MAX, CT_MIN, CT_STD, CT_VAR, CT_NORM, CT_LOG_SUM_EXP, CT_ARGMAX, CT_ARGMIN, CT_ALL, CT_ANY
} ct_reduce_op;
int32_t ct_reduce(
    ct_tensor *_Nullable *_Nonnull out, ct_reduce_op op, ct_tensor *x, const ptrdiff_t *axes, int32_t axis_count,
    bool keep, double parameter, ct_error *error);

typedef enum { CT_SOFTMAX, CT_LOG_SOFTMAX, CT_CUMSUM, CT_SORT, CT_ARGSORT, CT_ARGSORT_DESCENDING } ct_axis_op;
int32_t ct_axis(ct_tensor *_Nullable *_Nonnull out, ct_axis_op op, ct_tensor *x, int32_t axis, ct_error *error);

// Eigenvalues [..., n] in ascending order and, in columns, eigenvectors [..., n, n] of symmetric matrices [..., n, n], of
// which only the lower triangles are read.
int32_t ct_eigh(
    ct_tensor *_Nullable *_Nonnull values, ct_tensor *_Nullable *_Nonnull vectors, ct_tensor *x, ct_error *error);

// MARK: Shape

typedef enum {
    CT_RESHAPE, CT_PERMUTE, CT_TRANSPOSE, CT_SQUEEZE, CT_UNSQUEEZE, CT_EXPAND, CT_REPEAT, CT_FLIP, CT_FLATTEN,
    CT_ROLL, CT_NARROW, CT_SELECT, CT_STRIDED, CT_ONE_HOT
} ct_shape_op;
int32_t ct_reshape(
    ct_tensor *_Nullable *_Nonnull out, ct_shape_op op, ct_tensor *x, const ptrdiff_t *values, int32_t value_count,
    ct_error *error);
int32_t ct_join(
    ct_tensor *_Nullable *_Nonnull out, bool stack, ct_tensor *_Nonnull const *_Nonnull list, int32_t count,
    int32_t axis, ct_error *error);
// `outs` has room for `count` handles.
int32_t ct_split(
    ct_tensor *_Nullable *_Nonnull outs, ct_tensor *x, const ptrdiff_t *sizes, int32_t count, int32_t axis,
    ct_error *error);

typedef enum { CT_INDEX_SELECT, CT_GATHER } ct_index_op;
int32_t ct_index(
    ct_tensor *_Nullable *_Nonnull out, ct_index_op op, ct_tensor *x, int32_t axis, ct_tensor *index,
    ct_error *error);
// x with the rows of `source` added at `index` along `axis`.
int32_t ct_index_add(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, int32_t axis, ct_tensor *index, ct_tensor *source,
    ct_error *error);

typedef enum { CT_PAD_CONSTANT, CT_PAD_REFLECT, CT_PAD_REPLICATE } ct_pad_mode;
// `amounts`: before and after, last axis first.
int32_t ct_pad(
    ct_tensor *_Nullable *_Nonnull out, ct_pad_mode mode, ct_tensor *x, const ptrdiff_t *amounts, int32_t count,
    double value, ct_error *error);

// MARK: Networks

int32_t ct_linear(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, ct_tensor *weight, ct_tensor *_Nullable bias, ct_error *error);
// Each of the four lists has `dimensions` entries.
int32_t ct_convolution(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, ct_tensor *weight, ct_tensor *_Nullable bias,
    const ptrdiff_t *stride, const ptrdiff_t *padding, const ptrdiff_t *dilation, const ptrdiff_t *output_padding,
    int32_t dimensions, ptrdiff_t groups, bool transposed, ct_error *error);

typedef enum { CT_AVERAGE_POOL, CT_MAX_POOL } ct_pool_op;
// Each of the three lists has two entries.
int32_t ct_pool2d(
    ct_tensor *_Nullable *_Nonnull out, ct_pool_op op, ct_tensor *x, const ptrdiff_t *kernel, const ptrdiff_t *stride,
    const ptrdiff_t *padding, bool ceil, bool count_padding, ct_error *error);
int32_t ct_adaptive_average_pool2d(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, ptrdiff_t height, ptrdiff_t width, ct_error *error);

typedef enum { CT_NEAREST, CT_BILINEAR, CT_BICUBIC, CT_AREA } ct_resize_mode;
int32_t ct_resize2d(
    ct_tensor *_Nullable *_Nonnull out, ct_resize_mode mode, ct_tensor *x, ptrdiff_t height, ptrdiff_t width,
    bool align_corners, bool antialias, ct_error *error);

int32_t ct_batch_norm(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, ct_tensor *_Nullable weight, ct_tensor *_Nullable bias,
    ct_tensor *_Nullable running_mean, ct_tensor *_Nullable running_variance, bool training, double momentum,
    double epsilon, ct_error *error);
int32_t ct_group_norm(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, ptrdiff_t groups, ct_tensor *_Nullable weight,
    ct_tensor *_Nullable bias, double epsilon, ct_error *error);
int32_t ct_layer_norm(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, int32_t axes, ct_tensor *_Nullable weight,
    ct_tensor *_Nullable bias, double epsilon, ct_error *error);
// Instance normalisation of x [N, C, ...] followed by (scale + 1) and shift, both [N, C], in one kernel.
int32_t ct_adain(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, ct_tensor *scale, ct_tensor *shift, double epsilon,
    ct_error *error);

int32_t ct_embedding(ct_tensor *_Nullable *_Nonnull out, ct_tensor *weight, ct_tensor *ids, ct_error *error);
int32_t ct_dropout(ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, double p, uint64_t seed, ct_error *error);
int32_t ct_attention(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *query, ct_tensor *key, ct_tensor *value,
    ct_tensor *_Nullable mask, bool causal, ct_error *error);
// x [N, T, D]; lengths int64 on the CPU; weights as (w_ih, w_hh, b_ih, b_hh) per layer and direction.
int32_t ct_lstm(
    ct_tensor *_Nullable *_Nonnull output, ct_tensor *_Nullable *_Nonnull hidden, ct_tensor *x, ct_tensor *lengths,
    ct_tensor *_Nonnull const *_Nonnull weights, int32_t weight_count, int32_t layers, bool bidirectional,
    double dropout, ct_error *error);

typedef enum { CT_REDUCE_NONE, CT_REDUCE_MEAN, CT_REDUCE_SUM } ct_reduction;
int32_t ct_cross_entropy(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *logits, ct_tensor *target, ct_tensor *_Nullable weight,
    ct_reduction reduction, double smoothing, ct_error *error);
int32_t ct_binary_cross_entropy(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *logits, ct_tensor *target, ct_tensor *_Nullable weight,
    ct_tensor *_Nullable positive_weight, ct_reduction reduction, ct_error *error);

// MARK: Own kernels on the CPU; pixels are float32, or bfloat16 where no gradient is wanted, the rest float32

// A weight [outputs, inputs, 3, 3] made ready for `ct_filter` on pixels of float32 or bfloat16, and for its gradient
// where that is wanted; channels are multiples of 16, inputs of 32 for bfloat16. Kernels of [4 outputs, inputs, 2, 2] are
// those of a doubling, one quarter per pixel of the squares that `shuffles` makes: number p lacks the last row where
// p / 2 is 0, the first where it is 1, and so the columns by p % 2.
int32_t ct_filter_pack(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *_Nullable *_Nullable out_adjoint, ct_tensor *weight, bool bfloat16,
    ct_error *error);
// Convolution with 3x3 kernels, stride 1 and padding 1, plus bias [outputs], then leaky ReLU of `slope` (1 for none).
// With `shuffles`, the outputs are four times the channels of an image of twice the size: pixels (0, 0), (0, 1), (1, 0),
// (1, 1) of each square. `adjoint` is the packed weight of the gradient by x, [inputs, outputs, 3, 3] turned by 180
// degrees; without it x must not want a gradient. Weights and bias never have one.
int32_t ct_filter(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, ct_tensor *weights, ct_tensor *_Nullable adjoint,
    ct_tensor *_Nullable bias, ptrdiff_t outputs, double slope, bool shuffles, ct_error *error);
// After a convolution of a synthesis network: blur where wanted, noise [1 or N, 1, H, W] times its weight [C], bias [C],
// leaky ReLU, instance normalisation, and (scale + 1) and shift, both [N, C]. Gradients by x, scale and shift. With
// `overwrites`, x's memory may become the result's where no gradient is wanted: x is of no use afterwards.
int32_t ct_styled(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, ct_tensor *scale, ct_tensor *shift, ct_tensor *_Nullable noise,
    ct_tensor *noise_weight, ct_tensor *bias, double slope, double epsilon, bool blurs, bool overwrites,
    ct_error *error);
// `ct_filter` and `ct_styled` as one, without gradients and but for the last step: `out_affine` [2, N, C] has what the
// pixels must be multiplied by, and what must be added, for the normalisation and the style. `x_affine` says it of x.
int32_t ct_styled_filter(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *_Nullable *_Nonnull out_affine, ct_tensor *x,
    ct_tensor *_Nullable x_affine, ct_tensor *weights, ptrdiff_t outputs, bool doubles, ct_tensor *scale,
    ct_tensor *shift, ct_tensor *_Nullable noise, ct_tensor *noise_weight, ct_tensor *bias, double slope,
    double epsilon, ct_error *error);
// Factors and terms [2, N, C] applied to pixels.
int32_t ct_affine(ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, ct_tensor *factors, ct_error *error);
// A 1x1 convolution of few outputs, of pixels whose factors and terms are still to apply: [N, outputs, H, W] in float32.
int32_t ct_project(
    ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, ct_tensor *_Nullable x_affine, ct_tensor *weight, ct_tensor *bias,
    ct_error *error);

// MARK: Autograd

bool ct_grad_enabled(void);
void ct_set_grad_enabled(bool enabled);
// A guard belongs to the thread that made it; guards end in reverse order.
int32_t ct_inference_begin(void *_Nullable *_Nonnull out, ct_error *error);
void ct_inference_end(void *guard);
int32_t ct_backward(ct_tensor *x, ct_tensor *_Nullable seed, bool retain_graph, ct_error *error);
// `outs` has room for `count` handles; an input that x does not depend on leaves null there.
int32_t ct_gradients(
    ct_tensor *_Nullable *_Nonnull outs, ct_tensor *x, ct_tensor *_Nullable seed,
    ct_tensor *_Nonnull const *_Nonnull inputs, int32_t count, bool retain_graph, bool create_graph,
    ct_error *error);
// Null in `out` where there is no gradient.
int32_t ct_grad(ct_tensor *_Nullable *_Nonnull out, ct_tensor *x, ct_error *error);
int32_t ct_set_grad(ct_tensor *x, ct_tensor *_Nullable gradient, ct_error *error);

// MARK: Optimisation, one crossing for a whole list

int32_t ct_zero_grad(ct_tensor *_Nonnull const *_Nonnull list, int32_t count, ct_error *error);
int32_t ct_clip_grad_norm(
    ct_tensor *_Nonnull const *_Nonnull list, int32_t count, double maximum, double *norm, ct_error *error);
int32_t ct_lerp_into(
    ct_tensor *_Nonnull const *_Nonnull targets, ct_tensor *_Nonnull const *_Nonnull sources, int32_t count,
    double weight, ct_error *error);

typedef struct {
    double learning_rate;
    double beta1;
    double beta2;
    double epsilon;
    double weight_decay;
    bool decoupled;
} ct_adam_options;
// Four lists of `count`: parameters, first moments, second moments, and scalars that count steps. Parameters without
// a gradient are left alone.
int32_t ct_adam_step(
    ct_tensor *_Nonnull const *_Nonnull parameters, ct_tensor *_Nonnull const *_Nonnull means,
    ct_tensor *_Nonnull const *_Nonnull squares, ct_tensor *_Nonnull const *_Nonnull steps, int32_t count,
    ct_adam_options options, ct_error *error);

#ifdef __cplusplus
}
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
