// Convolution with 3x3 kernels by minimal filtering: F(4x4, 3x3) needs 36 products where the definition needs 144.
//
// Every 4x4 square of the output comes from a 6x6 square of the input. Both the square and the kernel are taken to the
// values of polynomials at six points per axis, where convolution is a product; summing the products over the input
// channels is 36 independent matrix products. Pixels are stored channels last, so that all steps but the products work
// on vectors of channels.
//
// Source: Lavin, Gray, "Fast algorithms for convolutional neural networks", 2016.

#pragma once

#include <cstddef>
#include <cstdint>

namespace winograd {

/// Points of the transform: six per axis.
constexpr int64_t points = 36;

/// Output channels are handled in panels of this many; weights are padded to a multiple of it.
constexpr int64_t panel = 32;

/// Input channels must be a multiple of this.
constexpr int64_t lane = 16;

/// Weights that are nothing but the phases of a doubling: kernels of 2x2 taps, with a row and a column of zeros. Their
/// values at one of the six points of each axis are zero, so 25 of 36 products are left.
///
/// Phase p of an axis lacks its last tap where p = 0, its first where p = 1: `outputs` tells it of the four quarters of
/// the output channels, `inputs`, turned round, of those of the input channels, `none` of neither.
enum class Phases : int32_t { none, outputs, inputs };

/// What one convolution reads and writes. Channels counts are those of the convolution, before or after a rearrangement.
struct Problem {
    const float *input;    ///< [N, H, W, C], or [N, 2H, 2W, C/4] with `unshuffles`
    const float *weights;  ///< [36][K / panel][C][panel], see `pack`
    const float *bias;     ///< [K], or null
    float *output;         ///< [N, H, W, K], or [N, 2H, 2W, K/4] with `shuffles`
    int64_t images, height, width, inputs, outputs;
    /// After the bias: x below zero is multiplied by this; 1 leaves it alone.
    float slope;
    /// Input channels of the four pixels of a square follow each other: p C/4 + c is pixel (2y + p / 2, 2x + p % 2).
    bool unshuffles;
    /// Likewise for the output.
    bool shuffles;
    /// Which products can be left out.
    Phases phases;

    int64_t tile_rows() const { return (height + 3) / 4; }
    int64_t tile_columns() const { return (width + 3) / 4; }
    int64_t tiles() const { return images * tile_rows() * tile_columns(); }
};

/// How the tiles are shared out.
struct Blocks {
    int64_t size, count;
};

/// As even as can be for `threads`. A tile's numbers do not depend on the block that it is in.
Blocks blocks(const Problem &problem, int64_t threads);

/// Floats of scratch memory for one block.
int64_t scratch_size(const Problem &problem, int64_t block);

/// Works on tiles `first` up to `first + count`, at most `block`.
void run(const Problem &problem, int64_t first, int64_t count, int64_t block, float *scratch);

/// Which of them holds for weights [K, C, 3, 3].
Phases phases(const float *weights, int64_t outputs, int64_t inputs);

/// Floats of packed weights.
int64_t packed_size(int64_t outputs, int64_t inputs);

/// Transforms and packs weights [K, C, 3, 3] for one output panel, in double precision.
void pack(const float *weights, int64_t outputs, int64_t inputs, int64_t panel_index, float *packed);

/// One implementation per instruction set.
using Kernel = void (*)(const Problem &, int64_t first, int64_t count, int64_t block, float *scratch);
void run_generic(const Problem &, int64_t first, int64_t count, int64_t block, float *scratch);
#if defined(__x86_64__)
void run_avx2(const Problem &, int64_t first, int64_t count, int64_t block, float *scratch);
void run_avx512(const Problem &, int64_t first, int64_t count, int64_t block, float *scratch);
#endif

}  // namespace winograd
