"""Measures the yardstick: one kind of work in one process, so that its peak memory is its own. Prints JSON.

    measure.py images BATCH SECONDS THREADS
    measure.py steps BATCH SECONDS THREADS
"""

import json
import resource
import statistics
import sys
import time

import torch

import networks


def timed(body, seconds):
    """Medians of at least three runs after one, for about `seconds`."""
    body()
    times = []
    start = time.monotonic()
    while len(times) < 3 or time.monotonic() - start < seconds:
        begin = time.monotonic()
        body()
        times.append(time.monotonic() - begin)
    return statistics.median(times)


def images(batch, seconds):
    generator = networks.Generator().eval().requires_grad_(False)
    codes = torch.randn(batch, 14, 512)
    with torch.no_grad():
        return timed(lambda: generator.synthesis(codes), seconds)


def steps(batch, seconds):
    generator = networks.Generator().eval().requires_grad_(False).synthesis
    encoder = networks.Encoder().eval().requires_grad_(False)
    vgg = networks.VGG16().eval().requires_grad_(False)
    target = torch.rand(batch, 3, 256, 256) * 2 - 1
    with torch.no_grad():
        codes = encoder(target)
        features = vgg(target)
    codes = codes.clone().requires_grad_(True)
    adam = torch.optim.Adam([codes], lr=0.01)

    def step():
        picture = generator(codes)
        pixel = ((target - picture) ** 2).mean(dim=(1, 2, 3))
        perceptual = ((features - vgg(picture)) ** 2).mean(dim=(1, 2, 3))
        regular = ((codes - encoder(picture)) ** 2).mean(dim=(1, 2))
        loss = (pixel + 5e-5 * perceptual + 2 * regular).sum()
        adam.zero_grad()
        loss.backward()
        adam.step()

    return timed(step, seconds)


def main(kind, batch, seconds, threads):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    median = {"images": images, "steps": steps}[kind](batch, seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": median, "peak_bytes": peak, "torch": torch.__version__}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
