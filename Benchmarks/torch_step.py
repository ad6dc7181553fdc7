"""PyTorch's training step, in a process of its own: prints one JSON object with the median seconds of a step.

Residual MLP: Linear(784, 128), 20 pre-norm blocks h += W2 relu(W1 LN(h)), an exit Linear(128, 10) after the first map and
after every block; the mean over the exits of the cross-entropy; forward, backward and fused Adam.
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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=100)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    network = ResidualMLP()
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, fused=True)
    x, y = torch.randn(options.batch, 784), torch.randint(0, 10, (options.batch,))

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
