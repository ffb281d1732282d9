"""Holds the yardstick to the golden data: every fixture of its networks must pass, in the same precision."""

import json
import os
import struct
import sys

import torch

import networks

MASK = (1 << 64) - 1


def signed(value):
    """An unsigned 64-bit number as the signed one with the same bits."""
    value &= MASK
    return value - (1 << 64) if value >> 63 else value


def shifted(x, bits):
    """A logical shift to the right."""
    return (x >> bits) & ((1 << (64 - bits)) - 1)


def rule(name, count, lo, hi):
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = ((key ^ byte) * 0x100000001B3) & MASK
    z = torch.arange(count, dtype=torch.int64) + signed(key + 0x9E3779B97F4A7C15)
    z = (z ^ shifted(z, 30)) * signed(0xBF58476D1CE4E5B9)
    z = (z ^ shifted(z, 27)) * signed(0x94D049BB133111EB)
    z = shifted(z ^ shifted(z, 31), 40)
    return (lo + (hi - lo) * (z.double() / (1 << 24))).float()


def flat(values):
    return [x for value in values for x in flat(value)] if isinstance(values, list) else [float(values)]


def tensor(entry, salt):
    shape = entry.get("shape", [])
    count = 1
    for length in shape:
        count *= length
    if "lo" in entry:
        return rule(salt + entry["name"], count, entry["lo"], entry["hi"]).view(shape)
    constant = entry["constant"]
    if "fill" in constant:
        return torch.full(shape, float(constant["fill"]))
    values = torch.tensor(flat(constant.get("values", constant.get("repeat"))))
    return values.repeat(count // len(values)).view(shape)


def load(module, manifest, group=None):
    entries = [e for e in manifest["tensors"] if group is None or e.get("module") == group]
    state = {e.get("key", e["name"]): tensor(e, manifest["salt"]) for e in entries}
    module.load_state_dict(state, strict=True)
    return module.eval().requires_grad_(False)


def stored(path):
    """The tensors of a safetensors file of float32 and float64."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    types = {"F32": torch.float32, "F64": torch.float64}
    result = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            result[name] = torch.frombuffer(data[begin:end], dtype=types[entry["dtype"]]).double()
    return result


def generator(config):
    return networks.Generator(
        config.get("resolution", 1024), config.get("z_space_dim", 512), config.get("w_space_dim", 512),
        config.get("repeat_w", True), config.get("final_tanh", False), config.get("truncation_psi", 1),
        config.get("truncation_layers", 0), config.get("fmaps_base", 16384), config.get("fmaps_max", 512),
    )


def encoder(config):
    return networks.Encoder(
        config.get("resolution", 256), config.get("w_space_dim", 512), config.get("encoder_channels_base", 64),
        config.get("encoder_channels_max", 1024),
    )


def outputs(manifest):
    """The outputs of a fixture by name; None for networks that are no part of the yardstick."""
    inputs = {e["name"]: tensor(e, manifest["salt"]) for e in manifest["inputs"] if "lo" in e}
    module, config = manifest["module"], manifest["config"]
    if module.startswith("StyleGAN-1 generator"):
        model = load(generator(config), manifest)
        codes = model.map(inputs["input.z"])
        return {
            "wp": codes,
            "image": model.synthesis(codes),
            "image_from_wplus": model.synthesis(inputs["input.wplus"]),
        }
    if module.startswith("idinvert encoder"):
        return {"code": load(encoder(config), manifest)(inputs["input.image"])}
    if module.startswith("VGG16 perceptual"):
        model = load(networks.VGG16(), manifest)
        return {name.replace("input.image", "feat"): model(x) for name, x in inputs.items()}
    return None


def worst(manifest, folder):
    made = outputs(manifest)
    if made is None:
        return None
    reference = stored(os.path.join(folder, manifest["fixture"] + ".safetensors"))
    result = 0.0
    for output in manifest["outputs"]:
        if output["name"] not in made:
            continue
        x = made[output["name"]].reshape(-1).double()[:: output.get("stride", 1)]
        y = reference[output["name"] + ".f64"]
        allowed = output["tolerance"]["atol"] + output["tolerance"]["rtol"] * y.abs()
        result = max(result, ((x - y).abs() / allowed).max().item())
    return result


def main(folder):
    failed = 0
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".json") or name == "index.json":
            continue
        with open(os.path.join(folder, name)) as file:
            manifest = json.load(file)
        if "module" not in manifest:
            continue
        with torch.no_grad():
            error = worst(manifest, folder)
        if error is not None:
            print(f"eager {manifest['fixture']}: {error:.2e} of tolerance", flush=True)
            failed += not error <= 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
