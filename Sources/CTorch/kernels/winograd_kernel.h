// The body of every implementation. Included with `lanes` (floats per vector), `rows` (tiles per step of the matrix
// product) and `entry` (the function's name) defined, under the target's instruction set; `dot_product` where that has
// products of bfloat16.

#include <cstring>

#if defined(dot_product)
#include <immintrin.h>
#endif

namespace {

typedef float vector __attribute__((vector_size(lanes * sizeof(float))));
typedef uint32_t bits __attribute__((vector_size(lanes * sizeof(float))));
typedef uint16_t halves __attribute__((vector_size(lanes * sizeof(uint16_t))));

#define INLINE inline __attribute__((always_inline))

template <class Value> INLINE Value read(const void *from) {
    Value value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

template <class Value> INLINE void write(void *to, Value value) { std::memcpy(to, &value, sizeof value); }

/// By way of whole numbers: 0 + value is not the value where that is -0, so would be calculated.
INLINE vector splat(float value) { return (vector)(bits{} + __builtin_bit_cast(uint32_t, value)); }

/// How single precision is stored and multiplied.
struct Single {
    using stored = float;
    static constexpr int together_count = 1;

    static INLINE vector load(const stored *from) { return read<vector>(from); }
    static INLINE void store(stored *to, vector value) { write(to, value); }
    /// Numbers of one word per lane, one for each lane and part of it, as words.
    static INLINE bits together(const vector *parts) { return (bits)parts[0]; }
    /// A word of one factor against one word per lane of the other.
    static INLINE vector add(vector sum, uint32_t word, bits others) {
        return sum + (vector)(bits{} + word) * (vector)others;
    }
};

/// How bfloat16 is.
struct Brain {
    using stored = uint16_t;
    static constexpr int together_count = 2;

    static INLINE bits together(const vector *parts) {
        const bits low = (bits)parts[0], high = (bits)parts[1];
        return ((low + 0x7fff + ((low >> 16) & 1)) >> 16) | ((high + 0x7fff + ((high >> 16) & 1)) & 0xffff0000);
    }

    static INLINE vector load(const stored *from) {
        return (vector)(__builtin_convertvector(read<halves>(from), bits) << 16);
    }

#if defined(dot_product)
    static INLINE void store(stored *to, vector value) { write(to, _mm512_cvtneps_pbh((__m512)value)); }

    static INLINE vector add(vector sum, uint32_t word, bits others) {
        return (vector)_mm512_dpbf16_ps((__m512)sum, (__m512bh)(bits{} + word), (__m512bh)others);
    }
#else
    /// To the nearest, to even where two are; what is no number stays none.
    static INLINE void store(stored *to, vector value) {
        const bits exact = (bits)value;
        const bits rounded = (exact + 0x7fff + ((exact >> 16) & 1)) >> 16;
        const bits none = (bits)(value != value);
        write(to, __builtin_convertvector((rounded & ~none) | (none & 0x7fc0), halves));
    }

    static INLINE vector add(vector sum, uint32_t word, bits others) {
        const bits both = bits{} + word;
        const vector low = (vector)(both << 16) * (vector)(others << 16);
        return sum + (vector)(both & 0xffff0000) * (vector)(others & 0xffff0000) + low;
    }
#endif
};

/// Six values along one axis to the six points.
INLINE void to_points(vector *d, int step) {
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
INLINE void from_points(const vector *m, int step, vector *y, int to) {
    using namespace winograd;
    const vector sum_a = m[step] + m[2 * step], gap_a = m[step] - m[2 * step];
    const vector sum_b = m[3 * step] + m[4 * step], gap_b = m[3 * step] - m[4 * step];
    y[0] = m[0] + sum_a + sum_b;
    y[to] = splat(a) * gap_a + splat(b) * gap_b;
    y[2 * to] = splat(a2) * sum_a + splat(b2) * sum_b;
    y[3 * to] = splat(a * a2) * gap_a + splat(b * b2) * gap_b + m[5 * step];
}

/// Three taps along one axis to the six points.
INLINE void taps_to_points(const vector *g, int step, vector *to, int to_step) {
    using namespace winograd;
    constexpr double scale_a = 1 / (2 * a2 * (a2 - b2)), scale_b = 1 / (2 * b2 * (b2 - a2));
    const vector g0 = g[0], g1 = g[step], g2 = g[2 * step];
    const vector even_a = splat(scale_a) * g0 + splat(scale_a * a2) * g2, odd_a = splat(scale_a * a) * g1;
    const vector even_b = splat(scale_b) * g0 + splat(scale_b * b2) * g2, odd_b = splat(scale_b * b) * g1;
    to[0] = splat(1 / (a2 * b2)) * g0;
    to[to_step] = even_a + odd_a;
    to[2 * to_step] = even_a - odd_a;
    to[3 * to_step] = even_b + odd_b;
    to[4 * to_step] = even_b - odd_b;
    to[5 * to_step] = g2;
}

/// The taps of a panel to the points: `to` is [point][words of C][panel], with `stride` between the points; words that
/// are zero at a point are left out there.
template <class T>
void expand(const winograd::Layout &layout, int64_t panel_index, const float *taps, int64_t stride, uint32_t *to) {
    using namespace winograd;
    constexpr int together = T::together_count;
    const int64_t count = layout.taps(), quarter = layout.inputs / 4;
    uint32_t *place[points];
    for (int64_t point = 0; point < points; ++point) {
        place[point] = to + point * stride;
    }
    // Within a quarter of the input channels the same taps are there, and the same points live.
    for (int64_t first = 0; first < layout.inputs;) {
        const bool by_quarter = layout.phases == Phases::inputs;
        const int64_t end = by_quarter ? first + quarter : layout.inputs;
        int64_t tap[9], step[points];
        for (int64_t index = 0; index < count; ++index) {
            tap[index] = layout.tap(index, panel_index, first);
        }
        for (int64_t point = 0; point < points; ++point) {
            step[point] = by_quarter && vanishes(first / quarter, point, true) ? 0 : panel;
        }
        for (; first < end; first += together, taps += together * count * panel) {
            for (int64_t half = 0; half < panel; half += lanes) {
                vector rows_done[together][18];
                for (int part = 0; part < together; ++part) {
                    vector g[9] = {};
                    for (int64_t index = 0; index < count; ++index) {
                        g[tap[index]] = read<vector>(taps + (part * count + index) * panel + half);
                    }
                    for (int column = 0; column < 3; ++column) {
                        taps_to_points(g + column, 3, rows_done[part] + column, 3);
                    }
                }
                for (int row = 0; row < 6; ++row) {
                    vector u[together][6];
                    for (int part = 0; part < together; ++part) {
                        taps_to_points(rows_done[part] + row * 3, 1, u[part], 1);
                    }
                    for (int column = 0; column < 6; ++column) {
                        vector parts[together];
                        for (int part = 0; part < together; ++part) {
                            parts[part] = u[part][column];
                        }
                        write(place[row * 6 + column] + half, T::together(parts));
                    }
                }
            }
            for (int64_t point = 0; point < points; ++point) {
                place[point] += step[point];
            }
        }
    }
}

#if lanes == 16
#define INTERLEAVED(a, b, first) __builtin_shufflevector( \
    a, b, first, first + 16, first + 1, first + 17, first + 2, first + 18, first + 3, first + 19, first + 4, \
    first + 20, first + 5, first + 21, first + 6, first + 22, first + 7, first + 23)
#elif lanes == 8
#define INTERLEAVED(a, b, first) __builtin_shufflevector( \
    a, b, first, first + 8, first + 1, first + 9, first + 2, first + 10, first + 3, first + 11)
#else
#define INTERLEAVED(a, b, first) __builtin_shufflevector(a, b, first, first + 4, first + 1, first + 5)
#endif

/// A square of numbers, as rows, turned over its diagonal: as many perfect shuffles as the length has bits.
INLINE void transpose(vector *square) {
    for (int done = 1; done < lanes; done *= 2) {
        vector shuffled[lanes];
        for (int i = 0; i < lanes / 2; ++i) {
            shuffled[2 * i] = INTERLEAVED(square[i], square[i + lanes / 2], 0);
            shuffled[2 * i + 1] = INTERLEAVED(square[i], square[i + lanes / 2], lanes / 2);
        }
        for (int i = 0; i < lanes; ++i) {
            square[i] = shuffled[i];
        }
    }
}

/// As `expand`, for the adjoint: `layout` and `taps` are those of the convolution whose adjoint this is, `panel_index`
/// counts panels of its input channels. Kernels are turned by 180 degrees.
void expand_transposed(
    const winograd::Layout &layout, int64_t panel_index, const float *taps, int64_t stride, uint32_t *to) {
    using namespace winograd;
    const int64_t count = layout.taps();
    uint32_t *place[points];
    for (int64_t point = 0; point < points; ++point) {
        place[point] = to + point * stride;
    }
    for (int64_t k = 0; k < layout.outputs; k += lanes) {
        const int64_t from_panel = k / panel;
        const bool by_phase = layout.phases == Phases::outputs;
        int64_t tap[9], step[points];
        for (int64_t index = 0; index < count; ++index) {
            tap[index] = 8 - layout.tap(index, from_panel, 0);
        }
        for (int64_t point = 0; point < points; ++point) {
            step[point] = by_phase && vanishes(k / (layout.outputs / 4), point, true) ? 0 : panel;
        }
        for (int64_t part = 0; part < panel && panel_index * panel + part < layout.inputs; part += lanes) {
            // For each tap, the numbers of `lanes` output channels, each over `lanes` input channels.
            vector squares[9][lanes];
            for (int64_t index = 0; index < count; ++index) {
                const float *from = taps
                    + ((from_panel * layout.inputs + panel_index * panel + part) * count + index) * panel + k % panel;
                for (int64_t c = 0; c < lanes; ++c) {
                    squares[index][c] = read<vector>(from + c * count * panel);
                }
                transpose(squares[index]);
            }
            for (int64_t lane = 0; lane < lanes; ++lane) {
                vector g[9] = {}, rows_done[18];
                for (int64_t index = 0; index < count; ++index) {
                    g[tap[index]] = squares[index][lane];
                }
                for (int column = 0; column < 3; ++column) {
                    taps_to_points(g + column, 3, rows_done + column, 3);
                }
                for (int row = 0; row < 6; ++row) {
                    vector u[6];
                    taps_to_points(rows_done + row * 3, 1, u, 1);
                    for (int column = 0; column < 6; ++column) {
                        const int64_t point = row * 6 + column;
                        write(place[point] + lane * step[point] + part, u[column]);
                    }
                }
            }
        }
        for (int64_t point = 0; point < points; ++point) {
            place[point] += lanes * step[point];
        }
    }
}

/// A group of tiles: which image, the first tile in it, and how many there are.
struct Group {
    int64_t image, first, count;
};

INLINE Group group_at(const winograd::Problem &p, int64_t index) {
    const int64_t first = index % p.groups_per_image() * winograd::group, left = p.tiles() - first;
    return {index / p.groups_per_image(), first, left < winograd::group ? left : winograd::group};
}

/// Where pixel (y, x) of channel `c` lies, in memory that may hold the four pixels of a square in one's channels.
INLINE int64_t place(
    const winograd::Problem &p, int64_t image, int64_t y, int64_t x, int64_t c, int64_t channels, bool shuffled) {
    if (!shuffled) {
        return ((image * p.height + y) * p.width + x) * channels + c;
    }
    const int64_t each = channels / 4, phase = c / each;
    const int64_t row = 2 * y + phase / 2, column = 2 * x + phase % 2;
    return ((image * 2 * p.height + row) * 2 * p.width + column) * each + c % each;
}

/// Squares of the input to the points, for one group: `v` is [point][line][tile][words], with `point_stride` between the
/// points.
template <class T, bool affine>
void transform_input(const winograd::Problem &p, Group group, int64_t point_stride, uint32_t *v) {
    using stored = typename T::stored;
    const stored *const input = static_cast<const stored *>(p.input);
    const int64_t pixel = p.unshuffles ? p.inputs / 2 : p.inputs, row = p.width * p.inputs;
    constexpr int64_t line = winograd::words * sizeof(uint32_t) / sizeof(stored);
    for (int64_t t = 0; t < group.count; ++t) {
        const int64_t index = group.first + t;
        const int64_t tile_y = index / p.tile_columns() * 4, tile_x = index % p.tile_columns() * 4;
        const int64_t top = tile_y - 1, left = tile_x - 1;
        const bool inside = top >= 0 && left >= 0 && top + 6 <= p.height && left + 6 <= p.width;
        for (int64_t c = 0; c < p.inputs; c += lanes) {
            vector d[36];
            const vector factor = affine ? read<vector>(p.factor + group.image * p.inputs + c) : vector{};
            const vector term = affine ? read<vector>(p.term + group.image * p.inputs + c) : vector{};
            // `top` and `left` may lie outside, so addresses count from the tile's own corner.
            const stored *corner = input + place(p, group.image, tile_y, tile_x, c, p.inputs, p.unshuffles);
            for (int r = 0; r < 6; ++r) {
                for (int s = 0; s < 6; ++s) {
                    const int64_t y = top + r, x = left + s;
                    if (inside || (y >= 0 && x >= 0 && y < p.height && x < p.width)) {
                        const vector value = T::load(corner + (r - 1) * row + (s - 1) * pixel);
                        d[r * 6 + s] = affine ? value * factor + term : value;
                    } else {
                        d[r * 6 + s] = vector{};
                    }
                }
            }
            for (int s = 0; s < 6; ++s) {
                to_points(d + s, 6);
            }
            for (int r = 0; r < 6; ++r) {
                to_points(d + r * 6, 1);
            }
            uint32_t *const to = v + (c / line * winograd::group + t) * winograd::words;
            for (int64_t point = 0; point < winograd::points; ++point) {
                T::store(reinterpret_cast<stored *>(to + point * point_stride) + c % line, d[point]);
            }
        }
    }
}

/// Runs of lines of input channels whose weights are not zero at a point.
struct Runs {
    int64_t begin[4], end[4], count;
};

INLINE Runs runs_at(const winograd::Problem &p, int64_t point) {
    const int64_t lines = p.inputs / winograd::lane(p.number);
    Runs runs{{0}, {lines}, 1};
    if (p.phases == winograd::Phases::inputs) {
        runs.count = 0;
        for (int64_t phase = 0; phase < 4; ++phase) {
            if (!winograd::vanishes(phase, point, true)) {
                runs.begin[runs.count] = phase * lines / 4;
                runs.end[runs.count++] = (phase + 1) * lines / 4;
            }
        }
    }
    return runs;
}

/// `tiles` rows of a group times a panel: `m` [tiles, panel].
template <class T, int tiles>
INLINE void multiply(const uint32_t *v, const Runs &runs, const uint32_t *weights, float *m) {
    using namespace winograd;
    constexpr int across = 2;
    for (int64_t half = 0; half < panel; half += across * lanes) {
        vector sum[tiles][across] = {};
        const uint32_t *w = weights + half;
        for (int64_t run = 0; run < runs.count; ++run) {
            const uint32_t *line = v + runs.begin[run] * group * words;
            for (int64_t i = runs.begin[run]; i < runs.end[run]; ++i, line += group * words) {
                for (int64_t word = 0; word < words; ++word, w += panel) {
                    const bits w0 = read<bits>(w), w1 = read<bits>(w + lanes);
                    for (int t = 0; t < tiles; ++t) {
                        const uint32_t x = read<uint32_t>(line + t * words + word);
                        sum[t][0] = T::add(sum[t][0], x, w0);
                        sum[t][1] = T::add(sum[t][1], x, w1);
                    }
                }
            }
        }
        for (int t = 0; t < tiles; ++t) {
            write(m + t * panel + half, sum[t][0]);
            write(m + t * panel + half + lanes, sum[t][1]);
        }
    }
}

/// A whole group, in steps of `rows` tiles; the last step may be shorter.
template <class T>
void multiply_group(const uint32_t *v, int64_t count, const Runs &runs, const uint32_t *weights, float *m) {
    constexpr int third = rows / 3;
    for (int64_t t = 0; t < count; t += rows) {
        const uint32_t *from = v + t * winograd::words;
        float *to = m + t * winograd::panel;
        if (count - t > 2 * third) {
            multiply<T, rows>(from, runs, weights, to);
        } else if (count - t > third) {
            multiply<T, 2 * third>(from, runs, weights, to);
        } else {
            multiply<T, third>(from, runs, weights, to);
        }
    }
}

/// Points to squares of the output, with all that follows, for one group and the `width` channels of one panel; `m` is
/// [point][tile][panel], with `point_stride` between the points.
template <class T>
void transform_output(
    const winograd::Problem &p, Group group, int64_t first, int64_t width, int64_t point_stride, const float *m,
    float *sums) {
    using stored = typename T::stored;
    stored *const output = static_cast<stored *>(p.output);
    const int64_t pixel = p.shuffles ? p.outputs / 2 : p.outputs, line = p.width * p.outputs;
    const float *const noise = p.noise == nullptr
        ? nullptr : p.noise + (p.noise_images == 1 ? 0 : group.image) * p.height * p.width;
    const int64_t phase = p.phases == winograd::Phases::outputs ? first / (p.outputs / 4) : 0;
    for (int64_t k = first; k < first + width; k += lanes) {
        const vector bias = p.bias != nullptr ? read<vector>(p.bias + k) : vector{};
        const vector weight = noise != nullptr ? read<vector>(p.noise_weight + k) : vector{};
        vector sum{}, squares{};
        for (int64_t t = 0; t < group.count; ++t) {
            const int64_t index = group.first + t;
            const int64_t tile_y = index / p.tile_columns() * 4, tile_x = index % p.tile_columns() * 4;
            const int64_t height = p.height - tile_y < 4 ? p.height - tile_y : 4;
            const int64_t wide = p.width - tile_x < 4 ? p.width - tile_x : 4;
            vector d[36], half[24], y[16];
            const float *from = m + t * winograd::panel + k - first;
            for (int64_t point = 0; point < winograd::points; ++point) {
                const bool zero = p.phases == winograd::Phases::outputs && winograd::vanishes(phase, point, false);
                d[point] = zero ? vector{} : read<vector>(from + point * point_stride);
            }
            for (int s = 0; s < 6; ++s) {
                from_points(d + s, 6, half + s, 6);
            }
            for (int r = 0; r < 4; ++r) {
                from_points(half + r * 6, 1, y + r * 4, 1);
            }
            stored *corner = output + place(p, group.image, tile_y, tile_x, k, p.outputs, p.shuffles);
            for (int64_t r = 0; r < height; ++r) {
                for (int64_t s = 0; s < wide; ++s) {
                    vector x = y[r * 4 + s] + bias;
                    if (noise != nullptr) {
                        x += splat(noise[(tile_y + r) * p.width + tile_x + s]) * weight;
                    }
                    const vector low = splat(p.slope) * x;
                    x = x > vector{} ? x : low;
                    sum += x;
                    squares += x * x;
                    T::store(corner + r * line + s * pixel, x);
                }
            }
        }
        if (sums != nullptr) {
            write(sums + k, sum);
            write(sums + p.outputs + k, squares);
        }
    }
}

template <class T>
void run_as(const winograd::Problem &p, winograd::Block block, float *scratch) {
    using namespace winograd;
    const int64_t first = block.first_group, count = block.groups;
    const Layout layout{p.number, p.outputs, p.inputs, p.phases, p.form};
    const Strides strides(p, count);
    const int64_t group_words = p.inputs / packing(p.number) * group;
    uint32_t *const v = reinterpret_cast<uint32_t *>(scratch);
    float *const m = scratch + points * strides.squares;
    uint32_t *const u = reinterpret_cast<uint32_t *>(m + points * strides.products);
    for (int64_t g = 0; g < count; ++g) {
        if (p.factor != nullptr) {
            transform_input<T, true>(p, group_at(p, first + g), strides.squares, v + g * group_words);
        } else {
            transform_input<T, false>(p, group_at(p, first + g), strides.squares, v + g * group_words);
        }
    }
    const uint32_t *const weights = static_cast<const uint32_t *>(p.weights);
    for (int64_t index = block.first_panel; index < block.first_panel + block.panels; ++index) {
        if (p.transposed) {
            const Layout forward{
                p.number, p.inputs, p.outputs, p.phases == Phases::inputs ? Phases::outputs : Phases::none, p.form};
            expand_transposed(forward, index, static_cast<const float *>(p.weights), strides.weights, u);
        } else if (p.form == Form::taps) {
            const int64_t first_tap = index * p.inputs * layout.taps() * panel;
            expand<T>(layout, index, static_cast<const float *>(p.weights) + first_tap, strides.weights, u);
        }
        for (int64_t point = 0; point < points; ++point) {
            if (!layout.is_live(point, index)) {
                continue;
            }
            const Runs runs = runs_at(p, point);
            const uint32_t *const w = p.form == Form::taps ? u + point * strides.weights : weights + layout.offset(point, index);
            for (int64_t g = 0; g < count; ++g) {
                multiply_group<T>(
                    v + point * strides.squares + g * group_words, group_at(p, first + g).count, runs, w,
                    m + point * strides.products + g * group * panel);
            }
        }
        const int64_t left = p.outputs - index * panel;
        for (int64_t g = 0; g < count; ++g) {
            transform_output<T>(
                p, group_at(p, first + g), index * panel, left < panel ? left : panel, strides.products, m + g * group * panel,
                p.sums == nullptr ? nullptr : p.sums + (first + g) * 2 * p.outputs);
        }
    }
}

}  // namespace

void winograd::entry(const Problem &p, Block block, float *scratch) {
    if (p.number == Number::bfloat16) {
        run_as<Brain>(p, block, scratch);
    } else {
        run_as<Single>(p, block, scratch);
    }
}
