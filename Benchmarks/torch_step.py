"""PyTorch's training step, in a process of its own: prints one JSON object with the median seconds of a step.

residual-mlp: Linear(784, 128), 20 pre-norm blocks h += W2 relu(W1 LN(h)), an exit Linear(128, 10) after the first map and
after every block. residual-cnn: ResNet-20 on 28x28 (batch norm, 16/32/64 channels, shortcuts without parameters), an exit
after the stem and every block. The mean over the exits of the cross-entropy; forward, backward and fused Adam.
"""

import argparse
import json
import resource
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualMLP(nn.Module):
    def __init__(self, inputs=784, width=128, blocks=20, classes=10):
        super().__init__()
        self.entry = nn.Linear(inputs, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(blocks))
        self.first = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
        self.second = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
        self.heads = nn.ModuleList(nn.Linear(width, classes) for _ in range(blocks + 1))

    def forward(self, x):
        h = self.entry(x)
        logits = [self.heads[0](h)]
        for norm, first, second, head in zip(self.norms, self.first, self.second, self.heads[1:]):
            h = h + second(F.relu(first(norm(h))))
            logits.append(head(h))
        return torch.stack(logits)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.first_norm, self.second_norm = nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)
        self.stride, self.added = stride, outputs - inputs

    def forward(self, x):
        y = self.second_norm(self.second(F.relu(self.first_norm(self.first(x)))))
        if self.added:
            half = self.added // 2
            x = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, half, self.added - half))
        return F.relu(x + y)


class ResidualCNN(nn.Module):
    def __init__(self, blocks=3, classes=10):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        self.blocks, self.heads, channels = nn.ModuleList(), nn.ModuleList([nn.Linear(16, classes)]), 16
        for outputs in (16, 32, 64):
            for _ in range(blocks):
                self.blocks.append(BasicBlock(channels, outputs, 1 if outputs == channels else 2))
                self.heads.append(nn.Linear(outputs, classes))
                channels = outputs

    def forward(self, x):
        h = F.relu(self.norm(self.stem(x)))
        logits = [self.heads[0](h.mean((2, 3)))]
        for block, head in zip(self.blocks, self.heads[1:]):
            h = block(h)
            logits.append(head(h.mean((2, 3))))
        return torch.stack(logits)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--network", choices=["residual-mlp", "residual-cnn"], default="residual-mlp")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    is_mlp = options.network == "residual-mlp"
    network = ResidualMLP() if is_mlp else ResidualCNN()
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, fused=True)
    x, y = torch.randn(options.batch, *([784] if is_mlp else [1, 28, 28])), torch.randint(0, 10, (options.batch,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        logits = network(x)
        F.cross_entropy(logits.flatten(0, 1), y.repeat(logits.shape[0])).backward()
        optimizer.step()

    seconds = []
    for index in range(options.steps + max(3, options.steps // 5)):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    seconds = sorted(seconds[-options.steps:])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"version": torch.__version__, "step_seconds": seconds[len(seconds) // 2], "peak_megabytes": peak}))


if __name__ == "__main__":
    main()
