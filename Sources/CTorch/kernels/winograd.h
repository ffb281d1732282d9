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

/// How weights are kept.
///
/// `points`: transformed; for each point and panel of output channels a block [words of C][panel] of 32-bit words, one
/// after the other; none where all of it is zero. `taps`: as they are, in single precision; for each panel a block
/// [C][taps][panel], where taps that are zero in a phase are left out. Each run then transforms them panel by panel,
/// which costs little where many tiles follow, and a quarter of the memory is enough.
enum class Form : int32_t { points, taps };

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
    /// How the weights are kept.
    Form form;
    /// Whether the weights are the taps of the convolution that this is the adjoint of: [C, K] kernels, to be turned.
    bool transposed;

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

/// A share of the work: some groups, and some panels of output channels.
struct Block {
    int64_t first_group, groups, first_panel, panels;
};

/// How the work is shared out.
struct Blocks {
    int64_t groups, panels;    ///< In all.
    int64_t size;              ///< Most groups of a block.
    int64_t group_parts, panel_parts;

    int64_t count() const { return group_parts * panel_parts; }
    Block operator[](int64_t index) const {
        const int64_t first = index / panel_parts * size, part = index % panel_parts;
        const int64_t panel = panels * part / panel_parts;
        return {first, groups - first < size ? groups - first : size, panel, panels * (part + 1) / panel_parts - panel};
    }
};

/// As even as can be for `threads`. A number does not depend on the block that it is in.
Blocks blocks(const Problem &problem, int64_t threads);

/// 32-bit words of scratch memory from one point to the next. A line more than needed: powers of two apart, all points
/// would compete for the same few lines of a cache.
struct Strides {
    int64_t squares, products, weights;

    Strides(const Problem &problem, int64_t block)
        : squares(block * group * problem.inputs / packing(problem.number) + words),
          products(block * group * panel + words),
          weights(problem.form == Form::taps ? problem.inputs / packing(problem.number) * panel + words : 0) {}
};

/// Floats of scratch memory for one block.
int64_t scratch_size(const Problem &problem, int64_t block);

/// Works on one block.
void run(const Problem &problem, Block block, float *scratch);

/// Where packed weights lie.
struct Layout {
    Number number;
    int64_t outputs, inputs;
    Phases phases;
    Form form;

    int64_t panels() const { return (outputs + panel - 1) / panel; }
    /// Per kernel, with `Form::taps`.
    int64_t taps() const { return phases == Phases::none ? 9 : 4; }
    /// Which of the nine taps number `index` is, for a panel and an input channel.
    int64_t tap(int64_t index, int64_t panel_index, int64_t input) const;
    /// Input channels whose weights are not zero at a point.
    int64_t live_inputs(int64_t point) const;
    bool is_live(int64_t point, int64_t panel_index) const;
    /// Of the first word; with `Form::points`.
    int64_t offset(int64_t point, int64_t panel_index) const;
    /// Words in all.
    int64_t size() const;
};

/// The form that pays: wide layers would need more memory for transformed weights than for all else.
Form form(Number number, int64_t outputs, int64_t inputs);

/// Packs weights [K, C, taps] for one output panel; transforms them in double precision. Taps are the nine of each
/// kernel, or the four that a phase has.
void pack(const float *weights, const Layout &, int64_t panel_index, uint32_t *packed);

/// One implementation per instruction set.
using Kernel = void (*)(const Problem &, Block, float *scratch);
void run_generic(const Problem &, Block, float *scratch);
#if defined(__x86_64__)
void run_avx2(const Problem &, Block, float *scratch);
void run_avx512(const Problem &, Block, float *scratch);
void run_avx512_bf16(const Problem &, Block, float *scratch);
#endif

}  // namespace winograd
