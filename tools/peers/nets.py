"""Four small networks and three decoders and their training steps in PyTorch: those of `code/layers/examples/nets`.

`steps.py` runs them.
"""

import torch
from torch import nn
from turns import training_step

CLASSES = 10

# Name, batch, side of the pictures, pooling, normalisation: as NETS in code/layers/examples/nets/mod.rs.
NETS = (
    ("56 × 56", 32, 56, False, False),
    ("56 × 56, pooling", 32, 56, True, False),
    ("32 × 32, pooling", 128, 32, True, False),
    ("32 × 32, pooling, batch norm", 128, 32, True, True),
)

# The decoders of code/layers/examples/nets/decoders.rs.
ATTENTION = "attention, 196 × 128, 12 steps"
GRU = "GRU decoder, 256, 16 steps"
SHOW_ATTEND_AND_TELL = "Show, Attend and Tell"
DECODERS = (ATTENTION, GRU, SHOW_ATTEND_AND_TELL)


def twin(name, layout):
    """A training step, which returns its loss."""
    torch.manual_seed(1)
    loss_of, parameters = decoder(name) if name in DECODERS else net(name, layout)
    return training_step(loss_of, torch.optim.Adam(parameters, lr=1e-3))


def net(name, layout):
    layout = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}[layout]
    _, batch, side, pooling, normalisation = next(net for net in NETS if net[0] == name)
    layers = []
    for inputs, outputs in ((3, 32), (32, 64), (64, 128)):
        layers.append(nn.Conv2d(inputs, outputs, 3, padding=1))
        if normalisation:
            layers.append(nn.BatchNorm2d(outputs))
        layers.append(nn.ReLU())
        if pooling and outputs < 128:
            layers.append(nn.MaxPool2d(2))
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, CLASSES))
    net = net.to(memory_format=layout)
    pictures = torch.randn(batch, 3, side, side).to(memory_format=layout)
    labels = torch.arange(batch) % CLASSES
    return lambda: nn.functional.cross_entropy(net(pictures), labels), net.parameters()


def decoder(name):
    locations, width, hidden, words = 196, 128, 256, 500
    cross_entropy = nn.functional.cross_entropy

    def vocabulary(*shape):
        return (torch.arange(shape[0] * shape[1]) * 7919 % words).view(shape)

    if name == GRU:
        batch, steps = 64, 16
        modules = nn.Embedding(words, width), nn.GRU(width, hidden, batch_first=True), nn.Linear(hidden, words)
        embedding, gru, to_logits = modules
        inputs, targets = vocabulary(batch, steps), vocabulary(batch, steps)

        def loss():
            logits = to_logits(gru(embedding(inputs))[0])
            return cross_entropy(logits.view(-1, words), targets.view(-1))

        return loss, [parameter for module in modules for parameter in module.parameters()]

    batch, steps = 32, 12
    features = torch.randn(batch, locations, width, requires_grad=True)
    to_keys, v = nn.Linear(width, width), nn.Parameter(0.1 * torch.randn(width))

    def attend(keys, query):
        alpha = torch.softmax(torch.tanh(keys + query[:, None]) @ v, 1)
        return alpha, torch.bmm(alpha[:, None], features)[:, 0]

    if name == ATTENTION:
        to_query = nn.Linear(width, width)

        def loss():
            features.grad = None
            keys, z, loss = to_keys(features), torch.zeros(batch, width), 0
            for _ in range(steps):
                _, z = attend(keys, to_query(z))
                loss = loss + z.square().mean()
            return loss

        return loss, [v, *to_keys.parameters(), *to_query.parameters()]

    to_query, embedding = nn.Linear(hidden, width), nn.Embedding(words, width)
    lstm, to_logits = nn.LSTMCell(2 * width, hidden), nn.Linear(hidden, words)
    inputs, targets = vocabulary(steps, batch), vocabulary(steps, batch)

    def loss():
        features.grad = None
        keys, seen, all_hidden = to_keys(features), torch.zeros(batch, locations), []
        state = (torch.zeros(batch, hidden), torch.zeros(batch, hidden))
        for step in range(steps):
            alpha, z = attend(keys, to_query(state[0]))
            seen = seen + alpha
            state = lstm(torch.cat([embedding(inputs[step]), z], 1), state)
            all_hidden.append(state[0])
        logits = to_logits(torch.stack(all_hidden))
        return cross_entropy(logits.view(-1, words), targets.view(-1)) + (1 - seen).square().mean()

    modules = (to_keys, to_query, embedding, lstm, to_logits)
    return loss, [v, *(parameter for module in modules for parameter in module.parameters())]
