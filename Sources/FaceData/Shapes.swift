// Signed distances in local units, negative inside. They are exact for discs and boxes and first-order elsewhere:
// value over gradient length, which is all that an edge of one pixel needs.

/// The distance to an axis-parallel ellipse about the origin.
@inline(__always)
func ellipse(_ x: Float, _ y: Float, _ halfWidth: Float, _ halfHeight: Float) -> Float {
    let u = x / halfWidth
    let v = y / halfHeight
    let value = (u * u + v * v).squareRoot()
    let du = u / halfWidth
    let dv = v / halfHeight
    let gradient = (du * du + dv * dv).squareRoot()
    // At the very centre the gradient vanishes; there the shorter half axis is the depth.
    return gradient > 1e-4 ? value * (value - 1) / gradient : -min(halfWidth, halfHeight)
}

/// The distance to a box about the origin with rounded corners.
@inline(__always)
func roundedBox(_ x: Float, _ y: Float, _ halfWidth: Float, _ halfHeight: Float, _ radius: Float) -> Float {
    let dx = abs(x) - halfWidth + radius
    let dy = abs(y) - halfHeight + radius
    let outside = (max(dx, 0) * max(dx, 0) + max(dy, 0) * max(dy, 0)).squareRoot()
    return outside + min(max(dx, dy), 0) - radius
}

/// The distance to a line segment with round ends.
@inline(__always)
func capsule(
    _ x: Float, _ y: Float, from start: SIMD2<Float>, to end: SIMD2<Float>, _ radius: Float
) -> Float {
    let axis = end - start
    let point = SIMD2(x, y) - start
    let share = min(max((point * axis).sum() / (axis * axis).sum(), 0), 1)
    let rest = point - axis * share
    return (rest * rest).sum().squareRoot() - radius
}

/// A smooth step from 0 at `low` to 1 at `high`.
@inline(__always)
func smoothstep(_ low: Float, _ high: Float, _ value: Float) -> Float {
    let t = min(max((value - low) / (high - low), 0), 1)
    return t * t * (3 - 2 * t)
}

@inline(__always)
func square(_ value: Float) -> Float { value * value }
