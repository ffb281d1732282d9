#include "winograd.h"

#include "winograd_points.h"

namespace winograd {

namespace {

Kernel chosen() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
        return run_avx512;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return run_avx2;
    }
#endif
    return run_generic;
}

int64_t padded(int64_t outputs) { return (outputs + panel - 1) / panel * panel; }

/// Three taps along one axis to the six points.
void to_points(const double *g, int64_t step, double *to, int64_t to_step) {
    const double scale_a = 1 / (2 * a2 * (a2 - b2)), scale_b = 1 / (2 * b2 * (b2 - a2));
    const double g0 = g[0], g1 = g[step], g2 = g[2 * step];
    to[0] = g0 / (a2 * b2);
    to[to_step] = scale_a * (g0 + a * g1 + a2 * g2);
    to[2 * to_step] = scale_a * (g0 - a * g1 + a2 * g2);
    to[3 * to_step] = scale_b * (g0 + b * g1 + b2 * g2);
    to[4 * to_step] = scale_b * (g0 - b * g1 + b2 * g2);
    to[5 * to_step] = g2;
}

}  // namespace

Blocks blocks(const Problem &problem, int64_t threads) {
    // Wide layers read many weights per block, and gain from reading them for more tiles; narrow ones want their tiles
    // to stay in the cache.
    const int64_t most = problem.inputs * problem.outputs >= 256 * 256 ? 48 : 24;
    const int64_t tiles = problem.tiles();
    const int64_t rounds = (tiles + most * threads - 1) / (most * threads);
    const int64_t size = (tiles + rounds * threads - 1) / (rounds * threads);
    return {size, (tiles + size - 1) / size};
}

int64_t scratch_size(const Problem &problem, int64_t block) {
    return points * block * (problem.inputs + padded(problem.outputs));
}

int64_t packed_size(int64_t outputs, int64_t inputs) { return points * padded(outputs) * inputs; }

void pack(const float *weights, int64_t outputs, int64_t inputs, int64_t panel_index, float *packed) {
    for (int64_t i = 0; i < inputs; ++i) {
        for (int64_t lane = 0; lane < panel; ++lane) {
            const int64_t k = panel_index * panel + lane;
            double taps[9] = {}, half[18], all[36];
            if (k < outputs) {
                for (int64_t tap = 0; tap < 9; ++tap) {
                    taps[tap] = weights[(k * inputs + i) * 9 + tap];
                }
            }
            for (int64_t column = 0; column < 3; ++column) {
                to_points(taps + column, 3, half + column, 3);
            }
            for (int64_t row = 0; row < 6; ++row) {
                to_points(half + row * 3, 1, all + row * 6, 1);
            }
            for (int64_t point = 0; point < points; ++point) {
                packed[point * padded(outputs) * inputs + (panel_index * inputs + i) * panel + lane]
                    = static_cast<float>(all[point]);
            }
        }
    }
}

Phases phases(const float *weights, int64_t outputs, int64_t inputs) {
    // Whether each quarter's kernels lack the taps of their phase.
    const auto holds = [&](bool of_outputs) {
        const int64_t channels = of_outputs ? outputs : inputs;
        if (channels % (4 * panel) != 0) {
            return false;
        }
        for (int64_t k = 0; k < outputs; ++k) {
            for (int64_t i = 0; i < inputs; ++i) {
                const int64_t phase = (of_outputs ? k : i) / (channels / 4);
                const int64_t row = (phase / 2 == 0) == of_outputs ? 2 : 0;
                const int64_t column = (phase % 2 == 0) == of_outputs ? 2 : 0;
                for (int64_t tap = 0; tap < 9; ++tap) {
                    if ((tap / 3 == row || tap % 3 == column) && weights[(k * inputs + i) * 9 + tap] != 0) {
                        return false;
                    }
                }
            }
        }
        return true;
    };
    return holds(true) ? Phases::outputs : holds(false) ? Phases::inputs : Phases::none;
}

void run(const Problem &problem, int64_t first, int64_t count, int64_t block, float *scratch) {
    static const Kernel kernel = chosen();
    kernel(problem, first, count, block, scratch);
}

}  // namespace winograd
