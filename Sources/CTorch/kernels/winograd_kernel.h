// The body of every implementation. Included with `lanes` (floats per vector), `rows` (tiles per step of the matrix
// product) and `entry` (the function's name) defined, under the target's instruction set.

#include <cstring>

namespace {

typedef float vector __attribute__((vector_size(lanes * sizeof(float))));

inline __attribute__((always_inline)) vector load(const float *from) {
    vector value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

inline __attribute__((always_inline)) void store(float *to, vector value) { std::memcpy(to, &value, sizeof value); }

inline __attribute__((always_inline)) vector splat(float value) { return vector{} + value; }

/// Six values along one axis to the six points.
inline __attribute__((always_inline)) void to_points(vector *d, int step) {
    using namespace winograd;
    const vector d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
    const vector even_a = d4 - splat(b2) * d2, odd_a = splat(a) * (d3 - splat(b2) * d1);
    const vector even_b = d4 - splat(a2) * d2, odd_b = splat(b) * (d3 - splat(a2) * d1);
    d[0] = splat(a2 * b2) * d0 - splat(a2 + b2) * d2 + d4;
    d[step] = even_a + odd_a;
    d[2 * step] = even_a - odd_a;
    d[3 * step] = even_b + odd_b;
    d[4 * step] = even_b - odd_b;
    d[5 * step] = splat(a2 * b2) * d1 - splat(a2 + b2) * d3 + d5;
}

/// Six points along one axis to four values.
inline __attribute__((always_inline)) void from_points(const vector *m, int step, vector *y, int to) {
    using namespace winograd;
    const vector sum_a = m[step] + m[2 * step], gap_a = m[step] - m[2 * step];
    const vector sum_b = m[3 * step] + m[4 * step], gap_b = m[3 * step] - m[4 * step];
    y[0] = m[0] + sum_a + sum_b;
    y[to] = splat(a) * gap_a + splat(b) * gap_b;
    y[2 * to] = splat(a2) * sum_a + splat(b2) * sum_b;
    y[3 * to] = splat(a * a2) * gap_a + splat(b * b2) * gap_b + m[5 * step];
}

struct Tile {
    int64_t image, y, x;
};

inline Tile tile_at(const winograd::Problem &p, int64_t index) {
    const int64_t columns = p.tile_columns(), each = p.tile_rows() * columns;
    return {index / each, index % each / columns * 4, index % columns * 4};
}

/// Where pixel (y, x) of channel `c` lies, in memory that may hold the four pixels of a square in one's channels.
inline int64_t place(
    const winograd::Problem &p, int64_t image, int64_t y, int64_t x, int64_t c, int64_t channels, bool shuffled) {
    if (!shuffled) {
        return ((image * p.height + y) * p.width + x) * channels + c;
    }
    const int64_t each = channels / 4, phase = c / each;
    const int64_t row = 2 * y + phase / 2, column = 2 * x + phase % 2;
    return ((image * 2 * p.height + row) * 2 * p.width + column) * each + c % each;
}

/// Squares of the input to the points: `v` is [36][block][C].
void transform_input(const winograd::Problem &p, int64_t first, int64_t count, int64_t block, float *v) {
    for (int64_t t = 0; t < count; ++t) {
        const Tile tile = tile_at(p, first + t);
        const int64_t top = tile.y - 1, left = tile.x - 1;
        const bool inside = top >= 0 && left >= 0 && top + 6 <= p.height && left + 6 <= p.width;
        const int64_t pixel = p.unshuffles ? p.inputs / 2 : p.inputs;
        const int64_t line = p.unshuffles ? p.width * p.inputs : p.width * p.inputs;
        for (int64_t c = 0; c < p.inputs; c += lanes) {
            vector d[36];
            // `top` and `left` may lie outside, so addresses count from the tile's own corner.
            const float *corner = p.input + place(p, tile.image, tile.y, tile.x, c, p.inputs, p.unshuffles);
            for (int r = 0; r < 6; ++r) {
                for (int s = 0; s < 6; ++s) {
                    const int64_t y = top + r, x = left + s;
                    const bool there = inside || (y >= 0 && x >= 0 && y < p.height && x < p.width);
                    d[r * 6 + s] = there ? load(corner + (r - 1) * line + (s - 1) * pixel) : vector{};
                }
            }
            for (int s = 0; s < 6; ++s) {
                to_points(d + s, 6);
            }
            for (int r = 0; r < 6; ++r) {
                to_points(d + r * 6, 1);
            }
            for (int64_t point = 0; point < winograd::points; ++point) {
                store(v + (point * block + t) * p.inputs + c, d[point]);
            }
        }
    }
}

/// Whether kernels of a phase are zero at a point; `turned` where the phases are those of the inputs.
inline bool vanishes(int64_t phase, int64_t point, bool turned) {
    const int64_t row = (phase / 2 == 0) != turned ? 5 : 0, column = (phase % 2 == 0) != turned ? 5 : 0;
    return point / 6 == row || point % 6 == column;
}

/// At one point: `m` [count, K] = `v` [count, C] times a matrix [C, K] in panels.
void multiply(
    const winograd::Problem &p, int64_t point, const float *v, const float *weights, float *m, int64_t count,
    int64_t padded_outputs) {
    constexpr int width = 2 * lanes;
    const int64_t inputs = p.inputs;
    // Runs of input channels whose weights are not zero here.
    int64_t begin[4] = {0}, end[4] = {inputs}, runs = 1;
    if (p.phases == winograd::Phases::inputs) {
        runs = 0;
        for (int64_t phase = 0; phase < 4; ++phase) {
            if (!vanishes(phase, point, true)) {
                begin[runs] = phase * inputs / 4;
                end[runs++] = (phase + 1) * inputs / 4;
            }
        }
    }
    for (int64_t panel = 0; panel < padded_outputs; panel += width) {
        if (p.phases == winograd::Phases::outputs && vanishes(panel / (p.outputs / 4), point, false)) {
            for (int64_t row = 0; row < count; ++row) {
                store(m + row * padded_outputs + panel, vector{});
                store(m + row * padded_outputs + panel + lanes, vector{});
            }
            continue;
        }
        const float *w = weights + panel / winograd::panel * inputs * winograd::panel + panel % winograd::panel;
        for (int64_t row = 0; row < count; row += rows) {
            vector sum[rows][2] = {};
            const float *source[rows];
            for (int r = 0; r < rows; ++r) {
                // Rows past the end repeat the last one; their sums are not stored.
                source[r] = v + (row + r < count ? row + r : count - 1) * inputs;
            }
            for (int64_t run = 0; run < runs; ++run) {
                for (int64_t i = begin[run]; i < end[run]; ++i) {
                    const vector w0 = load(w + i * winograd::panel), w1 = load(w + i * winograd::panel + lanes);
                    for (int r = 0; r < rows; ++r) {
                        const vector x = splat(source[r][i]);
                        sum[r][0] += x * w0;
                        sum[r][1] += x * w1;
                    }
                }
            }
            for (int r = 0; r < rows && row + r < count; ++r) {
                store(m + (row + r) * padded_outputs + panel, sum[r][0]);
                store(m + (row + r) * padded_outputs + panel + lanes, sum[r][1]);
            }
        }
    }
}

/// Points to squares of the output, with bias and activation; `m` is [36][block][padded K].
void transform_output(
    const winograd::Problem &p, int64_t first, int64_t count, int64_t block, int64_t padded_outputs, const float *m) {
    const int64_t pixel = p.shuffles ? p.outputs / 2 : p.outputs;
    const int64_t line = p.width * p.outputs;
    for (int64_t t = 0; t < count; ++t) {
        const Tile tile = tile_at(p, first + t);
        const int64_t height = p.height - tile.y < 4 ? p.height - tile.y : 4;
        const int64_t width = p.width - tile.x < 4 ? p.width - tile.x : 4;
        for (int64_t k = 0; k < p.outputs; k += lanes) {
            vector d[36], half[24], y[16];
            for (int64_t point = 0; point < winograd::points; ++point) {
                d[point] = load(m + (point * block + t) * padded_outputs + k);
            }
            for (int s = 0; s < 6; ++s) {
                from_points(d + s, 6, half + s, 6);
            }
            for (int r = 0; r < 4; ++r) {
                from_points(half + r * 6, 1, y + r * 4, 1);
            }
            const vector bias = p.bias != nullptr ? load(p.bias + k) : vector{};
            float *corner = p.output + place(p, tile.image, tile.y, tile.x, k, p.outputs, p.shuffles);
            for (int64_t r = 0; r < height; ++r) {
                for (int64_t s = 0; s < width; ++s) {
                    const vector x = y[r * 4 + s] + bias;
                    const vector low = splat(p.slope) * x;
                    store(corner + r * line + s * pixel, x > vector{} ? x : low);
                }
            }
        }
    }
}

}  // namespace

void winograd::entry(const Problem &p, int64_t first, int64_t count, int64_t block, float *scratch) {
    const int64_t padded = (p.outputs + panel - 1) / panel * panel;
    float *v = scratch, *m = scratch + points * block * p.inputs;
    transform_input(p, first, count, block, v);
    for (int64_t point = 0; point < points; ++point) {
        multiply(
            p, point, v + point * block * p.inputs, p.weights + point * padded * p.inputs,
            m + point * block * padded, count, padded);
    }
    transform_output(p, first, count, block, padded, m);
}
