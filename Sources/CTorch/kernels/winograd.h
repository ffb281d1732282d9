// Convolution with 3x3 kernels by minimal filtering: F(4x4, 3x3) needs 36 products where the definition needs 144.
//
// Every 4x4 square of the output comes from a 6x6 square of the input. Both the square and the kernel are taken to the
// values of polynomials at six points per axis, where convolution is a product; summing the products over the input
// channels is 36 independent matrix products. Pixels are stored channels last, so that all steps but the products work
// on vectors of channels.
//
// Numbers are single precision, or bfloat16: then pixels, and the factors of the products, are bfloat16; transforms
// and sums are single precision still.
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

/// Tiles that are multiplied together. A group lies in one image, so that nothing about it depends on the batch.
constexpr int64_t group = 12;

/// What a line of memory holds: factors of the products lie in lines, so that one address reaches a whole group.
constexpr int64_t words = 16;

/// How numbers are stored.
enum class Number : int32_t { single, bfloat16 };

/// Channels per 32-bit word: two neighbours in bfloat16.
inline int64_t packing(Number number) { return number == Number::single ? 1 : 2; }

/// Input channels must be a multiple of this.
inline int64_t lane(Number number) { return words * packing(number); }

/// Weights that are nothing but the phases of a doubling: kernels of 2x2 taps, with a row and a column of zeros. Their
/// values at one of the six points of each axis are zero, so 25 of 36 products are left.
///
/// Phase p of an axis lacks its last tap where p = 0, its first where p = 1: `outputs` tells it of the four quarters of
/// the output channels, `inputs`, turned round, of those of the input channels, `none` of neither.
enum class Phases : int32_t { none, outputs, inputs };

/// Whether kernels of a phase are zero at a point; `turned` where the phases are those of the inputs.
inline bool vanishes(int64_t phase, int64_t point, bool turned) {
    const int64_t row = (phase / 2 == 0) != turned ? 5 : 0, column = (phase % 2 == 0) != turned ? 5 : 0;
    return point / 6 == row || point % 6 == column;
}

/// What one convolution reads and writes. Channels counts are those of the convolution, before or after a rearrangement.
struct Problem {
    Number number;
    const void *input;      ///< [N, H, W, C], or [N, 2H, 2W, C/4] with `unshuffles`
    const void *weights;    ///< see `pack`
    void *output;           ///< [N, H, W, K], or [N, 2H, 2W, K/4] with `shuffles`
    int64_t images, height, width, inputs, outputs;
    /// Input channels of the four pixels of a square follow each other: p C/4 + c is pixel (2y + p / 2, 2x + p % 2).
    bool unshuffles;
    /// Likewise for the output.
    bool shuffles;
    /// Which products can be left out.
    Phases phases;

    /// Pixels of the input are multiplied by this, and the next added, first: [N, C], or null.
    const float *factor, *term;

    const float *bias;  ///< [K], or null
    /// Added with the bias: [1 or N, H, W], times a weight per channel, [K]; or null.
    const float *noise, *noise_weight;
    int64_t noise_images;
    /// After the bias: x below zero is multiplied by this; 1 leaves it alone.
    float slope;
    /// For each group of tiles: sums of the output and of its squares, [groups][2][K]; or null.
    float *sums;

    int64_t tile_rows() const { return (height + 3) / 4; }
    int64_t tile_columns() const { return (width + 3) / 4; }
    /// Of one image.
    int64_t tiles() const { return tile_rows() * tile_columns(); }
    int64_t groups_per_image() const { return (tiles() + group - 1) / group; }
    int64_t groups() const { return images * groups_per_image(); }
};

/// How the groups are shared out.
struct Blocks {
    int64_t size, count;
};

/// As even as can be for `threads`. A group's numbers do not depend on the block that it is in.
Blocks blocks(const Problem &problem, int64_t threads);

/// Floats of scratch memory for one block.
int64_t scratch_size(const Problem &problem, int64_t block);

/// Works on groups `first` up to `first + count`.
void run(const Problem &problem, int64_t first, int64_t count, float *scratch);

/// Which of them holds for weights [K, C, 3, 3].
Phases phases(const float *weights, int64_t outputs, int64_t inputs);

/// Where packed weights lie: for each point and panel of output channels a block [words of C][panel] of 32-bit words,
/// one after the other; none where all of it is zero.
struct Layout {
    Number number;
    int64_t outputs, inputs;
    Phases phases;

    int64_t panels() const { return (outputs + panel - 1) / panel; }
    /// Input channels whose weights are not zero at a point.
    int64_t live_inputs(int64_t point) const;
    bool is_live(int64_t point, int64_t panel_index) const;
    /// Of the first word.
    int64_t offset(int64_t point, int64_t panel_index) const;
    /// Of all.
    int64_t size() const;
};

/// Transforms and packs weights [K, C, 3, 3] for one output panel, in double precision.
void pack(const float *weights, const Layout &, int64_t panel_index, uint32_t *packed);

/// One implementation per instruction set.
using Kernel = void (*)(const Problem &, int64_t first, int64_t count, float *scratch);
void run_generic(const Problem &, int64_t first, int64_t count, float *scratch);
#if defined(__x86_64__)
void run_avx2(const Problem &, int64_t first, int64_t count, float *scratch);
void run_avx512(const Problem &, int64_t first, int64_t count, float *scratch);
void run_avx512_bf16(const Problem &, int64_t first, int64_t count, float *scratch);
#endif

}  // namespace winograd
