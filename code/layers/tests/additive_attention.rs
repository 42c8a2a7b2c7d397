//! The fast attention against the plain one, against PyTorch, against finite differences, and over the
//! steps of a small Show, Attend and Tell.

mod threads;
mod torch;

use dfdx::nn::builders::{Embedding, Linear};
use dfdx::nn::modules;
use dfdx::prelude::*;
use layers::additive_attention::{
    Locations, Weights, attention_weights_fast, attention_weights_plain, weighted_sum_fast,
    weighted_sum_plain,
};
use layers::recurrent::lstm;
use layers::{
    Error, Fixed, Lstm, LstmState, LstmWalk, Rows, Sequence, attention_weights, cross_entropy,
    try_attention_weights, try_weighted_sum, weighted_sum,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use torch::Torch;

type Traced = OwnedTape<f32, Cpu>;

/// Everything that goes into attention, and the $g$ of its outputs.
struct Case<const A: usize, const C: usize> {
    keys: Sequence<A, Cpu, NoneTape>,
    query: Rows<A, Cpu, NoneTape>,
    v: Tensor<Rank1<A>, f32, Cpu>,
    features: Sequence<C, Cpu, NoneTape>,
    g: (Weights<Cpu, NoneTape>, Rows<C, Cpu, NoneTape>),
}

type WeightsForm<const A: usize> = fn(
    &Locations<A, Cpu>,
    Rows<A, Cpu, Traced>,
    &Tensor<Rank1<A>, f32, Cpu>,
) -> Result<Weights<Cpu, Traced>, Error>;

type SumForm<const C: usize> =
    fn(Weights<Cpu, Traced>, &Locations<C, Cpu>) -> Result<Rows<C, Cpu, Traced>, Error>;

/// The two operations in one of their forms.
#[derive(Clone, Copy)]
struct Form<const A: usize, const C: usize> {
    weights: WeightsForm<A>,
    sum: SumForm<C>,
}

impl<const A: usize, const C: usize> Form<A, C> {
    fn fast() -> Self {
        Self { weights: attention_weights_fast, sum: weighted_sum_fast }
    }

    fn plain() -> Self {
        Self { weights: attention_weights_plain, sum: weighted_sum_plain }
    }
}

impl<const A: usize, const C: usize> Case<A, C> {
    /// For so many pictures, and rows of each.
    fn random([pictures, each]: [usize; 2], locations: usize, seed: u64) -> Self {
        let (device, rows) = (Cpu::seed_from_u64(seed), pictures * each);
        Self {
            keys: device.sample_normal_like(&(pictures, locations, Const)),
            query: device.sample_normal_like(&(rows, Const)),
            v: device.sample_normal(),
            features: device.sample_normal_like(&(pictures, locations, Const)),
            g: (device.sample_normal_like(&(rows, locations)), device.sample_normal_like(&(rows, Const))),
        }
    }

    /// The same with keys and features of every picture as often as it has rows.
    fn repeated(&self, each: usize) -> Self {
        let rows = self.query.shape().0;
        let from = || Cpu::default().tensor_from_vec((0..rows).map(|row| row / each).collect(), (rows,));
        Self {
            keys: self.keys.clone().gather(from()),
            query: self.query.clone(),
            v: self.v.clone(),
            features: self.features.clone().gather(from()),
            g: self.g.clone(),
        }
    }

    /// The outputs, and the gradients of the loss that is the sum of each output times its $g$.
    fn results(&self, form: Form<A, C>) -> [(&'static str, Vec<f32>); 6] {
        let (keys, tape) = Fixed::new(self.keys.leaky_trace());
        let (features, other) = Fixed::new(self.features.leaky_trace());
        let query = self.query.clone().put_tape(tape.merge(other));
        let alpha = (form.weights)(&keys, query, &self.v).expect("the shapes fit");
        let z = (form.sum)(alpha.with_empty_tape(), &features).expect("the shapes fit");
        let outputs = [alpha.as_vec(), z.as_vec()];
        let loss = (alpha * self.g.0.clone()).sum() + (z * self.g.1.clone()).sum();
        let gradients = loss.backward();
        let [alpha, z] = outputs;
        [
            ("alpha", alpha),
            ("z", z),
            ("gradient.keys", gradients.get(&self.keys).as_vec()),
            ("gradient.query", gradients.get(&self.query).as_vec()),
            ("gradient.v", gradients.get(&self.v).as_vec()),
            ("gradient.features", gradients.get(&self.features).as_vec()),
        ]
    }
}

fn same(
    found: &[(&'static str, Vec<f32>)],
    wanted: &[(&'static str, Vec<f32>)],
) -> Result<(), TestCaseError> {
    for ((what, found), (_, wanted)) in found.iter().zip(wanted) {
        prop_assert_eq!(found.len(), wanted.len());
        let scale = wanted.iter().fold(1.0_f32, |scale, x| scale.max(x.abs()));
        for (found, wanted) in found.iter().zip(wanted) {
            prop_assert!((found - wanted).abs() <= 1e-5 * scale, "{}: {} {}", what, found, wanted);
        }
    }
    Ok(())
}

fn same_in_both_forms<const A: usize, const C: usize>(
    rows: [usize; 2],
    locations: usize,
    seed: u64,
) -> Result<(), TestCaseError> {
    let case = Case::<A, C>::random(rows, locations, seed);
    same(&case.results(Form::fast()), &case.results(Form::plain()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fast_is_plain(
        pictures in 1_usize..=9,
        each in 1_usize..=3,
        locations in 1_usize..=70,
        shape in 0_usize..4,
        seed in 0_u64..1000,
    ) {
        match shape {
            0 => same_in_both_forms::<1, 1>([pictures, each], locations, seed)?,
            1 => same_in_both_forms::<16, 48>([pictures, each], locations, seed)?,
            2 => same_in_both_forms::<33, 3>([pictures, each], locations, seed)?,
            _ => same_in_both_forms::<5, 17>([pictures, each], locations, seed)?,
        }
    }
}

#[test]
fn it_is_that_of_pytorch() {
    let (torch, device) = (Torch::of("attention"), Cpu::default());
    let case = Case::<3, 4> {
        keys: device.tensor_from_vec(torch.numbers("keys"), (2, 5, Const)),
        query: device.tensor_from_vec(torch.numbers("query"), (2, Const)),
        v: device.tensor_from_vec(torch.numbers("v"), Default::default()),
        features: device.tensor_from_vec(torch.numbers("features"), (2, 5, Const)),
        g: (
            device.tensor_from_vec(torch.numbers("g.alpha"), (2, 5)),
            device.tensor_from_vec(torch.numbers("g.z"), (2, Const)),
        ),
    };
    for form in [Form::fast(), Form::plain()] {
        for (name, found) in &case.results(form) {
            torch.check(name, found);
        }
    }
}

/// Several rows of a picture are what they would be if each had a picture of its own with the same numbers; the
/// gradients of keys and features are summed.
#[test]
fn rows_share_a_picture() {
    let (pictures, each) = (3, 2);
    let case = Case::<5, 17>::random([pictures, each], 7, 3);
    for form in [Form::fast(), Form::plain()] {
        let mut wanted = case.repeated(each).results(form);
        for (name, numbers) in &mut wanted {
            if ["gradient.keys", "gradient.features"].contains(name) {
                let entry = numbers.len() / (pictures * each);
                let rows: Vec<&[f32]> = numbers.chunks(entry).collect();
                let sum =
                    |two: &[&[f32]]| -> Vec<f32> { (0..entry).map(|i| two[0][i] + two[1][i]).collect() };
                *numbers = rows.chunks(each).flat_map(sum).collect();
            }
        }
        let found = case.results(form);
        assert_eq!(found[2].1.len(), pictures * 7 * 5);
        same(&found, &wanted).expect("same");
    }
}

/// The loss by the equations, in double precision, for `A` = 3, `C` = 2, 4 locations, and 2 rows of every picture.
fn loss([keys, query, v, features, g_alpha, g_z]: [&[f64]; 6], rows: usize) -> f64 {
    let mut loss = 0.0;
    for row in 0..rows {
        let location = |l: usize| row / 2 * 4 + l;
        let score = |l: usize| {
            (0..3).map(|i| v[i] * (keys[location(l) * 3 + i] + query[row * 3 + i]).tanh()).sum::<f64>()
        };
        let total = (0..4).map(|l| score(l).exp()).sum::<f64>();
        for l in 0..4 {
            let alpha = score(l).exp() / total;
            let seen: f64 = (0..2).map(|i| g_z[row * 2 + i] * features[location(l) * 2 + i]).sum();
            loss += alpha * (g_alpha[row * 4 + l] + seen);
        }
    }
    loss
}

#[test]
fn gradients_are_those_of_finite_differences() {
    const STEP: f64 = 1e-5;
    let case = Case::<3, 2>::random([2, 2], 4, 7);
    let numbers = [
        case.keys.as_vec(),
        case.query.as_vec(),
        case.v.as_vec(),
        case.features.as_vec(),
        case.g.0.as_vec(),
        case.g.1.as_vec(),
    ];
    let numbers = numbers.map(|numbers| numbers.into_iter().map(f64::from).collect::<Vec<_>>());
    for (kind, (name, found)) in case.results(Form::fast())[2..].iter().enumerate() {
        assert!(found.iter().all(|&g| g != 0.0), "{name}");
        for (index, &found) in found.iter().enumerate() {
            let at = |step: f64| {
                let mut moved = numbers.clone();
                moved[kind][index] += step;
                loss(std::array::from_fn(|i| moved[i].as_slice()), 4)
            };
            let wanted = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            // Sums of some ten terms of size up to 5 in single precision: 10 · 2⁻²⁴ · 5 is 3e-6, and the exponentials in
            // the terms are right to 2⁻²² of themselves.
            assert!((f64::from(found) - wanted).abs() <= 5e-6, "{name}, number {index}: {found} {wanted}");
        }
    }
}

const WORDS: usize = 11;
const BATCH: usize = 3;
const LOCATIONS: usize = 6;

/// A small Show, Attend and Tell: features of 5 numbers, keys of 4, words of 3, states of 7.
type Decoder = (
    (modules::Linear<5, 4, f32, Cpu>, modules::Linear<7, 4, f32, Cpu>, Tensor<Rank1<4>, f32, Cpu>),
    (modules::Embedding<WORDS, 3, f32, Cpu>, Lstm<8, 7>, modules::Linear<7, WORDS, f32, Cpu>),
);

/// The decoder's LSTM on its way, in one of its forms.
enum Walk<'a> {
    Fast(LstmWalk<'a, 8, 7, Cpu, Traced>),
    Plain(&'a Lstm<8, 7>, LstmState<7, Cpu, Traced>),
}

/// Begins a walk.
type Begin = for<'a> fn(&'a Lstm<8, 7>, LstmState<7, Cpu, Traced>) -> Walk<'a>;

impl Walk<'_> {
    fn state(&self) -> &LstmState<7, Cpu, Traced> {
        match self {
            Self::Fast(walk) => walk.state(),
            Self::Plain(_, state) => state,
        }
    }

    fn step(self, x: Rows<8, Cpu, Traced>) -> Self {
        match self {
            Self::Fast(mut walk) => {
                walk.step(x);
                Self::Fast(walk)
            }
            Self::Plain(lstm, state) => {
                let x = x.reshape_like(&(BATCH, 1, Const));
                let (hidden, last) = lstm::plain(x, state, lstm).expect("it fits");
                let hidden = hidden.reshape_like(&(BATCH, Const));
                Self::Plain(lstm, LstmState { hidden, ..last })
            }
        }
    }

    fn finish(self) -> LstmState<7, Cpu, Traced> {
        match self {
            Self::Fast(walk) => walk.finish(),
            Self::Plain(_, state) => state,
        }
    }
}

/// The loss of Xu et al.: cross entropy, and the doubly stochastic penalty $\sum_l (1 - \sum_t α_{tl})²$.
fn decoder_loss(
    decoder: &Decoder,
    features: Sequence<5, Cpu, Traced>,
    form: Form<4, 5>,
    begin: Begin,
) -> Tensor<Rank0, f32, Cpu, Traced> {
    let ((to_keys, to_query, v), (embedding, lstm, to_logits)) = decoder;
    let device = features.device().clone();
    let (keys, keys_tape) = Fixed::new(to_keys.forward(features.with_empty_tape()));
    let (features, features_tape) = Fixed::new(features);
    let mut walk = begin(lstm, LstmState::zeros(&device, BATCH));
    let mut seen = device.zeros_like(&(BATCH, LOCATIONS)).put_tape(keys_tape.merge(features_tape));
    let mut loss = device.zeros().put_tape(Traced::default());
    for t in 0..4 {
        let query = to_query.forward(walk.state().hidden.with_empty_tape());
        let alpha = (form.weights)(&keys, query, v).expect("it fits");
        let z = (form.sum)(alpha.with_empty_tape(), &features).expect("it fits");
        let words = device.tensor_from_vec((0..BATCH).map(|row| (row + 2 * t) % WORDS).collect(), (BATCH,));
        let words = embedding.forward(words.put_tape(Traced::default())).realize::<(usize, usize)>();
        let x = (words, z.realize::<(usize, usize)>()).concat_along(Axis::<1>);
        walk = walk.step(x.realize::<(usize, Const<8>)>());
        let logits = to_logits.forward(walk.state().hidden.with_empty_tape());
        let targets: Vec<usize> = (0..BATCH).map(|row| (row * t + 5) % WORDS).collect();
        loss = loss + cross_entropy(logits, &targets, &[1.0, 1.0, if t < 2 { 1.0 } else { 0.0 }]);
        seen = seen + alpha;
    }
    let penalty = (seen.negate() + 1.0).square().sum();
    let (_, tape) = walk.finish().hidden.split_tape(); // that of all states
    let (penalty, penalty_tape) = penalty.split_tape();
    loss + penalty.put_tape(penalty_tape.merge(tape))
}

/// Loss, and gradients of features and all parameters.
fn decoder_results(form: Form<4, 5>, begin: Begin) -> Vec<(&'static str, Vec<f32>)> {
    let device = Cpu::seed_from_u64(12);
    let decoder: Decoder = (
        (
            device.build_module::<Linear<5, 4>, f32>(),
            device.build_module::<Linear<7, 4>, f32>(),
            device.sample_normal(),
        ),
        (
            device.build_module::<Embedding<WORDS, 3>, f32>(),
            Lstm::new(&device, 1),
            device.build_module::<Linear<7, WORDS>, f32>(),
        ),
    );
    let features: Sequence<5, Cpu, NoneTape> = device.sample_normal_like(&(BATCH, LOCATIONS, Const));
    let loss = decoder_loss(&decoder, features.leaky_trace(), form, begin);
    let value = loss.array();
    let gradients = loss.backward();
    let ((to_keys, to_query, v), (embedding, lstm, to_logits)) = &decoder;
    vec![
        ("loss", vec![value]),
        ("features", gradients.get(&features).as_vec()),
        ("key weight", gradients.get(&to_keys.weight).as_vec()),
        ("key bias", gradients.get(&to_keys.bias).as_vec()),
        ("query weight", gradients.get(&to_query.weight).as_vec()),
        ("query bias", gradients.get(&to_query.bias).as_vec()),
        ("v", gradients.get(v).as_vec()),
        ("embedding", gradients.get(&embedding.weight).as_vec()),
        ("weight", gradients.get(&lstm.weight).as_vec()),
        ("recurrent weight", gradients.get(&lstm.recurrent_weight).as_vec()),
        ("bias", gradients.get(&lstm.bias).as_vec()),
        ("output weight", gradients.get(&to_logits.weight).as_vec()),
        ("output bias", gradients.get(&to_logits.bias).as_vec()),
    ]
}

/// Keys, features and weights are used at every step, and the state feeds back: all gradients must add up.
#[test]
fn a_whole_decoder_has_the_same_gradients_in_both_forms() {
    let fast = decoder_results(Form::fast(), |lstm, state| Walk::Fast(lstm.walk(state)));
    let plain = decoder_results(Form::plain(), |lstm, state| Walk::Plain(lstm, state));
    for (name, gradient) in &fast {
        assert!(gradient.iter().any(|&g| g != 0.0), "{name}");
    }
    same(&fast, &plain).expect("same");
}

#[test]
fn a_permuted_tensor_gets_its_gradient() {
    let device = Cpu::seed_from_u64(9);
    let features: Tensor<(usize, Const<3>, usize), f32, Cpu> = device.sample_normal_like(&(2, Const, 4));
    let alpha: Weights<Cpu, NoneTape> = device.sample_normal_like(&(2, 4));
    let gradient = |form: Form<1, 3>| {
        let permuted = features.leaky_trace().permute::<(usize, usize, Const<3>), Axes3<0, 2, 1>>();
        let (fixed, tape) = Fixed::new(permuted);
        let z = (form.sum)(alpha.clone().put_tape(tape), &fixed).expect("it fits");
        [("features", z.square().sum().backward().get(&features).as_vec())]
    };
    same(&gradient(Form::fast()), &gradient(Form::plain())).expect("same");
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    threads::change_nothing(|| {
        let results = Case::<33, 20>::random([13, 2], 50, 5).results(Form::fast());
        results.map(|(_, numbers)| threads::bits(numbers))
    });
}

#[test]
fn weights_sum_to_one_whatever_the_scores() {
    let device = Cpu::seed_from_u64(4);
    let (keys, _) = Fixed::new(device.sample_normal_like(&(3, 196, Const::<8>)));
    let query = device.sample_normal_like(&(3, Const));
    for size in [0.0, 1.0, 1000.0] {
        let v: Tensor<Rank1<8>, f32, Cpu> = device.ones() * size;
        let alpha = attention_weights(&keys, query.clone(), &v);
        for weights in alpha.as_vec().chunks(196) {
            assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(weights.iter().all(|&w| (0.0..=1.0).contains(&w)));
        }
        if size == 0.0 {
            let (features, _) = Fixed::new(device.ones_like(&(3, 196, Const::<2>)) * 5.0);
            // 196 additions, each of which rounds by up to 2⁻²⁴ of the sum.
            assert!(weighted_sum(alpha, &features).as_vec().iter().all(|z| (z / 5.0 - 1.0).abs() < 1.2e-5));
        }
    }
}

#[test]
fn errors_say_what_was_expected() {
    let device = Cpu::default();
    let fixed = |batch, locations| Fixed::new(device.zeros_like(&(batch, locations, Const::<2>))).0;
    let (v, query) = (device.zeros(), device.zeros_like(&(3, Const::<2>)));
    for (pictures, rows) in [(4, 3), (2, 3), (0, 3), (1, 0)] {
        let query = device.zeros_like(&(rows, Const::<2>));
        let found = try_attention_weights(&fixed(pictures, 5), query, &v).unwrap_err().to_string();
        let wanted =
            format!("expected as many rows in the query for each of {pictures} pictures, found {rows} rows");
        assert!(found.contains(&wanted), "{found}");
    }
    let found = try_attention_weights(&fixed(3, 0), query, &v).unwrap_err().to_string();
    assert!(found.contains("the number of locations must be at least 1, found 0"), "{found}");
    let weights = |batch, locations| device.zeros_like(&(batch, locations));
    let found = try_weighted_sum(weights(3, 5), &fixed(2, 5)).unwrap_err().to_string();
    assert!(found.contains("as many rows in the weights for each of 2 pictures, found 3 rows"), "{found}");
    let found = try_weighted_sum(weights(4, 6), &fixed(4, 5)).unwrap_err().to_string();
    assert!(found.contains("expected 5 locations in the weights, as in the features, found 6"), "{found}");
    let found = try_weighted_sum(weights(4, 0), &fixed(4, 0)).unwrap_err().to_string();
    assert!(found.contains("the number of locations must be at least 1, found 0"), "{found}");
}
