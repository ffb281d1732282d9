"""The yardstick: the networks of TediGAN as ordinary eager PyTorch, written from the papers and the golden data.

Nothing is folded, fused or laid out by hand; it is what a researcher would write first. State dictionaries have the
published names, so the golden data loads into these modules and judges them (see golden.py).
"""

import math

import torch
from torch import nn
from torch.nn import functional as F


class Dense(nn.Module):
    """Equalised learning rate: weights are scaled when they are used."""

    def __init__(self, inputs, outputs, gain, multiplier=1.0, bias=True):
        super().__init__()
        self.fc = nn.Linear(inputs, outputs, bias=False)
        self.scale = gain / math.sqrt(inputs) * multiplier
        self.multiplier = multiplier
        self.wscale = Bias(outputs) if bias else None

    def forward(self, x):
        x = self.fc(x) * self.scale
        return x if self.wscale is None else x + self.wscale.bias * self.multiplier


class Bias(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))


class Mapping(nn.Module):
    def __init__(self, z, hidden, outputs, count=8):
        super().__init__()
        for index in range(count):
            setattr(
                self,
                f"dense{index}",
                Dense(z if index == 0 else hidden, outputs if index == count - 1 else hidden, math.sqrt(2), 0.01),
            )
        self.count = count

    def forward(self, z):
        x = z / torch.sqrt(torch.mean(z**2, dim=1, keepdim=True) + 1e-8)
        for index in range(self.count):
            x = F.leaky_relu(getattr(self, f"dense{index}")(x), 0.2)
        return x


class Truncation(nn.Module):
    def __init__(self, width, layers, psi, truncated):
        super().__init__()
        self.register_buffer("w_avg", torch.zeros(width))
        coefficients = torch.ones(1, layers, 1)
        coefficients[:, :truncated] *= psi
        self.register_buffer("truncation", coefficients)

    def forward(self, w):
        return self.w_avg + (w - self.w_avg) * self.truncation


class Noise(nn.Module):
    def __init__(self, channels, resolution):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels))
        self.register_buffer("noise", torch.randn(1, 1, resolution, resolution))

    def forward(self, x):
        return x + self.noise * self.weight.view(1, -1, 1, 1)


class StyleModulation(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.dense = Dense(width, 2 * channels, 1.0)

    def forward(self, x, w):
        style = self.dense(w).view(-1, 2, x.shape[1], 1, 1)
        return x * (style[:, 0] + 1) + style[:, 1]


class Epilogue(nn.Module):
    def __init__(self, channels, resolution, width):
        super().__init__()
        self.apply_noise = Noise(channels, resolution)
        self.bias = nn.Parameter(torch.zeros(channels))
        self.style_mod = StyleModulation(channels, width)

    def forward(self, x, w):
        x = self.apply_noise(x) + self.bias.view(1, -1, 1, 1)
        x = F.leaky_relu(x, 0.2)
        x = x - torch.mean(x, dim=(2, 3), keepdim=True)
        x = x / torch.sqrt(torch.mean(x**2, dim=(2, 3), keepdim=True) + 1e-8)
        return self.style_mod(x, w)


class Blur(nn.Module):
    def __init__(self, channels):
        super().__init__()
        taps = torch.tensor([1.0, 2.0, 1.0])
        kernel = taps.view(3, 1) * taps.view(1, 3)
        self.register_buffer("kernel", (kernel / kernel.sum()).expand(channels, 1, 3, 3).clone())

    def forward(self, x):
        return F.conv2d(x, self.kernel, padding=1, groups=x.shape[1])


class FirstLayer(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.const = nn.Parameter(torch.ones(1, channels, 4, 4))
        self.epilogue = Epilogue(channels, 4, width)

    def forward(self, w):
        return self.epilogue(self.const.repeat(w.shape[0], 1, 1, 1), w)


class ConvLayer(nn.Module):
    def __init__(self, inputs, outputs, resolution, width, doubles=False):
        super().__init__()
        self.fused = doubles and resolution >= 128
        self.doubles = doubles
        self.scale = math.sqrt(2) / math.sqrt(inputs * 9)
        if self.fused:
            self.weight = nn.Parameter(torch.randn(3, 3, inputs, outputs))
        else:
            self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        if doubles:
            self.blur = Blur(outputs)
        self.epilogue = Epilogue(outputs, resolution, width)

    def forward(self, x, w):
        if self.fused:
            kernel = F.pad(self.weight * self.scale, (0, 0, 0, 0, 1, 1, 1, 1))
            kernel = kernel[1:, 1:] + kernel[:-1, 1:] + kernel[1:, :-1] + kernel[:-1, :-1]
            x = F.conv_transpose2d(x, kernel.permute(2, 3, 0, 1), stride=2, padding=1)
        else:
            if self.doubles:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = self.conv(x) * self.scale
        if self.doubles:
            x = self.blur(x)
        return self.epilogue(x, w)


class ToRGB(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, 3, 1, bias=False)
        self.bias = nn.Parameter(torch.zeros(3))
        self.scale = 1 / math.sqrt(channels)

    def forward(self, x):
        return self.conv(x) * self.scale + self.bias.view(1, -1, 1, 1)


class Synthesis(nn.Module):
    def __init__(self, resolution, width, base, most, tanh):
        super().__init__()
        self.register_buffer("lod", torch.zeros(()))
        self.tanh = tanh
        channels = lambda size: min(base // size, most)
        self.layer0 = FirstLayer(channels(4), width)
        self.count = 2 * (int(math.log2(resolution)) - 1)
        for index in range(1, self.count):
            size = 4 << (index // 2)
            doubles = index % 2 == 0
            inputs = channels(size // 2 if doubles else size)
            setattr(self, f"layer{index}", ConvLayer(inputs, channels(size), size, width, doubles))
        for index in range(self.count // 2):
            setattr(self, f"output{index}", ToRGB(channels(4 << index)))

    def forward(self, w):
        x = self.layer0(w[:, 0])
        for index in range(1, self.count):
            x = getattr(self, f"layer{index}")(x, w[:, index])
        x = getattr(self, f"output{self.count // 2 - 1}")(x)
        return torch.tanh(x) if self.tanh else x


class Generator(nn.Module):
    def __init__(
        self, resolution=256, z=512, width=512, repeat=False, tanh=True, psi=0.7, truncated=8, base=16384, most=512
    ):
        super().__init__()
        layers = 2 * (int(math.log2(resolution)) - 1)
        self.mapping = Mapping(z, width, width if repeat else width * layers)
        self.truncation = Truncation(width, layers, psi, truncated)
        self.synthesis = Synthesis(resolution, width, base, most, tanh)
        self.z, self.width, self.layers = z, width, layers

    def map(self, z):
        z = z / z.norm(dim=1, keepdim=True) * math.sqrt(self.z)
        w = self.mapping(z)
        w = w.view(-1, 1, self.width).repeat(1, self.layers, 1) if w.shape[1] == self.width else w
        return self.truncation(w.view(-1, self.layers, self.width))


class Norm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, x):
        return self.bn(x)


class FlatNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bn = nn.BatchNorm1d(channels)

    def forward(self, x):
        return self.bn(x)


class Stem(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.bn = Norm(outputs)

    def forward(self, x):
        return F.leaky_relu(self.bn(self.conv(x)), 0.2)


class Residual(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        hidden = min(inputs, outputs)
        if inputs != outputs:
            self.conv = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.bn = Norm(outputs)
        self.conv1 = nn.Conv2d(inputs, hidden, 3, padding=1, bias=False)
        self.wscale1 = Bias(hidden)
        self.bn1 = Norm(hidden)
        self.conv2 = nn.Conv2d(hidden, outputs, 3, padding=1, bias=False)
        self.wscale2 = Bias(outputs)
        self.bn2 = Norm(outputs)
        self.same = inputs == outputs

    def forward(self, x):
        aside = x if self.same else F.leaky_relu(self.bn(self.conv(x)), 0.2)
        x = self.conv1(x) + self.wscale1.bias.view(1, -1, 1, 1)
        x = F.leaky_relu(self.bn1(x), 0.2)
        x = self.conv2(x) + self.wscale2.bias.view(1, -1, 1, 1)
        return F.leaky_relu(self.bn2(x), 0.2) + aside


class Last(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.fc = nn.Linear(inputs, outputs, bias=False)
        self.scale = 1 / math.sqrt(inputs)
        self.bn = FlatNorm(outputs)

    def forward(self, x):
        return self.bn(self.fc(x.flatten(1)) * self.scale)


class Encoder(nn.Module):
    def __init__(self, resolution=256, width=512, base=64, most=1024):
        super().__init__()
        self.layers = 2 * (int(math.log2(resolution)) - 1)
        self.width = width
        blocks = int(math.log2(resolution)) - 2
        channels = lambda index: min(base << index, most)
        self.block0 = Stem(3, channels(0))
        for index in range(blocks):
            setattr(self, f"block{index + 1}", Residual(channels(index), channels(index + 1)))
        setattr(self, f"block{blocks + 1}", Last(16 * channels(blocks), self.layers * width))
        self.blocks = blocks

    def forward(self, x):
        x = self.block0(x)
        for index in range(self.blocks):
            x = getattr(self, f"block{index + 1}")(F.avg_pool2d(x, 2))
        return getattr(self, f"block{self.blocks + 1}")(x).view(-1, self.layers, self.width)


class VGG16(nn.Module):
    places = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
    widths = (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)

    def __init__(self, widths=widths):
        super().__init__()
        inputs = 3
        for place, outputs in zip(self.places, widths):
            setattr(self, f"layer{place}", nn.Conv2d(inputs, outputs, 3, padding=1))
            inputs = outputs
        self.register_buffer(
            "means", torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1), persistent=False
        )

    def forward(self, x):
        x = (x + 1) * 127.5
        x = x[:, [2, 1, 0]] - self.means
        for place in range(23):
            if place in self.places:
                x = F.relu(getattr(self, f"layer{place}")(x))
            elif place in (4, 9, 16):
                x = F.max_pool2d(x, 2)
        return x
