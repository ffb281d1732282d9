import Foundation
import Testing

/// A program in Python that saves files in all the ways of PyTorch, and says in cases.json what is in them.
enum PyTorchProgram {
    /// A Python that can import torch.
    static let python: String? = {
        let package = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let path = package.appendingPathComponent(".build/venv/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
        let torch = try? FileManager.default.contentsOfDirectory(atPath: package.path + "/.build/venv/lib")
            .contains {
                FileManager.default.fileExists(atPath: "\(package.path)/.build/venv/lib/\($0)/site-packages/torch")
            }
        return torch == true ? path : nil
    }()

    /// Runs it in a folder that is gone afterwards.
    static func run(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoints-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(python))
        // A file, as PyTorch compiles scripts from the source that it finds.
        let program = folder.appendingPathComponent("program.py")
        try Data(script.utf8).write(to: program)
        process.arguments = ["-W", "ignore", program.path, folder.path]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "the Python program failed")
        try body(folder)
    }

    private static let script = """
        import argparse, collections, json, sys, torch
        out = sys.argv[1]
        torch.manual_seed(1)
        cases = []
        def case(file, kind, tensors):
            cases.append({"file": file, "kind": kind, "tensors": [
                {"place": p, "prefix": q, "name": n, "shape": list(t.shape), "dtype": str(t.dtype)[6:],
                 "values": t.detach().double().flatten().tolist()} for p, q, n, t in tensors]})
        class Part(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.linear = torch.nn.Linear(3, 2)
                self.norm = torch.nn.BatchNorm1d(2)
                self.sizes = [1, 2]
                self.names = {"a": 1}
            def forward(self, x):
                return self.norm(self.linear(x)) * self.sizes[0] + self.names["a"]
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.part = Part()
                self.again = self.part.linear
                self.layers = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.PReLU())
                self.low = torch.nn.Parameter(torch.randn(3).half(), requires_grad=False)
                self.register_buffer("mean", torch.randn(2, 2).t())
            def forward(self, x):
                return self.part(x)
        net = Net()
        state = net.state_dict()
        names = [("", "", n, t) for n, t in state.items()]
        base = torch.randn(6, 10)
        odd = {"base": base, "turned": base.t(), "part": base[2:5, 3:7], "wide": base[:1].expand(4, 10),
               "bf16": base.bfloat16(), "double": base.double(), "ids": torch.arange(5), "bytes": torch.arange(4).byte(),
               "flags": torch.tensor([True, False, True]), "scalar": torch.tensor(3.0), "none": torch.zeros(0, 4),
               "int": torch.arange(3).int(), "parameter": torch.nn.Parameter(base[0])}
        strange = {"int8": torch.zeros(2, dtype=torch.int8), "complex": torch.zeros(2, dtype=torch.complex64),
                   "uint16": torch.zeros(2, dtype=torch.uint16), "fp8": torch.zeros(2).to(torch.float8_e4m3fn),
                   "quantized": torch.quantize_per_tensor(torch.zeros(2), 0.1, 0, torch.qint8)}
        opts = argparse.Namespace(size=256, rate=1e-4, name="net", flag=True, nothing=None, list=[1, 2.5, "x"],
                                  device=torch.device("cuda:0"), shape=torch.Size([1, 2]), dtype=torch.float16,
                                  large=2**70, negative=-2**40)
        for kind, way in (("PyTorch ZIP archive", {}), ("legacy PyTorch pickle",
                                                        {"_use_new_zipfile_serialization": False})):
            tag = kind[:6]
            def save(name, value, tensors, **more):
                file = f"{tag}-{name}"
                torch.save(value, f"{out}/{file}", **way, **more)
                case(file, kind, tensors)
            save("flat", state, names)
            for protocol in (3, 4):
                save(f"protocol{protocol}", state, names, pickle_protocol=protocol)
            parallel = collections.OrderedDict(("module." + n, t) for n, t in state.items())
            optimizer = torch.optim.Adam(net.part.parameters())
            net.part(torch.randn(4, 3)).sum().backward()
            optimizer.step()
            save("wrapped", {"g_ema": parallel, "opts": opts, "optim": optimizer.state_dict(), "epoch": 3},
                 [("g_ema", "module.", n, t) for n, t in state.items()])
            save("odd", {"state": odd, "strange": strange}, [("state", "", n, t) for n, t in odd.items()])
        torch.jit.script(net.eval()).save(f"{out}/script")
        case("script", "TorchScript archive", [("", "", n, t) for n, t in net.state_dict().items()])
        torch.jit.trace(net.part, torch.randn(4, 3)).save(f"{out}/trace")
        case("trace", "TorchScript archive", [("", "", n, t) for n, t in net.part.state_dict().items()])
        torch.save(net, f"{out}/whole")
        json.dump(cases, open(f"{out}/cases.json", "w"))
        """
}
