import Layers

// The five kinds of blocks, under the letters that the literature gives them.

extension InceptionBlock {
    /// 35 x 35: branches of 1x1, 5x5 and two 3x3 convolutions, and of means.
    static func a(in scope: ParameterScope, inputs: Int, pooled: Int) throws(LayerError) -> InceptionBlock {
        try InceptionBlock(
            in: scope, inputs: inputs,
            [
                [.convolution(.same("branch1x1", 64))],
                [.convolution(.same("branch5x5_1", 48)), .convolution(.same("branch5x5_2", 64, 5, 5))],
                [
                    .convolution(.same("branch3x3dbl_1", 64)), .convolution(.same("branch3x3dbl_2", 96, 3, 3)),
                    .convolution(.same("branch3x3dbl_3", 96, 3, 3)),
                ],
                [.averagePool, .convolution(.same("branch_pool", pooled))],
            ])
    }

    /// 35 x 35 to 17 x 17.
    static func b(in scope: ParameterScope, inputs: Int) throws(LayerError) -> InceptionBlock {
        try InceptionBlock(
            in: scope, inputs: inputs,
            [
                [.convolution(.shrinking("branch3x3", 384))],
                [
                    .convolution(.same("branch3x3dbl_1", 64)), .convolution(.same("branch3x3dbl_2", 96, 3, 3)),
                    .convolution(.shrinking("branch3x3dbl_3", 96)),
                ],
                [.maxPool(stride: 2)],
            ])
    }

    /// 17 x 17: 7x7 convolutions, each as a row and a column, through `width` channels.
    static func c(in scope: ParameterScope, inputs: Int, width: Int) throws(LayerError) -> InceptionBlock {
        try InceptionBlock(
            in: scope, inputs: inputs,
            [
                [.convolution(.same("branch1x1", 192))],
                [
                    .convolution(.same("branch7x7_1", width)), .convolution(.same("branch7x7_2", width, 1, 7)),
                    .convolution(.same("branch7x7_3", 192, 7, 1)),
                ],
                [
                    .convolution(.same("branch7x7dbl_1", width)), .convolution(.same("branch7x7dbl_2", width, 7, 1)),
                    .convolution(.same("branch7x7dbl_3", width, 1, 7)),
                    .convolution(.same("branch7x7dbl_4", width, 7, 1)),
                    .convolution(.same("branch7x7dbl_5", 192, 1, 7)),
                ],
                [.averagePool, .convolution(.same("branch_pool", 192))],
            ])
    }

    /// 17 x 17 to 8 x 8.
    static func d(in scope: ParameterScope, inputs: Int) throws(LayerError) -> InceptionBlock {
        try InceptionBlock(
            in: scope, inputs: inputs,
            [
                [.convolution(.same("branch3x3_1", 192)), .convolution(.shrinking("branch3x3_2", 320))],
                [
                    .convolution(.same("branch7x7x3_1", 192)), .convolution(.same("branch7x7x3_2", 192, 1, 7)),
                    .convolution(.same("branch7x7x3_3", 192, 7, 1)), .convolution(.shrinking("branch7x7x3_4", 192)),
                ],
                [.maxPool(stride: 2)],
            ])
    }

    /// 8 x 8: 3x3 convolutions that end in a row beside a column.
    /// - Parameters:
    ///   - scope: where the tensors are.
    ///   - inputs: channels of the input.
    ///   - takesMaxima: whether the last branch takes maxima in the place of means: so in the last block of the network
    ///     that the Fréchet distance is defined by.
    static func e(in scope: ParameterScope, inputs: Int, takesMaxima: Bool) throws(LayerError) -> InceptionBlock {
        try InceptionBlock(
            in: scope, inputs: inputs,
            [
                [.convolution(.same("branch1x1", 320))],
                [
                    .convolution(.same("branch3x3_1", 384)),
                    .fork([.same("branch3x3_2a", 384, 1, 3), .same("branch3x3_2b", 384, 3, 1)]),
                ],
                [
                    .convolution(.same("branch3x3dbl_1", 448)), .convolution(.same("branch3x3dbl_2", 384, 3, 3)),
                    .fork([.same("branch3x3dbl_3a", 384, 1, 3), .same("branch3x3dbl_3b", 384, 3, 1)]),
                ],
                [takesMaxima ? .maxPool(stride: 1) : .averagePool, .convolution(.same("branch_pool", 192))],
            ])
    }
}
