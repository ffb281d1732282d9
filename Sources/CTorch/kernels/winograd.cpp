#include "winograd.h"

#include "winograd_points.h"

#include <algorithm>
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
    const int64_t groups = problem.groups(), panels = (problem.outputs + panel - 1) / panel;
    // Where weights are transformed on the way, threads share them out before they share the tiles.
    const bool expands = problem.form == Form::taps;
    const int64_t panel_parts = expands ? std::min(threads, panels) : 1;
    const int64_t sharing = (threads + panel_parts - 1) / panel_parts;
    // Wide layers read, or transform, many weights per block, and gain from doing so for more tiles; narrow ones want
    // their tiles to stay in the cache.
    const int64_t each = points * group * problem.inputs / packing(problem.number) * 4;
    const int64_t most = std::max<int64_t>(
        1, std::min<int64_t>((6 << 20) / each, expands ? 6 : problem.inputs * problem.outputs >= 256 * 256 ? 4 : 2));
    const int64_t rounds = (groups + most * sharing - 1) / (most * sharing);
    const int64_t size = (groups + rounds * sharing - 1) / (rounds * sharing);
    return {groups, panels, size, (groups + size - 1) / size, panel_parts};
}

int64_t scratch_size(const Problem &problem, int64_t block) {
    const Strides strides(problem, block);
    return points * (strides.squares + strides.products + strides.weights);
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

int64_t Layout::tap(int64_t index, int64_t panel_index, int64_t input) const {
    if (phases == Phases::none) {
        return index;
    }
    const bool of_outputs = phases == Phases::outputs;
    const int64_t phase = of_outputs ? panel_index / (panels() / 4) : input / (inputs / 4);
    // The two rows, and columns, that a phase has begin at 0 or at 1.
    const int64_t row = (phase / 2 == 0) == of_outputs ? 0 : 1, column = (phase % 2 == 0) == of_outputs ? 0 : 1;
    return (row + index / 2) * 3 + column + index % 2;
}

Form form(Number number, int64_t outputs, int64_t inputs) {
    return points * outputs * inputs * 4 / packing(number) < 8 << 20 ? Form::points : Form::taps;
}

int64_t Layout::size() const {
    if (form == Form::taps) {
        return panels() * inputs * taps() * panel;
    }
    return (phases == Phases::none ? 36 : 25) * panels() * inputs / packing(number) * panel;
}

void pack(const float *weights, const Layout &layout, int64_t panel_index, uint32_t *packed) {
    if (layout.form == Form::taps) {
        uint32_t *to = packed + panel_index * layout.inputs * layout.taps() * panel;
        for (int64_t i = 0; i < layout.inputs; ++i) {
            for (int64_t index = 0; index < layout.taps(); ++index, to += panel) {
                for (int64_t lane = 0; lane < panel; ++lane) {
                    const int64_t k = panel_index * panel + lane, at = (k * layout.inputs + i) * layout.taps() + index;
                    to[lane] = k < layout.outputs ? word(weights[at], Number::single) : 0;
                }
            }
        }
        return;
    }
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
                double taps[9] = {}, half[18], all[36];
                for (int64_t index = 0; index < layout.taps(); ++index) {
                    taps[layout.tap(index, panel_index, i + part)]
                        = weights[(k * inputs + i + part) * layout.taps() + index];
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

void run(const Problem &problem, Block block, float *scratch) {
    static const Kernel kernel = chosen();
    kernel(problem, block, scratch);
}

}  // namespace winograd
