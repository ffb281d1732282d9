internal import CTorch

/// How `interpolate` finds the value at a place between pixels.
public enum Interpolation: Hashable, Sendable {
    /// The nearest pixel.
    case nearest
    /// Linear between the four around it.
    case bilinear
    /// Cubic among the sixteen around it.
    case bicubic
    /// The mean of the area that the new pixel covers.
    case area
}

/// What `padded` puts around a tensor.
public enum Padding: Hashable, Sendable {
    /// One value.
    case constant(Double)
    /// The inside mirrored at the edge, which is not repeated.
    case reflect
    /// The edge repeated.
    case replicate
}

extension Tensor {
    /// An image [N, C, H, W] at another size, [N, C, height, width].
    ///
    /// - Parameters:
    ///   - alignCorners: whether centres of the corner pixels stay in place, instead of the corners of the image;
    ///     only for `bilinear` and `bicubic`.
    ///   - antialias: whether the filter widens when shrinking; only for `bilinear` and `bicubic`.
    public func interpolate(
        height: Int, width: Int, mode: Interpolation, alignCorners: Bool = false, antialias: Bool = false
    ) throws(TorchError) -> Tensor {
        let code =
            switch mode {
            case .nearest: CT_NEAREST
            case .bilinear: CT_BILINEAR
            case .bicubic: CT_BICUBIC
            case .area: CT_AREA
            }
        return try unsafe make("interpolate", [self]) {
            unsafe ct_resize2d($0, code, raw, height, width, alignCorners, antialias, $1)
        }
    }

    /// Each pixel of [N, C, H, W] as a square of `scale` by `scale`.
    public func upsampleNearest(_ scale: Int) throws(TorchError) -> Tensor {
        let shape = try imageShape("upsampleNearest")
        return try interpolate(height: shape.height * scale, width: shape.width * scale, mode: .nearest)
    }

    /// [N, C, H, W] to [N, C, height, width], linear between pixels.
    public func upsampleBilinear(
        height: Int, width: Int, alignCorners: Bool = false
    ) throws(TorchError) -> Tensor {
        try interpolate(height: height, width: width, mode: .bilinear, alignCorners: alignCorners)
    }

    /// Borders added; `amounts` are (before, after) pairs, the LAST axis first: [left, right, top, bottom] for images.
    ///
    /// Negative amounts of a constant border cut off.
    public func padded(_ amounts: [Int], _ padding: Padding = .constant(0)) throws(TorchError) -> Tensor {
        let (mode, value) =
            switch padding {
            case .constant(let value): (CT_PAD_CONSTANT, value)
            case .reflect: (CT_PAD_REFLECT, 0)
            case .replicate: (CT_PAD_REPLICATE, 0)
            }
        return try unsafe make("padded", [self]) {
            unsafe ct_pad($0, mode, raw, amounts, Int32(clamping: amounts.count), value, $1)
        }
    }

    /// Zeros put in between pixels, borders added, a filter applied, pixels left out: [N, C, H, W] to [N, C, H', W'].
    ///
    /// - Parameters:
    ///   - kernel: the filter [kH, kW]; applied turned round (a true convolution).
    ///   - up: every pixel becomes the first of `up` by `up`, the others 0.
    ///   - down: every `down`-th pixel of the result stays.
    ///   - padding: (before, after) on both image axes, after the zeros are put in; may be negative.
    /// - Throws: `TorchError` if the kernel does not fit.
    public func upFIRDown(
        _ kernel: Tensor, up: Int = 1, down: Int = 1, padding: (Int, Int) = (0, 0)
    ) throws(TorchError) -> Tensor {
        let (n, c, height, width) = try imageShape("upFIRDown")
        guard up > 0, down > 0, kernel.rank == 2 else {
            throw TorchError(
                operation: "upFIRDown", shapes: [shape, kernel.shape],
                message: "up and down must be positive and the kernel [kH, kW]")
        }
        var x = try reshape([n * c, 1, height, width])
        if up > 1 {
            x = try x.reshape([n * c, 1, height, 1, width, 1]).padded([0, up - 1, 0, 0, 0, up - 1])
                .reshape([n * c, 1, height * up, width * up])
        }
        x = try x.padded([padding.0, padding.1, padding.0, padding.1])
        let filter = try kernel.flipped([0, 1]).to(dtype: dtype, device: device).unsqueezed(0).unsqueezed(0)
        x = try x.conv2d(filter, stride: down)
        return try x.reshape([n, c, x.shape[2], x.shape[3]])
    }

    /// The four lengths of an image tensor.
    func imageShape(
        _ operation: String
    ) throws(TorchError) -> (n: Int, c: Int, height: Int, width: Int) {
        let shape = self.shape
        guard shape.count == 4 else {
            throw TorchError(operation: operation, shapes: [shape], message: "the input must be [N, C, H, W]")
        }
        return (shape[0], shape[1], shape[2], shape[3])
    }
}
