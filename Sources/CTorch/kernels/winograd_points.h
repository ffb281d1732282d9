// The points of the transform: 0, ±a, ±b and infinity.

#pragma once

namespace winograd {

// Near 1 and in the ratio of 2, so that no power of a point is large: rounding errors grow with those.
constexpr double a = 0.7071067811865476, b = 1.4142135623730951;
constexpr double a2 = a * a, b2 = b * b;

}  // namespace winograd
