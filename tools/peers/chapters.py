"""The chapters' models and their training steps in PyTorch: those of `code/making-it-fast/examples/chapter_steps.rs`.

`steps.py` runs them. A twin gets the whole numbers of the batch that ours learns from (which words, which
answers); what else there is in it, such as pixels, is random and of the same shape. Everything is as somebody would
write it who knows PyTorch and wants it fast: modules of PyTorch where there are any, Adam as one operation
(`fused`), and no gradients that nobody asks for.
"""

import math

import torch
from torch import nn
from torch.nn import functional
from turns import training_step

TEXT_EMBEDDING, VQA = "text embedding", "VQA"


def twin(name, batch, layout):
    """A training step, which returns its loss, and how many numbers it changes."""
    layout = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}[layout]
    return TWINS[name](batch, layout)


def block(inputs, outputs, kernel, stride=1):
    """A convolution, batch normalisation, ReLU."""
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def word_vectors(words, dimensions):
    """A table whose numbers begin where dfdx's do."""
    table = nn.Embedding(words, dimensions)
    nn.init.uniform_(table.weight, -(words**-0.5), words**-0.5)
    return table


def pixels(pictures, side, layout, channels=3):
    return torch.rand(pictures, channels, side, side).to(memory_format=layout)


def rows(x):
    """(pictures, channels, height, width) → (pictures, locations, channels)."""
    return x.flatten(2).transpose(1, 2)


def parameters(modules):
    """How many there are. A recurrent network of PyTorch has a second bias where ours has one: it adds nothing."""
    count = sum(parameter.numel() for parameter in modules.parameters())
    for module in modules.modules():
        if isinstance(module, nn.LSTMCell):
            count -= module.bias_hh.numel()
        if isinstance(module, nn.GRU):
            # The second bias of the candidate does count, as the reset gate multiplies it.
            count -= 2 * module.hidden_size
    return count


def adam(modules, rate, **more):
    return torch.optim.Adam(modules.parameters(), lr=rate, fused=True, **more)


def weighted_cross_entropy(logits, targets, weights):
    return (functional.cross_entropy(logits, targets, reduction="none") * weights).sum() / weights.sum()


def text_embedding(batch, _):
    """Skip-gram. The rows that the batch needs are taken from the tables, each once, and their gradients are brought
    back, as in ours: that is faster than `nn.Embedding` with gradients for the whole table, and than its sparse ones.
    Adagrad has a sum for each row, which `torch.optim.Adagrad` does not offer."""
    dimensions, rate = 100, 0.4
    (words,), (blocks,), (negatives_a_pair,) = batch["words"], batch["blocks"], batch["negatives a pair"]
    centres, contexts, negatives = (torch.tensor(batch[key]) for key in ("centres", "contexts", "negatives"))
    neighbours = torch.tensor(batch["neighbours"])
    weights = (negatives_a_pair * neighbours * blocks / len(negatives)).view(blocks, -1, 1)
    centre_words, centre_rows = centres.unique(return_inverse=True)
    other_words, other_rows = torch.cat([contexts, negatives]).unique(return_inverse=True)
    context_rows, negative_rows = other_rows.split([len(contexts), len(negatives)])
    tables = [(torch.rand(words, dimensions) - 0.5) / dimensions, torch.zeros(words, dimensions)]
    squares = [torch.zeros(words), torch.zeros(words)]

    def step():
        u, v = (table[index].requires_grad_() for table, index in zip(tables, (centre_words, other_words)))
        centre = functional.embedding(centre_rows, u)
        context, negative = functional.embedding(context_rows, v), functional.embedding(negative_rows, v)
        right = (centre.repeat_interleave(neighbours, 0, output_size=len(contexts)) * context).sum(1)
        wrong = centre.view(blocks, -1, dimensions) @ negative.view(blocks, -1, dimensions).transpose(1, 2)
        loss = functional.softplus(-right).sum() + (functional.softplus(wrong) * weights).sum()
        loss.backward()
        with torch.no_grad():
            for table, sums, index, taken in zip(tables, squares, (centre_words, other_words), (u, v)):
                sum_now = sums[index] + taken.grad.square().mean(1)
                sums[index] = sum_now
                table[index] = taken - taken.grad * (rate / (sum_now.sqrt() + 1e-6))[:, None]
        return loss.item() / len(contexts)

    return step, sum(table.numel() for table in tables)


def joint_embedding(batch, layout):
    words, dimensions = 1275, 256
    right, names = torch.tensor(batch["right"]), torch.tensor(batch["names"])
    begins = torch.tensor([0, *batch["lengths"][:-1]]).cumsum(0)
    pictures = nn.Sequential(
        block(3, 32, 5, 2),
        block(32, 64, 3),
        nn.MaxPool2d(2),
        block(64, 128, 3),
        nn.MaxPool2d(2),
        block(128, 128, 3),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(4 * 128, dimensions),
    ).to(memory_format=layout)
    bags = nn.EmbeddingBag(words, dimensions, mode="sum")
    nn.init.normal_(bags.weight, std=0.1)
    log_scale = nn.Parameter(torch.tensor(-math.log(0.05)))
    shown, diagonal = pixels(len(right), 32, layout), torch.arange(len(right))
    groups = [(pictures.parameters(), 1e-2), (bags.parameters(), 5.0), ([log_scale], 0.0)]
    groups = [{"params": list(group), "weight_decay": decay} for group, decay in groups]
    optimizer = torch.optim.AdamW(groups, lr=5e-3, fused=True)

    def loss():
        u = functional.normalize(pictures(shown - 0.5))
        v = functional.normalize(bags(names, begins))
        scale = log_scale.exp()
        to_names = functional.cross_entropy(u @ v.T * scale, right)
        to_pictures = functional.cross_entropy(v[right] @ u.T * scale, diagonal)
        return (to_names + to_pictures) / 2

    return training_step(loss, optimizer), parameters(pictures) + parameters(bags) + 1


class ShowAttendTell(nn.Module):
    FEATURES, PLACES, ATTENTION, EMBEDDING, HIDDEN, WORDS = 96, 8, 64, 64, 192, 138

    def __init__(self):
        super().__init__()
        channels = self.FEATURES + self.PLACES
        self.encoder = nn.Sequential(
            block(3, 24, 5, 2), block(24, 48, 3, 2), block(48, 64, 3), block(64, self.FEATURES, 3)
        )
        self.begin = nn.Sequential(
            nn.Linear(channels, self.HIDDEN), nn.ReLU(), nn.Linear(self.HIDDEN, self.HIDDEN), nn.Tanh()
        )
        self.key, self.query = nn.Linear(channels, self.ATTENTION), nn.Linear(self.HIDDEN, self.ATTENTION)
        self.v = nn.Parameter(0.4 * torch.rand(self.ATTENTION) - 0.2)
        self.words = word_vectors(self.WORDS, self.EMBEDDING)
        self.lstm = nn.LSTMCell(channels + self.EMBEDDING, self.HIDDEN)
        self.speak = nn.Linear(self.HIDDEN, self.WORDS)
        self.show = nn.Linear(channels, self.WORDS, bias=False)

    def forward(self, pictures, places, inputs, each):
        """The logits of all steps."""
        features = rows(self.encoder(pictures - 0.5))
        features = torch.cat([features, places.expand(len(features), -1, -1)], 2)
        # What is the same for all sentences about a picture is computed once, and not repeated.
        keys, hidden = self.key(features)[:, None], self.begin(features.mean(1)).repeat_interleave(each, 0)
        cell, all_hidden, shown = torch.zeros_like(hidden), [], []
        for words in self.words(inputs):
            queries = self.query(hidden).view(len(features), each, 1, -1)
            alpha = torch.softmax(torch.tanh(keys + queries) @ self.v, 2)
            z = torch.bmm(alpha, features).flatten(0, 1)
            hidden, cell = self.lstm(torch.cat([z, words], 1), (hidden, cell))
            all_hidden.append(hidden)
            shown.append(z)
        return self.speak(torch.stack(all_hidden)) + self.show(torch.stack(shown))


def captioning(batch, layout):
    (each,), (steps,) = batch["sentences a picture"], batch["steps"]
    inputs = torch.tensor(batch["inputs"]).view(steps, -1)
    # Behind the end of a sentence there is no target.
    targets = torch.tensor([target if weight else -100 for target, weight in zip(batch["targets"], batch["weights"])])
    model = ShowAttendTell().to(memory_format=layout)
    pictures, places = pixels(inputs.shape[1] // each, 56, layout), torch.rand(1, 14 * 14, model.PLACES)

    def loss():
        logits = model(pictures, places, inputs, each)
        return functional.cross_entropy(logits.view(-1, model.WORDS), targets)

    return training_step(loss, adam(model, 3e-3)), parameters(model)


class Discriminator(nn.Module):
    def __init__(self, sentence):
        super().__init__()
        convolutions = []
        for inputs, outputs in ((3, 32), (32, 64), (64, 96)):
            convolutions += [nn.Conv2d(inputs, outputs, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
        self.look = nn.Sequential(*convolutions)
        self.see, self.read = nn.Conv2d(96, 96, 1), nn.Linear(sentence, 96)
        self.last = nn.Linear(4 * 4 * 96, 1)

    def judge(self, seen, sentences):
        x = self.see(seen) + self.read(sentences)[:, :, None, None]
        return self.last(functional.leaky_relu(x, 0.2).flatten(1))[:, 0]


def generator_of(inputs):
    return nn.Sequential(
        nn.Linear(inputs, 4 * 4 * 64),
        nn.Unflatten(1, (64, 4, 4)),
        nn.BatchNorm2d(64),
        nn.ReLU(inplace=True),
        nn.Upsample(scale_factor=2),
        block(64, 64, 3),
        nn.Upsample(scale_factor=2),
        block(64, 32, 3),
        nn.Upsample(scale_factor=2),
        block(32, 16, 3),
        nn.Conv2d(16, 3, 3, padding=1),
        nn.Tanh(),
    )


class SpectralNorm:
    """One step of the power iteration for each weight matrix, and no singular value above the limit."""

    def __init__(self, modules, most):
        self.weights = [weight for weight in modules.parameters() if weight.dim() > 1]
        self.directions = [torch.randn(len(weight)) for weight in self.weights]
        self.most = most

    @torch.no_grad()
    def limit(self):
        for place, weight in enumerate(self.weights):
            matrix = weight.flatten(1)
            v = functional.normalize(self.directions[place] @ matrix, dim=0)
            u = matrix @ v
            sigma = u.norm()
            self.directions[place] = u / sigma
            if sigma > self.most:
                weight *= self.most / sigma


def gan(batch, layout):
    words, sentence, noises, seeking = 33, 32, 32, 0.1
    read = nn.EmbeddingBag(words, sentence, mode="sum")
    right, wrong = (
        (torch.tensor(batch[f"{which} sentences"]), torch.tensor([0, *batch[f"{which} lengths"][:-1]]).cumsum(0))
        for which in ("right", "wrong")
    )
    count = len(right[1])
    real = pixels(count, 32, layout)
    generator = generator_of(noises + sentence).to(memory_format=layout)
    average = generator_of(noises + sentence).to(memory_format=layout)
    average.load_state_dict(generator.state_dict())
    discriminator = Discriminator(sentence).to(memory_format=layout)
    generator_adam = adam(generator, 1e-3, betas=(0.5, 0.999))
    discriminator_adam = adam(discriminator, 2e-3, betas=(0.5, 0.999))
    spectral = SpectralNorm(discriminator, 2.0)
    weights = list(generator.parameters())
    done = 0

    def cost(logits, target):
        return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))

    def step():
        nonlocal done
        with torch.no_grad():
            true, false = (functional.normalize(read(*bags)) * sentence**0.5 for bags in (right, wrong))
        sentences = true[: count // 2].repeat(2, 1)
        noise = torch.randn(count, noises)
        painted = generator(torch.cat([noise, sentences], 1))

        discriminator_adam.zero_grad()
        seen = discriminator.look(2 * real - 1)
        matching, mismatched = discriminator.judge(seen, true), discriminator.judge(seen, false)
        false_ones = discriminator.judge(discriminator.look(painted.detach()), sentences)
        [logits.detach().sigmoid().mean().item() for logits in (matching, mismatched, false_ones)]
        loss = cost(matching, 0.9) + 0.5 * cost(mismatched, 0.0) + 0.5 * cost(false_ones, 0.0)
        loss.backward()
        discriminator_adam.step()
        spectral.limit()

        generator_adam.zero_grad()
        one, other = painted.chunk(2)
        alike = (noise[: count // 2] - noise[count // 2 :]).abs().mean() / ((one - other).abs().mean() + 1e-4)
        of_painted = cost(discriminator.judge(discriminator.look(painted), sentences), 1.0)
        # The discriminator's gradients are not computed.
        (of_painted + seeking * alike).backward(inputs=weights)
        generator_adam.step()
        with torch.no_grad():
            keep = min(0.995, (1 + done) / (10 + done))
            torch._foreach_lerp_(list(average.parameters()), weights, 1 - keep)
            for mine, theirs in zip(average.buffers(), generator.buffers()):
                mine.copy_(theirs)
        done += 1
        of_painted.item()
        return loss.item()

    return step, parameters(generator) + parameters(discriminator)


def image_stream():
    return nn.Sequential(block(3, 24, 5, 2), block(24, 48, 3, 2), block(48, 64, 3), block(64, 64, 3, 2))


def eye(batch, layout):
    kinds, colours = torch.tensor(batch["kinds"]), torch.tensor(batch["colours"])
    nothing = 46
    model = nn.ModuleDict(
        {"image": image_stream(), "kind": nn.Linear(64, nothing + 1), "colour": nn.Linear(64, 10)}
    ).to(memory_format=layout)
    something = (kinds != nothing).float()
    weights = something.clamp(min=0.2)
    pictures = pixels(len(kinds) // 49, 56, layout)

    def loss():
        seen = rows(model["image"](pictures - 0.5)).reshape(-1, 64)
        kind = weighted_cross_entropy(model["kind"](seen), kinds, weights)
        return 2 * kind + weighted_cross_entropy(model["colour"](seen), colours, something)

    return training_step(loss, adam(model, 4e-3)), parameters(model)


LOOKS, KEY, VALUE, PLACES, LOCATIONS, EMBEDDING, QUESTION, NUMBERS = 4, 64, 40, 2, 49, 64, 128, 64
SAME, WANTED = 128, 4
# Kinds, colours, and the rest of a location's numbers.
GROUPS = (46, 9, 9)


class Round(nn.Module):
    """One round of looks; `asks` numbers ask."""

    def __init__(self, asks):
        super().__init__()
        location = 128 + PLACES
        self.key, self.value = nn.Linear(location, KEY), nn.Linear(location, VALUE)
        self.query, self.bias = nn.Linear(asks, LOOKS * KEY), nn.Linear(asks, LOOKS)
        self.want, self.wanted = nn.Linear(QUESTION, LOOKS, bias=False), nn.Linear(EMBEDDING, KEY)

    def scores(self, x, of, asks, states, words, mask, named):
        keys = self.key(x)[of]
        beta = torch.softmax(self.want(states) + mask, 1)
        sought = beta.transpose(1, 2) @ words
        query = self.query(asks).view(-1, LOOKS, KEY) + self.wanted(sought)
        scores = query @ keys.transpose(1, 2) + SAME * (sought @ named.transpose(1, 2))
        return scores / KEY**0.5 + self.bias(asks)[:, :, None]

    def see(self, x, of, scores, places):
        alpha = torch.sigmoid(scores)
        middles = alpha @ places / (alpha.sum(2, keepdim=True) + 0.01)
        return alpha, (alpha @ self.value(x)[of]).flatten(1), middles.flatten(1)


class Glimpses(nn.Module):
    def __init__(self, words):
        super().__init__()
        seen, arrows, alike, hidden = LOOKS * VALUE, 2 * LOOKS, LOOKS * LOOKS, 160
        self.words = word_vectors(words, EMBEDDING)
        self.gru = nn.GRU(EMBEDDING, QUESTION, batch_first=True)
        self.enter = nn.Linear(NUMBERS + PLACES, 128)
        self.first, self.second = Round(QUESTION), Round(QUESTION + seen)
        self.direction = nn.Linear(QUESTION, LOOKS * LOOKS * PLACES)
        self.mix, self.want = nn.Linear(QUESTION, 2 * LOOKS), nn.Linear(QUESTION, len(GROUPS))
        self.hidden = nn.Linear(QUESTION + 2 * seen + arrows + alike, hidden)
        self.gate = nn.Linear(QUESTION, hidden)
        self.answer, self.straight = nn.Linear(hidden, EMBEDDING), nn.Linear(arrows, EMBEDDING)
        # Where ours begin.
        with torch.no_grad():
            self.mix.bias += 0.5
            self.want.bias += WANTED
            self.direction.weight *= 4
            for one in (self.first, self.second):
                one.bias.bias -= 2

    def forward(self, maps, of, asked, mask, places, answers, names, is_made, named_answers):
        there = places.expand(len(maps), -1, -1)
        x = torch.relu(self.enter(torch.cat([maps, there], 2)))
        x = torch.cat([x, there], 2)
        numbers = maps[of]
        named = numbers @ self.words(names)
        words = self.words(asked)
        states, _ = self.gru(words)
        asks = states[:, -1]
        scores = self.first.scores(x, of, asks, states, words, mask, named)
        alpha, values, middles = self.first.see(x, of, scores, places)

        direction = self.direction(asks).view(-1, LOOKS, LOOKS * PLACES)
        seen_from = places.T.repeat(LOOKS, 1) - middles[:, :, None]
        scores = self.second.scores(x, of, torch.cat([asks, values], 1), states, words, mask, named)
        again, others, their_middles = self.second.see(x, of, scores + direction @ seen_from, places)

        far = torch.cat([self.along(direction, to, middles) for to in (middles, their_middles)], 1)
        want = torch.cat([one.expand(-1, size) for one, size in zip(self.want(asks).split(1, 1), GROUPS)], 1)[:, None]
        first, second = (alpha @ numbers) * want, again @ numbers
        alike = (first @ second.transpose(1, 2) / WANTED).flatten(1)
        pointed = (self.mix(asks)[:, None] @ torch.cat([first, second * want], 1))[:, 0]
        hidden = self.hidden(torch.cat([asks, values, others, far, alike], 1)) * (self.gate(asks) + 1)
        made = self.answer(torch.relu(hidden)) + self.straight(far)
        return (made @ self.words(answers).T) * is_made + pointed @ named_answers

    @staticmethod
    def along(direction, to, middles):
        to, middles = to.view(-1, LOOKS, 1, PLACES), middles.view(-1, 1, LOOKS, PLACES)
        return ((to - middles) * direction.view(-1, LOOKS, LOOKS, PLACES)).sum((2, 3))


def vqa(batch, _):
    of, right, answers = (torch.tensor(batch[key]) for key in ("of", "answers", "answer words"))
    asked = torch.tensor(batch["words"]).view(len(of), -1)
    mask = torch.where(asked == 0, -1e4, 0.0)[:, :, None]
    # What an eye says that has learned nothing: each of 46 kinds or nothing about as likely, and three are shapes.
    shape = (max(batch["of"]) + 1, LOCATIONS)
    kinds, colours = (torch.softmax(0.5 * torch.randn(*shape, count + 1), 2)[..., :count] for count in GROUPS[:2])
    maps = torch.cat([kinds, 3 / 47 * colours, torch.zeros(*shape, GROUPS[2])], 2)
    places = 2 * torch.rand(LOCATIONS, PLACES) - 1
    prior = torch.zeros(len(of), len(answers))
    # Of each name, which answer it is; where there is no name, 0 is no answer's word.
    names = torch.tensor(batch["name words"])
    named_answers = (names[:, None] == answers[None]).float()
    is_made = 1 - named_answers.sum(0)
    model = Glimpses(103)

    def loss():
        logits = model(maps, of, asked, mask, places, answers, names, is_made, named_answers)
        return functional.cross_entropy(logits + prior, right)

    return training_step(loss, adam(model, 3e-3)), parameters(model)


def sound(batch, layout):
    labels = torch.tensor(batch["labels"])
    model = nn.Sequential(
        block(1, 16, 5, 2),
        block(16, 32, 3),
        nn.MaxPool2d(2),
        block(32, 64, 3),
        nn.MaxPool2d(2),
        block(64, 64, 3),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 22),
    ).to(memory_format=layout)
    pictures = torch.rand(len(labels), 1, 64, 40).to(memory_format=layout)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2, fused=True)
    return training_step(lambda: functional.cross_entropy(model(pictures), labels), optimizer), parameters(model)


TWINS = {
    TEXT_EMBEDDING: text_embedding,
    "joint embedding": joint_embedding,
    "captioning": captioning,
    "GAN": gan,
    VQA: vqa,
    "VQA, the eye": eye,
    "sound": sound,
}

# Without pictures there is one layout alone.
WITHOUT_PICTURES = (TEXT_EMBEDDING, VQA)
