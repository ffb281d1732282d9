// What follows a convolution of StyleGAN's synthesis network, on pixels stored channels last: blur, noise, bias, leaky
// ReLU, and instance normalisation with the style. Two passes over memory forward, two back.
//
// Pixels are single precision, or bfloat16 forward only; all else is calculated in single precision.

#pragma once

#include <cstdint>

namespace styled {

/// One call. [N, H, W, C] is written NHWC.
struct Problem {
    int64_t images, height, width, channels;
    const float *noise;         ///< [1 or N, H, W], or null
    int64_t noise_images;       ///< 1 or N
    const float *noise_weight;  ///< [C]
    const float *bias;          ///< [C]
    float slope;
    float epsilon;
    bool blurs;
    bool bfloat16;

    /// Rows that one call of `activate`, `normalise` and so on works on: the same whatever the batch or the machine,
    /// so that sums come out the same.
    int64_t strip() const { return height < 16 ? height : 16; }
    int64_t strips() const { return (height + strip() - 1) / strip(); }
};

/// The rows above and below each strip, which a blur needs of its neighbours: [N][strips][2][W][C], as pixels are stored.
/// To be kept before anything is written over.
void keep_edges(const Problem &, const void *x, void *edges, int64_t image, int64_t strip);

/// h = leaky ReLU(blur(x) + noise weight * noise + bias) for one strip of one image, with the sums of h and h² per
/// channel, [2][C]. `h` may be `x`. `edges` are wanted where `x` is blurred.
void activate(
    const Problem &, const void *x, const void *edges, void *h, int64_t image, int64_t strip, double *sums);

/// From the sums of all `parts` of an image, [parts][2][C]: the mean and 1 / deviation of each channel.
template <class Sum>
void moments(const Problem &, const Sum *sums, int64_t parts, float *mean, float *inverse_deviation);

/// y = factor h + term for one strip. `y` may be `h`.
void normalise(
    const Problem &, const void *h, void *y, int64_t image, int64_t strip, const float *factor, const float *term);

/// (h - mean) / deviation * (scale + 1) + shift as factor h + term.
void affine(
    const Problem &, const float *mean, const float *inverse_deviation, const float *scale, const float *shift,
    float *factor, float *term);

/// A 1x1 convolution of a few outputs, [outputs][C], with a bias, for one strip: `to` is [N, outputs, H, W], in single
/// precision.
void project(
    const Problem &, const void *x, const float *weights, const float *bias, int64_t outputs, float *to, int64_t image,
    int64_t strip);

/// Sums over one strip of g and of g times the normalised h, [2][C].
void gradient_sums(
    const Problem &, const float *h, const float *g, int64_t image, int64_t strip, const float *mean,
    const float *inverse_deviation, double *sums);

/// The gradient before the activation for one strip, from the sums over all strips.
void gradient(
    const Problem &, const float *h, const float *g, float *to, int64_t image, int64_t strip, const float *mean,
    const float *inverse_deviation, const float *scale, const double *sums);

/// [1, 2, 1] x [1, 2, 1] / 16 under zero padding, for one strip; its own adjoint. `to` may be `x`.
void blur(const Problem &, const float *x, const void *edges, float *to, int64_t image, int64_t strip);

}  // namespace styled
