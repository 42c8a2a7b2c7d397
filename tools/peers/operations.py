"""The operations of `layers` in PyTorch, as the chapter "Making it fast" measures them in `code/making-it-fast/src/forms.rs`:
forward, and back from a gradient that is given. Whatever may learn gets its gradient, as there.
"""

import torch
from torch import nn
from torch.nn import functional

BATCH = 32

CONVOLUTION = "convolution, 32 → 64 channels"
NORMALISATION = "batch normalisation and ReLU"
LARGE_TWICE, TWICE = "each map twice, 28 × 28", "each map twice, 7 × 7"
LARGE_LEAKY, LEAKY = "leaky ReLU, 28 × 28", "leaky ReLU, 4 × 4"


# Made beforehand, as ours is.
OF = torch.arange(2 * BATCH) // 2


def twice(x):
    return x.index_select(0, OF)


def leaky(x):
    return functional.leaky_relu(x, 0.2)


MAPS = {
    CONVOLUTION: lambda x, w, b: functional.relu(functional.conv2d(x, w, b, padding=1)),
    NORMALISATION: lambda x, scale, shift: functional.relu(
        functional.batch_norm(x, None, None, scale, shift, training=True)
    ),
    "largest of 2 × 2": lambda x: functional.max_pool2d(x, 2),
    "twice as large": lambda x: functional.interpolate(x, scale_factor=2, mode="nearest"),
    LARGE_TWICE: twice,
    TWICE: twice,
    LARGE_LEAKY: leaky,
    LEAKY: leaky,
}
# Of these the maps are those of a chapter's model: of visual question answering, and of the GAN's discriminator.
SIZES = {TWICE: (BATCH, 64, 7, 7), LEAKY: (BATCH, 96, 4, 4)}
# No model of the book does this to maps that are so large. What it would cost is shown, and not held to a bar.
LARGE = (LARGE_TWICE, LARGE_LEAKY)
# What has no picture runs in one layout.
OTHERS = (
    "LSTM, 16 words",
    "GRU, 16 words",
    "attention, weights of 196 places",
    "attention, weighted sum",
    "cross entropy, 500 words",
)
NAMES = (*MAPS, *OTHERS)


def learned(*shape):
    return torch.randn(*shape).requires_grad_()


def forward(name, layout):
    """What computes the operation, and all that gets a gradient."""
    if name in MAPS:
        x = torch.randn(SIZES.get(name, (BATCH, 32, 28, 28)))
        if layout == "channels_last":
            x = x.to(memory_format=torch.channels_last)
        more = {CONVOLUTION: [(64, 32, 3, 3), (64,)], NORMALISATION: [(32,), (32,)]}.get(name, [])
        inputs = [x.requires_grad_(), *(learned(*shape) for shape in more)]
        return lambda: MAPS[name](*inputs), inputs
    if name in OTHERS[:2]:
        cell = (nn.LSTM if name.startswith("LSTM") else nn.GRU)(128, 128, batch_first=True)
        x = learned(BATCH, 16, 128)
        return lambda: cell(x)[0], [x, *cell.parameters()]
    if name == OTHERS[2]:
        keys, query, v = learned(BATCH, 196, 128), learned(BATCH, 128), learned(128)
        return lambda: torch.softmax(torch.tanh(keys + query[:, None]) @ v, dim=1), [keys, query, v]
    if name == OTHERS[3]:
        weights, values = torch.rand(BATCH, 196).requires_grad_(), learned(BATCH, 196, 128)
        return lambda: torch.bmm(weights[:, None], values)[:, 0], [weights, values]
    scores, targets = learned(16 * BATCH, 500), torch.arange(16 * BATCH) % 500
    return lambda: functional.cross_entropy(scores, targets), [scores]


def twin(name, layout):
    """Forward and back in PyTorch."""
    compute, inputs = forward(name, layout)
    from_above = torch.rand_like(compute()) - 0.5

    def step():
        for one in inputs:
            one.grad = None
        compute().backward(from_above)
        return 0.0

    return step
