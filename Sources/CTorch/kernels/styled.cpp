#include "styled.h"

#include <cmath>
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

/// One blurred row; `line` has room for a row with a pixel on either side, zero there.
void blur_row(const Problem &p, const float *x, int64_t image, int64_t y, float *line, const float *zeros, float *to) {
    const int64_t count = p.width * p.channels;
    const float *above = y > 0 ? pixel(p, x, image, y - 1, 0) : zeros;
    const float *below = y + 1 < p.height ? pixel(p, x, image, y + 1, 0) : zeros;
    vertical(above, pixel(p, x, image, y, 0), below, line + p.channels, count);
    horizontal(line, to, p.width, p.channels);
}

}  // namespace

void blur(const Problem &p, const float *x, float *to, int64_t image, int64_t strip) {
    const std::vector<float> zeros(static_cast<size_t>(p.width * p.channels));
    std::vector<float> line(static_cast<size_t>((p.width + 2) * p.channels));
    for (auto [y, end] = rows(p, strip); y < end; ++y) {
        blur_row(p, x, image, y, line.data(), zeros.data(), const_cast<float *>(pixel(p, to, image, y, 0)));
    }
}

void activate(const Problem &p, const float *x, float *h, int64_t image, int64_t strip, double *sums) {
    const auto channels = static_cast<size_t>(p.channels);
    std::vector<float> row_sums(2 * channels), zeros, line;
    if (p.blurs) {
        zeros.resize(static_cast<size_t>(p.width) * channels);
        line.resize(static_cast<size_t>(p.width + 2) * channels);
    }
    for (size_t c = 0; c < 2 * channels; ++c) {
        sums[c] = 0;
    }
    for (auto [y, end] = rows(p, strip); y < end; ++y) {
        float *to = const_cast<float *>(pixel(p, h, image, y, 0));
        const float *from = pixel(p, x, image, y, 0);
        if (p.blurs) {
            blur_row(p, x, image, y, line.data(), zeros.data(), to);
            from = to;
        }
        const float *noise = p.noise == nullptr
            ? nullptr
            : p.noise + ((p.noise_images == 1 ? 0 : image) * p.height + y) * p.width;
        row_sums.assign(2 * channels, 0);
        activate_row(
            from, to, noise, p.noise_weight, p.bias, p.slope, p.width, p.channels, row_sums.data(),
            row_sums.data() + channels);
        add_row(row_sums.data(), sums, 2 * p.channels);
    }
}

void moments(const Problem &p, const double *sums, float *mean, float *inverse_deviation) {
    const double count = static_cast<double>(p.height * p.width);
    for (int64_t c = 0; c < p.channels; ++c) {
        double sum = 0, square = 0;
        for (int64_t strip = 0; strip < p.strips(); ++strip) {
            sum += sums[(strip * 2) * p.channels + c];
            square += sums[(strip * 2 + 1) * p.channels + c];
        }
        const double middle = sum / count, variance = square / count - middle * middle;
        mean[c] = static_cast<float>(middle);
        inverse_deviation[c] = static_cast<float>(1 / std::sqrt((variance > 0 ? variance : 0) + p.epsilon));
    }
}

void normalise(
    const Problem &p, const float *h, float *y, int64_t image, int64_t strip, const float *mean,
    const float *inverse_deviation, const float *scale, const float *shift) {
    std::vector<float> factor(static_cast<size_t>(p.channels)), term(static_cast<size_t>(p.channels));
    for (int64_t c = 0; c < p.channels; ++c) {
        const auto at = static_cast<size_t>(c);
        factor[at] = inverse_deviation[c] * (scale[c] + 1);
        term[at] = shift[c] - mean[c] * factor[at];
    }
    for (auto [row, end] = rows(p, strip); row < end; ++row) {
        affine_row(
            pixel(p, h, image, row, 0), const_cast<float *>(pixel(p, y, image, row, 0)), factor.data(), term.data(),
            p.width, p.channels);
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
