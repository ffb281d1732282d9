#include "winograd.h"

#include "winograd_points.h"

#include <cstring>

namespace winograd {

namespace {

Kernel chosen() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw")) {
        return run_avx512_bf16;
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
        return run_avx512;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return run_avx2;
    }
#endif
    return run_generic;
}

/// A number as it is stored, in the low bits; bfloat16 is rounded to the nearest, to even where two are.
uint32_t word(float value, Number number) {
    uint32_t exact;
    std::memcpy(&exact, &value, sizeof exact);
    return number == Number::single ? exact : (exact + 0x7fff + (exact >> 16 & 1)) >> 16;
}

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

/// How many of the four phases do not vanish at a point: 100 of 144 in all.
int64_t live_phases(int64_t point) {
    const auto at_edge = [](int64_t place) { return place == 0 || place == 5; };
    return (at_edge(point / 6) ? 2 : 4) / (at_edge(point % 6) ? 2 : 1);
}

}  // namespace

Blocks blocks(const Problem &problem, int64_t threads) {
    // Wide layers read many weights per block, and gain from reading them for more tiles; narrow ones want their tiles
    // to stay in the cache.
    const int64_t most = problem.inputs * problem.outputs >= 256 * 256 ? 4 : 2;
    const int64_t groups = problem.groups();
    const int64_t rounds = (groups + most * threads - 1) / (most * threads);
    const int64_t size = (groups + rounds * threads - 1) / (rounds * threads);
    return {size, (groups + size - 1) / size};
}

int64_t scratch_size(const Problem &problem, int64_t block) {
    return points * block * group * (problem.inputs / packing(problem.number) + panel);
}

int64_t Layout::live_inputs(int64_t point) const {
    return phases == Phases::inputs ? inputs / 4 * live_phases(point) : inputs;
}

bool Layout::is_live(int64_t point, int64_t panel_index) const {
    return phases != Phases::outputs || !vanishes(panel_index / (panels() / 4), point, false);
}

int64_t Layout::offset(int64_t point, int64_t panel_index) const {
    int64_t blocks = 0, before = panel_index;
    for (int64_t earlier = 0; earlier < point; ++earlier) {
        blocks += phases == Phases::none ? 4 : live_phases(earlier);
    }
    if (phases == Phases::outputs) {
        const int64_t each = panels() / 4;
        before = panel_index % each;
        for (int64_t phase = 0; phase < panel_index / each; ++phase) {
            before += vanishes(phase, point, false) ? 0 : each;
        }
    }
    // `blocks` counts quarters of a point's whole.
    const int64_t whole = panels() * inputs / packing(number) * panel;
    return blocks * whole / 4 + before * live_inputs(point) / packing(number) * panel;
}

int64_t Layout::size() const {
    return (phases == Phases::none ? 36 : 25) * panels() * inputs / packing(number) * panel;
}

void pack(const float *weights, const Layout &layout, int64_t panel_index, uint32_t *packed) {
    uint32_t *to[points];
    for (int64_t point = 0; point < points; ++point) {
        to[point] = layout.is_live(point, panel_index) ? packed + layout.offset(point, panel_index) : nullptr;
    }
    const int64_t inputs = layout.inputs, together = packing(layout.number);
    for (int64_t i = 0; i < inputs; i += together) {
        const auto is_stored = [&](int64_t point) {
            return to[point] != nullptr
                && (layout.phases != Phases::inputs || !vanishes(i / (inputs / 4), point, true));
        };
        for (int64_t lane = 0; lane < panel; ++lane) {
            const int64_t k = panel_index * panel + lane;
            uint32_t words[points] = {};
            for (int64_t part = 0; part < together && k < layout.outputs; ++part) {
                double taps[9], half[18], all[36];
                for (int64_t tap = 0; tap < 9; ++tap) {
                    taps[tap] = weights[(k * inputs + i + part) * 9 + tap];
                }
                for (int64_t column = 0; column < 3; ++column) {
                    to_points(taps + column, 3, half + column, 3);
                }
                for (int64_t row = 0; row < 6; ++row) {
                    to_points(half + row * 3, 1, all + row * 6, 1);
                }
                for (int64_t point = 0; point < points; ++point) {
                    words[point] |= word(static_cast<float>(all[point]), layout.number) << 16 * part;
                }
            }
            for (int64_t point = 0; point < points; ++point) {
                if (is_stored(point)) {
                    to[point][lane] = words[point];
                }
            }
        }
        for (int64_t point = 0; point < points; ++point) {
            if (is_stored(point)) {
                to[point] += panel;
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

void run(const Problem &problem, int64_t first, int64_t count, float *scratch) {
    static const Kernel kernel = chosen();
    kernel(problem, first, count, scratch);
}

}  // namespace winograd
