//! Looks that add up: what attention needs to count and to compare places.
//!
//! A look $i$ asks every location with its own query, and its weights do *not* compete:
//!
//! $$ α_{il} = σ\left(\frac{q_i^⊤ k_l}{\sqrt{64}} + b_i\right), \qquad v_i = \sum_l α_{il}\, (W x_l + b) $$
//!
//! Softmax, which makes weights sum to one, sees no difference between one dog and two (Zhang, Hare and
//! Prügel-Bennett 2018, *Learning to count objects in natural images for visual question answering*,
//! arXiv:1802.05766); a sum of sigmoids does. Several looks at once go back to Kim et al. (2017, arXiv:1610.04325).
//!
//! The query has two parts. One is made from what asks. The other comes from the words themselves: a look weighs the
//! words $w_t$ by the states $h_t$ of the network that has read them,
//!
//! $$ q_i = Q_i u + W_q \sum_t β_{it} w_t, \qquad β_{it} = \mathrm{softmax}_t(\mathrm{want}_i^⊤ h_t) $$
//!
//! as in the control unit of Hudson and Manning (2018, *Compositional attention networks for machine reasoning*,
//! arXiv:1803.03067).
//!
//! Behind an eye, whose [names](crate::naming) $p_l$ for a location are words with vectors $w_a$, too, the words that are
//! looked for meet the words that it is called: the score has
//!
//! $$ \frac{\mathrm{SAME}}{\sqrt{64}} \sum_t β_{it} w_t^⊤ \sum_a p_{la} w_a $$
//!
//! besides, call it $s_{il}$, so that *dog* is looked for where the eye says *dog*.
//!
//! There are two rounds of [`LOOKS`] looks. The second is asked with what the first saw. From the question comes, for
//! each look of the second round and each of the first, a direction $δ_{ij}$, and a location counts more the further
//! it lies in this direction as seen from the middle $\bar ρ_j$ of the other look:
//!
//! $$ e_{il} = \frac{q_i^⊤ k_l}{\sqrt{64}} + s_{il} + b_i + \sum_j δ_{ij}^⊤ (ρ_l - \bar ρ_j), \qquad \bar ρ_j = \frac{\sum_l α_{jl} ρ_l}{\sum_l α_{jl}} $$
//!
//! Then *left of the cat* is a plain question to a location. How far the middles of the looks of either round lie in
//! their directions, $\sum_j δ_{ij}^⊤ (\bar ρ_i - \bar ρ_j)$, is brought home, too, and has a linear way of its own to the
//! answer besides the one through the hidden layer.
//!
//! What a look points at are the numbers of the locations themselves, weighed by the look and by what the question
//! wants of them:
//!
//! $$ y_i = \mathrm{wanted} \odot \sum_l α_{il}\, p_l, \qquad y = \sum_i \mathrm{mix}_i\, y_i $$
//!
//! where $\mathrm{wanted}$ (one number for all kinds, one for all colours) and $\mathrm{mix}_i$ are linear in the question, and $y$ is a sum over
//! the looks of both rounds. Behind an eye $y$ has the logits of all answers that are names (as in *pointer networks*,
//! Vinyals et al. 2015, arXiv:1506.03134), and the hidden layer those of all others. Without one the numbers have no
//! names, and $y$ is added to the vector that the hidden layer makes.
//!
//! How alike are the things that a look $i$ of the first round and a look $j$ of the second find, tells
//! $\frac14\, y_i^⊤ \sum_l α_{jl} p_l$, which the hidden layer gets. ($\mathrm{wanted}$ begins at 4.)

use crate::naming::{BACKGROUND, NAMES};
use crate::network::{Found, Fusion, PLACES, PictureOf, grid, places, with_places};
use crate::question_stream::Read;
use crate::{CHANNELS, EMBEDDING, GRID, Map, QUESTION, Rows};
use dfdx::nn::modules::{Linear, UnbiasedLinear};
use dfdx::prelude::*;
use lab::AnyDevice;
use layers::fresh::{linear, pointwise, unbiased};
use layers::{Activations, Convolution2d, Mode, collection, index_select};

/// Numbers of a location that is looked at.
pub const FEATURES: usize = 128;

/// Numbers of keys and queries.
pub const KEY: usize = 64;

/// Looks a round.
pub const LOOKS: usize = 4;

/// Numbers that a look brings home.
pub const VALUE: usize = 40;

/// Numbers of the layer before the answer.
pub const HIDDEN: usize = 160;

/// Numbers that a round brings home.
pub const SEEN: usize = LOOKS * VALUE;

/// A location's numbers.
const LOCATION: usize = FEATURES + PLACES;

/// Numbers of the middles of a round.
const MIDDLES: usize = LOOKS * PLACES;

/// Numbers that tell how far the looks of both rounds lie along their arrows.
const ARROWS: usize = 2 * LOOKS;

/// What a question can ask for among a location's numbers: kinds, colours, and the rest.
const GROUPS: usize = 3;

/// Looks of both rounds.
const BOTH: usize = 2 * LOOKS;

/// Numbers that tell how alike the things are that a look of the first round and one of the second point at.
const ALIKE: usize = LOOKS * LOOKS;

/// Numbers that both rounds bring home.
const FOUND: usize = 2 * SEEN + ARROWS + ALIKE;

/// Where it ends, for a bias that begins with looking at little.
const SHY: f32 = -2.0;

/// Arrows begin this much longer than other numbers: nothing is learned from what is near zero on both sides of a
/// product.
const LONG: f32 = 4.0;

/// Where the biases begin of how much what a look points at counts.
const COUNTS: f32 = 0.5;

/// Where the biases begin of how much each number of a location is wanted.
const WANTED: f32 = 4.0;

/// How much more a word that is looked for and met counts than the other terms of a score. Vectors of words begin
/// short.
const SAME: f32 = 128.0;

/// Scores or weights: (questions, [`LOOKS`], locations).
type OfLocations<T> = Tensor<(usize, Const<LOOKS>, usize), f32, AnyDevice, T>;

/// What each look looks for: (questions, [`LOOKS`], [`KEY`]).
type Queries<T> = Tensor<(usize, Const<LOOKS>, Const<KEY>), f32, AnyDevice, T>;

/// Words that are looked for: (questions, [`LOOKS`], [`EMBEDDING`]).
type Sought<T> = Tensor<(usize, Const<LOOKS>, Const<EMBEDDING>), f32, AnyDevice, T>;

/// `N` numbers of every location: (questions, locations, `N`).
type OfEveryLocation<const N: usize, T> = Tensor<(usize, usize, Const<N>), f32, AnyDevice, T>;

/// Directions from looks to looks: (questions, [`LOOKS`], [`MIDDLES`]).
type Directions<T> = Tensor<(usize, Const<LOOKS>, Const<MIDDLES>), f32, AnyDevice, T>;

/// What one round learns: `Q` numbers ask.
#[derive(Clone, Debug)]
pub struct Round<const Q: usize, E: Dtype = f32, D: Storage<E> = AnyDevice> {
    /// From a location to its key.
    key: Convolution2d<LOCATION, KEY, 1, E, D>,
    /// From a location to what is taken home.
    value: Convolution2d<LOCATION, VALUE, 1, E, D>,
    /// From what asks to the queries of all looks.
    query: Linear<Q, { LOOKS * KEY }, E, D>,
    /// From what asks to $b_i$.
    bias: Linear<Q, LOOKS, E, D>,
    /// From the state after a word to how much each look wants this word. (A bias would be taken off by softmax.)
    want: UnbiasedLinear<QUESTION, LOOKS, E, D>,
    /// From the words that a look wants to a part of its query.
    wanted: Linear<EMBEDDING, KEY, E, D>,
}

/// What a round saw.
struct Seen<T> {
    /// (questions, [`SEEN`]).
    values: Rows<SEEN, T>,
    /// The middle of each look, across and down: (questions, [`MIDDLES`]).
    middles: Rows<MIDDLES, T>,
    /// The weights.
    weights: OfLocations<T>,
}

impl<const Q: usize> Round<Q> {
    fn fresh(device: &AnyDevice, seed: u64) -> Self {
        let mut bias = linear(device);
        bias.bias = bias.bias + SHY;
        Self {
            key: pointwise(device, seed),
            value: pointwise(device, seed.wrapping_add(1)),
            query: linear(device),
            bias,
            want: unbiased(device),
            wanted: linear(device),
        }
    }

    // ANCHOR: look
    /// The words that each look is to look for, mixed: (questions, [`LOOKS`], [`EMBEDDING`]).
    fn read<T: Tape<f32, AnyDevice> + Merge<T>>(&self, question: &Read<T>) -> Sought<T> {
        let (count, steps, _) = *question.states.shape();
        let states = question.states.with_empty_tape().reshape_like(&(count * steps, Const::<QUESTION>));
        let scores = self.want.forward(states).reshape_like(&(count, steps, Const::<LOOKS>));
        let mask = question.mask.retaped::<T>().broadcast_like::<_, Axis<2>>(scores.shape());
        let beta = (scores + mask).softmax::<Axis<1>>();
        let beta = beta.permute::<(usize, Const<LOOKS>, usize), Axes3<0, 2, 1>>();
        beta.matmul(question.words.with_empty_tape())
    }

    /// The scores that locations, (pictures, locations, [`LOCATION`]), get from what asks, (questions, `Q`), and from
    /// the words of the question; `named` has what the eye calls them, in words, (questions, locations,
    /// [`EMBEDDING`]).
    fn scores<T: Tape<f32, AnyDevice> + Merge<T>>(
        &self,
        x: Activations<LOCATION, AnyDevice, T>,
        of: &PictureOf,
        asks: Rows<Q, T>,
        question: &Read<T>,
        named: Option<OfEveryLocation<EMBEDDING, T>>,
    ) -> OfLocations<T> {
        let count = asks.shape().0;
        let keys = index_select(self.key.forward(x, grid()).0, of);
        let query = self.query.forward(asks.with_empty_tape());
        let words = self.read(question);
        let same =
            named.map(|named| words.with_empty_tape().matmul(named.permute::<_, Axes3<0, 2, 1>>()) * SAME);
        let wanted = self.wanted.forward(words.reshape_like(&(count * LOOKS, Const::<EMBEDDING>)));
        let query: Queries<T> =
            (query + wanted.reshape_like(&(count, Const))).reshape_like(&(count, Const, Const));
        let scores = query.matmul(keys.permute::<_, Axes3<0, 2, 1>>());
        let scores = match same {
            Some(same) => scores + same,
            None => scores,
        };
        let scores = scores * (KEY as f32).sqrt().recip();
        let shape = *scores.shape();
        scores + self.bias.forward(asks).broadcast_like::<_, Axis<2>>(&shape)
    }

    /// What looks with these scores see.
    fn see<T: Tape<f32, AnyDevice> + Merge<T>>(
        &self,
        x: Activations<LOCATION, AnyDevice, T>,
        of: &PictureOf,
        scores: OfLocations<T>,
    ) -> Seen<T> {
        let alpha = scores.sigmoid();
        let (count, _, locations) = *alpha.shape();
        let values = index_select(self.value.forward(x, grid()).0, of);
        let places = alpha.device().tensor_from_vec(places().repeat(count), (count, locations, Const));
        let middles: Tensor<(usize, Const<LOOKS>, Const<PLACES>), _, _, _> =
            alpha.with_empty_tape().matmul(places);
        let sum = alpha.with_empty_tape().sum::<(usize, Const<LOOKS>), Axis<2>>() + 0.01;
        let middles = middles / sum.broadcast_like(&(count, Const::<LOOKS>, Const::<PLACES>));
        let values = alpha.with_empty_tape().matmul(values);
        Seen {
            values: values.reshape_like(&(count, Const)),
            middles: middles.reshape_like(&(count, Const)),
            weights: alpha,
        }
    }
    // ANCHOR_END: look
}

/// Two rounds of looks, and an answer.
#[derive(Clone, Debug)]
pub struct Glimpses<E: Dtype = f32, D: Storage<E> = AnyDevice> {
    enter: Convolution2d<{ CHANNELS + PLACES }, FEATURES, 1, E, D>,
    rounds: (Round<QUESTION, E, D>, Round<{ QUESTION + SEEN }, E, D>),
    direction: Linear<QUESTION, { LOOKS * MIDDLES }, E, D>,
    /// From the question to how much of what each look points at is the answer, and to which names are asked for: kinds,
    /// colours, or the rest of a location's numbers.
    point: (Linear<QUESTION, BOTH, E, D>, Linear<QUESTION, GROUPS, E, D>),
    /// The hidden layer, and from the question to what of it counts.
    hidden: (Linear<{ QUESTION + FOUND }, HIDDEN, E, D>, Linear<QUESTION, HIDDEN, E, D>),
    answer: (Linear<HIDDEN, EMBEDDING, E, D>, Linear<ARROWS, EMBEDDING, E, D>),
}

/// The weights of both rounds: each (questions, [`LOOKS`], locations).
pub type Weights = [OfLocations<NoneTape>; 2];

impl Glimpses {
    // ANCHOR: rounds
    /// What was found, and where it was looked.
    pub fn look<T: Tape<f32, AnyDevice> + Merge<T>>(
        &self,
        map: Map<T>,
        of: &PictureOf,
        mut question: Read<T>,
    ) -> (Found<T>, Weights) {
        let numbers: OfEveryLocation<CHANNELS, T> = index_select(map.with_empty_tape(), of);
        let named = question.names.take().map(|names| numbers.with_empty_tape().matmul(names));
        let asks = || question.vector.with_empty_tape();
        let (x, _) = self.enter.forward_relu(with_places(map), grid());
        let x: Activations<LOCATION, AnyDevice, T> = with_places(x);
        let (round, next) = &self.rounds;
        let again_named = named.as_ref().map(|named| named.with_empty_tape());
        let scores = round.scores(x.with_empty_tape(), of, asks(), &question, again_named);
        let first = round.see(x.with_empty_tape(), of, scores);

        let again = beside(asks(), first.values.with_empty_tape());
        let scores = next.scores(x.with_empty_tape(), of, again, &question, named);
        let direction = self.direction.forward(asks());
        let direction = direction.reshape_like(&(asks().shape().0, Const, Const));
        let scores = scores + direction.with_empty_tape().matmul(seen_from(first.middles.with_empty_tape()));
        let second = next.see(x, of, scores);

        let from = first.middles.with_empty_tape();
        let near = along(direction.with_empty_tape(), from.with_empty_tape(), first.middles);
        let far: Rows<ARROWS, T> = beside(near, along(direction, second.middles, from));
        let weights =
            [&first.weights, &second.weights].map(|weights| weights.with_empty_tape().split_tape().0);
        let (pointed, alike) = self.pointed(numbers, asks(), [first.weights, second.weights]);
        let values: Rows<{ 2 * SEEN }, T> = beside(first.values, second.values);
        let found: Rows<{ 2 * SEEN + ARROWS }, T> = beside(values, far.with_empty_tape());
        let found: Rows<FOUND, T> = beside(found, alike);
        let (hidden, gate) = &self.hidden;
        let hidden = hidden.forward(beside(asks(), found));
        let gate = gate.forward(question.vector) + 1.0;
        let (answer, straight) = &self.answer;
        let made = answer.forward((hidden * gate).relu()) + straight.forward(far);
        (Found { made, pointed: Some(pointed) }, weights)
    }
    // ANCHOR_END: rounds

    // ANCHOR: point
    /// What the looks of both rounds point at, (questions, [`CHANNELS`]), and how alike that is for every look of the
    /// first and every look of the second.
    fn pointed<T: Tape<f32, AnyDevice> + Merge<T>>(
        &self,
        numbers: OfEveryLocation<CHANNELS, T>,
        asks: Rows<QUESTION, T>,
        [first, second]: [OfLocations<T>; 2],
    ) -> (Rows<CHANNELS, T>, Rows<ALIKE, T>) {
        let each = (asks.shape().0, Const::<LOOKS>, Const::<CHANNELS>);
        let (mix, wanted) = &self.point;
        let wanted: Rows<CHANNELS, T> =
            wanted.forward(asks.with_empty_tape()).matmul(groups(numbers.device()));
        let first = first.matmul(numbers.with_empty_tape());
        let first = first * wanted.with_empty_tape().broadcast_like::<_, Axis<1>>(&each);
        let second = second.matmul(numbers);
        let turned =
            second.with_empty_tape().permute::<(usize, Const<CHANNELS>, Const<LOOKS>), Axes3<0, 2, 1>>();
        let alike = (first.with_empty_tape().matmul(turned) * WANTED.recip()).reshape_like(&(each.0, Const));
        let second = second * wanted.broadcast_like::<_, Axis<1>>(&each);
        let mix: Rows<BOTH, T> = mix.forward(asks);
        let mix = mix.reshape_like(&(each.0, Const::<1>, BOTH));
        let first = first.reshape_like(&(each.0, LOOKS, Const::<CHANNELS>));
        let second = second.reshape_like(&(each.0, LOOKS, Const::<CHANNELS>));
        let pointed = mix.matmul((first, second).concat_along(Axis::<1>));
        (pointed.reshape_like(&(each.0, Const)), alike)
    }
    // ANCHOR_END: point
}

impl Fusion for Glimpses {
    fn fresh(device: &AnyDevice, seed: u64) -> Self {
        let seed = seed.wrapping_mul(64);
        let mut direction = linear(device);
        direction.weight = direction.weight * LONG;
        let (mut mix, mut wanted) = (linear(device), linear(device));
        mix.bias = mix.bias + COUNTS;
        wanted.bias = wanted.bias + WANTED;
        Self {
            enter: pointwise(device, seed),
            rounds: (Round::fresh(device, seed.wrapping_add(1)), Round::fresh(device, seed.wrapping_add(3))),
            direction,
            point: (mix, wanted),
            hidden: (linear(device), linear(device)),
            answer: (linear(device), linear(device)),
        }
    }

    fn find<T: Tape<f32, AnyDevice> + Merge<T>>(
        &mut self,
        map: Map<T>,
        of: &PictureOf,
        question: Read<T>,
        _: Mode,
    ) -> Found<T> {
        self.look(map, of, question).0
    }
}

/// 1 for every number of a location in its group, and else 0: ([`GROUPS`], [`CHANNELS`]).
fn groups(device: &AnyDevice) -> Tensor<(Const<GROUPS>, Const<CHANNELS>), f32, AnyDevice> {
    let groups = [0..BACKGROUND, BACKGROUND..NAMES, NAMES..CHANNELS];
    let is_in =
        |(group, number): (&std::ops::Range<usize>, usize)| if group.contains(&number) { 1.0 } else { 0.0 };
    let all = groups.iter().flat_map(|group| (0..CHANNELS).map(move |number| is_in((group, number))));
    device.tensor_from_vec(all.collect(), (Const, Const))
}

/// Two vectors a question as one.
pub(crate) fn beside<const A: usize, const B: usize, const N: usize, T: Tape<f32, AnyDevice> + Merge<T>>(
    a: Rows<A, T>,
    b: Rows<B, T>,
) -> Rows<N, T> {
    let count = a.shape().0;
    let both = (a.reshape_like(&(count, A)), b.reshape_like(&(count, B)));
    both.concat_along(Axis::<1>).reshape_like(&(count, Const))
}

// ANCHOR: directions
/// Where every location lies as seen from the middle of each look: (questions, [`MIDDLES`]) to (questions,
/// [`MIDDLES`], locations).
fn seen_from<T: Tape<f32, AnyDevice>>(
    middles: Rows<MIDDLES, T>,
) -> Tensor<(usize, Const<MIDDLES>, usize), f32, AnyDevice, T> {
    let shape = (middles.shape().0, Const::<MIDDLES>, GRID * GRID);
    let places = places();
    let along = |i: usize| places.iter().copied().skip(i % PLACES).step_by(PLACES);
    let one: Vec<f32> = (0..MIDDLES).flat_map(along).collect();
    let places = middles.device().tensor_from_vec(one.repeat(shape.0), shape);
    middles.negate().broadcast_like::<_, Axis<2>>(&shape) + places
}

/// How far the middle of each look lies in its directions, as seen from the middles of other looks: (questions,
/// [`LOOKS`]).
fn along<T: Tape<f32, AnyDevice> + Merge<T>>(
    direction: Directions<T>,
    to: Rows<MIDDLES, T>,
    from: Rows<MIDDLES, T>,
) -> Rows<LOOKS, T> {
    let shape = (to.shape().0, Const::<LOOKS>, Const::<LOOKS>, Const::<PLACES>);
    let looks = (shape.0, Const::<LOOKS>, Const::<PLACES>);
    let to = to.reshape_like(&looks).broadcast_like::<_, Axis<2>>(&shape);
    // A tensor less itself is more than dfdx's tape can take: `from` becomes another one.
    let from = from.negate().reshape_like(&looks).broadcast_like::<_, Axis<1>>(&shape);
    ((to + from) * direction.reshape_like(&shape)).sum::<_, Axes2<2, 3>>()
}
// ANCHOR_END: directions

collection!(Round<Q> { key, value, query, bias, want, wanted });
collection!(Glimpses { enter, rounds, direction, point, hidden, answer });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_at_twice_as_much_brings_home_twice_as_much() {
        let device = lab::device(1);
        let round: Round<QUESTION> = Round::fresh(&device, 1);
        let (asks, of): (Rows<QUESTION>, PictureOf) =
            (device.zeros_like(&(1, Const)), device.zeros_like(&(1,)));
        let question = asked(&device, 0.5, 0.5);
        let seen = |bright: usize| {
            let mut x = vec![0.0; GRID * GRID * LOCATION];
            (0..bright).for_each(|i| x[7 * i * LOCATION..][..LOCATION].fill(1.0));
            let x: Activations<LOCATION, AnyDevice, NoneTape> =
                device.tensor_from_vec(x, (1, GRID * GRID, Const));
            let scores = round.scores(x.clone(), &of, asks.clone(), &question, None);
            round.see(x, &of, scores).values.as_vec()
        };
        let (none, one, two) = (seen(0), seen(1), seen(2));
        for i in 0..SEEN {
            let (once, twice) = (one[i] - none[i], two[i] - none[i]);
            assert!((2.0 * once - twice).abs() < 1e-4, "{once} {twice}");
        }
        assert!(one.iter().zip(&none).any(|(a, b)| (a - b).abs() > 0.01));
    }

    /// A question of two words; before them stands what is no word.
    fn asked(device: &AnyDevice, before: f32, word: f32) -> Read<NoneTape> {
        let states = [[before; QUESTION], [word; QUESTION], [0.1; QUESTION]].concat();
        let words = [[before; EMBEDDING], [word; EMBEDDING], [0.1; EMBEDDING]].concat();
        Read {
            vector: device.zeros_like(&(1, Const)),
            words: device.tensor_from_vec(words, (1, 3, Const)),
            states: device.tensor_from_vec(states, (1, 3, Const)),
            mask: device.tensor_from_vec(vec![-1e4, 0.0, 0.0], (1, 3)),
            names: None,
        }
    }

    #[test]
    fn looks_read_words_and_nothing_that_stands_before_them() {
        let device = lab::device(1);
        let round: Round<QUESTION> = Round::fresh(&device, 1);
        let queries = |before: f32, word: f32| round.read(&asked(&device, before, word)).as_vec();
        assert_eq!(queries(0.7, 0.4), queries(-0.7, 0.4));
        assert_ne!(queries(0.7, 0.4), queries(0.7, 0.5));
    }

    #[test]
    fn a_word_is_looked_for_where_the_eye_says_it() {
        let device = lab::device(1);
        let round: Round<QUESTION> = Round::fresh(&device, 1);
        let (asks, of): (Rows<QUESTION>, PictureOf) =
            (device.zeros_like(&(1, Const)), device.zeros_like(&(1,)));
        let question = asked(&device, 0.5, 0.3);
        let x: Activations<LOCATION, AnyDevice, NoneTape> = device.zeros_like(&(1, GRID * GRID, Const));
        // At one location the eye says a word that is like those of the question, at another one the contrary.
        let mut named = vec![0.0; GRID * GRID * EMBEDDING];
        named[3 * EMBEDDING..4 * EMBEDDING].fill(0.3);
        named[5 * EMBEDDING..6 * EMBEDDING].fill(-0.3);
        let named = device.tensor_from_vec(named, (1, GRID * GRID, Const));
        let scores = round.scores(x, &of, asks, &question, Some(named)).as_vec();
        for look in scores.chunks_exact(GRID * GRID) {
            assert!(look[3] > look[0] + 1.0 && look[5] < look[0] - 1.0 && look[0] == look[48], "{look:?}");
        }
    }

    #[test]
    fn what_is_pointed_at_is_what_is_there_and_the_same_is_alike() {
        let device = lab::device(1);
        let glimpses = Glimpses::fresh(&device, 1);
        let asks: Rows<QUESTION> = device.zeros_like(&(1, Const));
        // At the second location is name 7, at the fifth name 9.
        let mut numbers = vec![0.0; GRID * GRID * CHANNELS];
        (numbers[CHANNELS + 7], numbers[4 * CHANNELS + 9]) = (1.0, 1.0);
        let numbers: OfEveryLocation<CHANNELS, NoneTape> =
            device.tensor_from_vec(numbers, (1, GRID * GRID, Const));
        let at = |location: usize| {
            let mut weights = vec![0.0; LOOKS * GRID * GRID];
            weights[location] = 1.0;
            device.tensor_from_vec(weights, (1, Const, GRID * GRID))
        };
        let pointed = |first, second| {
            let (pointed, alike) = glimpses.pointed(numbers.clone(), asks.clone(), [at(first), at(second)]);
            (pointed.as_vec(), alike.as_vec())
        };
        let (both, different) = pointed(1, 4);
        let named: Vec<usize> = (0..CHANNELS).filter(|name| both[*name] != 0.0).collect();
        assert_eq!(named, [7, 9]);
        assert_eq!(different, [0.0; ALIKE]);
        let (_, same) = pointed(4, 4);
        assert!(same[0] > 0.9 && same[1..].iter().all(|rest| *rest == 0.0), "{same:?}");
    }

    /// Middles that are all zero but for the first two looks.
    fn middles(device: &AnyDevice, first: [f32; 2 * PLACES]) -> Rows<MIDDLES> {
        let mut middles = vec![0.0; MIDDLES];
        middles[..2 * PLACES].copy_from_slice(&first);
        device.tensor_from_vec(middles, (1, Const))
    }

    #[test]
    fn a_location_knows_where_it_lies_as_seen_from_a_look() {
        let seen = seen_from(middles(&lab::device(1), [-1.0, 0.0, 0.5, 1.0])).as_vec();
        // The last location is at the lower right, (1, 1).
        let last: Vec<f32> = seen.chunks_exact(GRID * GRID).map(|of| of[GRID * GRID - 1]).collect();
        assert_eq!(last[..6], [2.0, 1.0, 0.5, 0.0, 1.0, 1.0]);
        // The one before it lies a sixth of the way from −1 to 1 further left.
        assert!((seen[GRID * GRID - 2] - (2.0 - 1.0 / 3.0)).abs() < 1e-6);
    }

    #[test]
    fn what_lies_in_the_direction_is_far_along_it() {
        let device = lab::device(1);
        let mut direction = vec![0.0; LOOKS * MIDDLES];
        // The first look wants what is left of the second look of the round before, the second what is above the first.
        direction[2] = -1.0;
        direction[MIDDLES + 1] = -1.0;
        let direction: Directions<NoneTape> = device.tensor_from_vec(direction, (1, Const, Const));
        let far = along(
            direction,
            middles(&device, [-0.5, 0.3, 0.2, 0.75]),
            middles(&device, [0.1, 0.25, 0.5, -0.4]),
        );
        assert_eq!(far.as_vec(), [1.0, -0.5, 0.0, 0.0]);
    }
}
