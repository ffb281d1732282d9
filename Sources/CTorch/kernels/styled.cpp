#include "styled.h"

#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

// Simple loops over channels, which compilers turn into vectors, for each instruction set.
#if defined(__x86_64__)
#define CLONED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONED
#endif

namespace styled {

namespace {

struct Rows {
    int64_t first, end;
};

Rows rows(const Problem &p, int64_t strip) {
    const int64_t first = strip * p.strip(), end = first + p.strip();
    return {first, end < p.height ? end : p.height};
}

const float *pixel(const Problem &p, const float *base, int64_t image, int64_t y, int64_t x) {
    return base + ((image * p.height + y) * p.width + x) * p.channels;
}

CLONED void widen(const uint16_t *from, float *to, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
        to[i] = __builtin_bit_cast(float, static_cast<uint32_t>(from[i]) << 16);
    }
}

/// To the nearest, to even where two are; what is no number stays none.
CLONED void narrow(const float *from, uint16_t *to, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
        const auto exact = __builtin_bit_cast(uint32_t, from[i]);
        const uint32_t rounded = (exact + 0x7fff + (exact >> 16 & 1)) >> 16;
        to[i] = static_cast<uint16_t>((exact & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : rounded);
    }
}

/// One row of pixels in single precision: where it is stored, or a copy.
const float *read_row(const Problem &p, const void *base, int64_t image, int64_t y, std::vector<float> &copy) {
    const int64_t at = (image * p.height + y) * p.width * p.channels, count = p.width * p.channels;
    if (!p.bfloat16) {
        return static_cast<const float *>(base) + at;
    }
    copy.resize(static_cast<size_t>(count));
    widen(static_cast<const uint16_t *>(base) + at, copy.data(), count);
    return copy.data();
}

/// Where one row of pixels is to be written in single precision; `finish_row` then stores it.
float *row_to_write(const Problem &p, void *base, int64_t image, int64_t y, std::vector<float> &copy) {
    const int64_t count = p.width * p.channels;
    if (!p.bfloat16) {
        return static_cast<float *>(base) + (image * p.height + y) * count;
    }
    copy.resize(static_cast<size_t>(count));
    return copy.data();
}

void finish_row(const Problem &p, void *base, int64_t image, int64_t y, const std::vector<float> &copy) {
    const int64_t count = p.width * p.channels;
    if (p.bfloat16) {
        narrow(copy.data(), static_cast<uint16_t *>(base) + (image * p.height + y) * count, count);
    }
}

CLONED void project_row(
    const float *x, const float *weights, const float *bias, int64_t outputs, int64_t width, int64_t channels,
    int64_t plane, float *to) {
    constexpr int64_t lanes = 16;
    for (int64_t s = 0; s < width; ++s) {
        const float *from = x + s * channels;
        for (int64_t o = 0; o < outputs; ++o) {
            const float *w = weights + o * channels;
            float sums[lanes] = {};
            int64_t c = 0;
            for (; c + lanes <= channels; c += lanes) {
                for (int64_t lane = 0; lane < lanes; ++lane) {
                    sums[lane] += w[c + lane] * from[c + lane];
                }
            }
            float sum = bias[o];
            for (; c < channels; ++c) {
                sum += w[c] * from[c];
            }
            for (const float part : sums) {
                sum += part;
            }
            to[o * plane + s] = sum;
        }
    }
}

/// Adds up in single precision along a row, whose sums are then added in double precision.
CLONED void add_row(const float *sums, double *to, int64_t count) {
    for (int64_t c = 0; c < count; ++c) {
        to[c] += sums[c];
    }
}

CLONED void vertical(const float *above, const float *here, const float *below, float *to, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
        to[i] = above[i] + 2 * here[i] + below[i];
    }
}

CLONED void horizontal(const float *row, float *to, int64_t width, int64_t channels) {
    // `row` has a pixel of zeros on either side.
    for (int64_t i = 0; i < width * channels; ++i) {
        to[i] = (row[i] + 2 * row[i + channels] + row[i + 2 * channels]) * 0.0625f;
    }
}

CLONED void activate_row(
    const float *x, float *h, const float *noise, const float *weight, const float *bias, float slope, int64_t width,
    int64_t channels, float *sums, float *squares) {
    for (int64_t s = 0; s < width; ++s) {
        const float level = noise != nullptr ? noise[s] : 0;
        const float *from = x + s * channels;
        float *to = h + s * channels;
        for (int64_t c = 0; c < channels; ++c) {
            const float raised = from[c] + weight[c] * level + bias[c];
            const float value = raised > 0 ? raised : raised * slope;
            to[c] = value;
            sums[c] += value;
            squares[c] += value * value;
        }
    }
}

CLONED void affine_row(const float *h, float *y, const float *factor, const float *term, int64_t width, int64_t channels) {
    for (int64_t s = 0; s < width; ++s) {
        for (int64_t c = 0; c < channels; ++c) {
            y[s * channels + c] = h[s * channels + c] * factor[c] + term[c];
        }
    }
}

CLONED void gradient_sums_row(
    const float *h, const float *g, const float *mean, const float *inverse, int64_t width, int64_t channels,
    float *sums, float *products) {
    for (int64_t s = 0; s < width; ++s) {
        for (int64_t c = 0; c < channels; ++c) {
            const float value = g[s * channels + c];
            sums[c] += value;
            products[c] += value * ((h[s * channels + c] - mean[c]) * inverse[c]);
        }
    }
}

CLONED void gradient_row(
    const float *h, const float *g, float *to, const float *factor, const float *term, const float *product,
    float slope, int64_t width, int64_t channels) {
    for (int64_t s = 0; s < width; ++s) {
        for (int64_t c = 0; c < channels; ++c) {
            const float value = h[s * channels + c];
            const float inner = factor[c] * g[s * channels + c] + term[c] + product[c] * value;
            to[s * channels + c] = value > 0 ? inner : inner * slope;
        }
    }
}

/// Blurs the rows of a strip one after the other; a row may be written over as soon as it was blurred.
class Blurring {
public:
    Blurring(const Problem &p, const void *x, const void *edges, int64_t image, int64_t strip)
        : p(p), x(x), image(image), strip(rows(p, strip)), line(static_cast<size_t>((p.width + 2) * p.channels)) {
        for (auto &row : kept) {
            row.resize(static_cast<size_t>(p.width * p.channels));
        }
        edge = (image * p.strips() + strip) * 2;
        this->edges = edges;
        read(edges, edge, kept[0]);
        read(x, image * p.height + this->strip.first, kept[1]);
    }

    /// Rows must be asked for in order, from the strip's first on.
    void row(int64_t y, float *to) {
        if (y + 1 < strip.end) {
            read(x, image * p.height + y + 1, kept[2]);
        } else {
            read(edges, edge + 1, kept[2]);
        }
        vertical(kept[0].data(), kept[1].data(), kept[2].data(), line.data() + p.channels, p.width * p.channels);
        horizontal(line.data(), to, p.width, p.channels);
        kept[0].swap(kept[1]);
        kept[1].swap(kept[2]);
    }

private:
    const Problem &p;
    const void *const x;
    const void *edges;
    const int64_t image;
    int64_t edge;
    const Rows strip;
    std::vector<float> line;  ///< With a pixel of zeros on either side.
    std::vector<float> kept[3];

    void read(const void *base, int64_t index, std::vector<float> &to) const {
        const int64_t count = p.width * p.channels;
        if (p.bfloat16) {
            widen(static_cast<const uint16_t *>(base) + index * count, to.data(), count);
        } else {
            std::memcpy(to.data(), static_cast<const float *>(base) + index * count, to.size() * sizeof(float));
        }
    }
};

}  // namespace

void keep_edges(const Problem &p, const void *x, void *edges, int64_t image, int64_t strip) {
    const size_t size = static_cast<size_t>(p.width * p.channels) * (p.bfloat16 ? 2 : 4);
    const auto [first, end] = rows(p, strip);
    char *to = static_cast<char *>(edges) + static_cast<size_t>((image * p.strips() + strip) * 2) * size;
    for (const int64_t y : {first - 1, end}) {
        if (y < 0 || y >= p.height) {
            std::memset(to, 0, size);
        } else {
            std::memcpy(to, static_cast<const char *>(x) + static_cast<size_t>(image * p.height + y) * size, size);
        }
        to += size;
    }
}

void blur(const Problem &p, const float *x, const void *edges, float *to, int64_t image, int64_t strip) {
    Blurring blurring(p, x, edges, image, strip);
    for (auto [y, end] = rows(p, strip); y < end; ++y) {
        blurring.row(y, const_cast<float *>(pixel(p, to, image, y, 0)));
    }
}

void activate(
    const Problem &p, const void *x, const void *edges, void *h, int64_t image, int64_t strip, double *sums) {
    const auto channels = static_cast<size_t>(p.channels);
    std::vector<float> row_sums(2 * channels), given, made;
    std::optional<Blurring> blurring;
    if (p.blurs) {
        blurring.emplace(p, x, edges, image, strip);
    }
    for (size_t c = 0; c < 2 * channels; ++c) {
        sums[c] = 0;
    }
    for (auto [y, end] = rows(p, strip); y < end; ++y) {
        float *const to = row_to_write(p, h, image, y, made);
        const float *from = to;
        if (blurring) {
            blurring->row(y, to);
        } else {
            from = read_row(p, x, image, y, given);
        }
        const float *noise = p.noise == nullptr
            ? nullptr
            : p.noise + ((p.noise_images == 1 ? 0 : image) * p.height + y) * p.width;
        row_sums.assign(2 * channels, 0);
        activate_row(
            from, to, noise, p.noise_weight, p.bias, p.slope, p.width, p.channels, row_sums.data(),
            row_sums.data() + channels);
        add_row(row_sums.data(), sums, 2 * p.channels);
        finish_row(p, h, image, y, made);
    }
}

template <class Sum>
void moments(const Problem &p, const Sum *sums, int64_t parts, float *mean, float *inverse_deviation) {
    const double count = static_cast<double>(p.height * p.width);
    std::vector<double> totals(static_cast<size_t>(2 * p.channels));
    for (int64_t part = 0; part < parts; ++part) {
        for (int64_t i = 0; i < 2 * p.channels; ++i) {
            totals[static_cast<size_t>(i)] += sums[part * 2 * p.channels + i];
        }
    }
    for (int64_t c = 0; c < p.channels; ++c) {
        const double middle = totals[static_cast<size_t>(c)] / count;
        const double variance = totals[static_cast<size_t>(p.channels + c)] / count - middle * middle;
        mean[c] = static_cast<float>(middle);
        inverse_deviation[c] = static_cast<float>(1 / std::sqrt((variance > 0 ? variance : 0) + p.epsilon));
    }
}

template void moments(const Problem &, const float *, int64_t, float *, float *);
template void moments(const Problem &, const double *, int64_t, float *, float *);

void affine(
    const Problem &p, const float *mean, const float *inverse_deviation, const float *scale, const float *shift,
    float *factor, float *term) {
    for (int64_t c = 0; c < p.channels; ++c) {
        factor[c] = inverse_deviation[c] * (scale[c] + 1);
        term[c] = shift[c] - mean[c] * factor[c];
    }
}

void normalise(
    const Problem &p, const void *h, void *y, int64_t image, int64_t strip, const float *factor, const float *term) {
    std::vector<float> given, made;
    for (auto [row, end] = rows(p, strip); row < end; ++row) {
        affine_row(
            read_row(p, h, image, row, given), row_to_write(p, y, image, row, made), factor, term, p.width, p.channels);
        finish_row(p, y, image, row, made);
    }
}

void project(
    const Problem &p, const void *x, const float *weights, const float *bias, int64_t outputs, float *to, int64_t image,
    int64_t strip) {
    std::vector<float> given;
    const int64_t plane = p.height * p.width;
    for (auto [y, end] = rows(p, strip); y < end; ++y) {
        project_row(
            read_row(p, x, image, y, given), weights, bias, outputs, p.width, p.channels, plane,
            to + image * outputs * plane + y * p.width);
    }
}

void gradient_sums(
    const Problem &p, const float *h, const float *g, int64_t image, int64_t strip, const float *mean,
    const float *inverse_deviation, double *sums) {
    const auto channels = static_cast<size_t>(p.channels);
    std::vector<float> row_sums(2 * channels);
    for (size_t c = 0; c < 2 * channels; ++c) {
        sums[c] = 0;
    }
    for (auto [y, end] = rows(p, strip); y < end; ++y) {
        row_sums.assign(2 * channels, 0);
        gradient_sums_row(
            pixel(p, h, image, y, 0), pixel(p, g, image, y, 0), mean, inverse_deviation, p.width, p.channels,
            row_sums.data(), row_sums.data() + channels);
        add_row(row_sums.data(), sums, 2 * p.channels);
    }
}

void gradient(
    const Problem &p, const float *h, const float *g, float *to, int64_t image, int64_t strip, const float *mean,
    const float *inverse_deviation, const float *scale, const double *sums) {
    // d/dh of (h - mean) / deviation * (scale + 1): f (g - mean(g) - n mean(g n)) with n = (h - mean) / deviation,
    // written as a factor of g, a term, and a factor of h.
    const auto channels = static_cast<size_t>(p.channels);
    std::vector<float> factor(channels), term(channels), product(channels);
    const double count = static_cast<double>(p.height * p.width);
    for (size_t c = 0; c < channels; ++c) {
        const double f = static_cast<double>(inverse_deviation[c]) * (scale[c] + 1.0);
        const double slope = f * sums[channels + c] / count * inverse_deviation[c];
        factor[c] = static_cast<float>(f);
        product[c] = static_cast<float>(-slope);
        term[c] = static_cast<float>(slope * mean[c] - f * sums[c] / count);
    }
    for (auto [y, end] = rows(p, strip); y < end; ++y) {
        gradient_row(
            pixel(p, h, image, y, 0), pixel(p, g, image, y, 0), const_cast<float *>(pixel(p, to, image, y, 0)),
            factor.data(), term.data(), product.data(), p.slope, p.width, p.channels);
    }
}

}  // namespace styled
