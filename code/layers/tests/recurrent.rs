//! The fast LSTM and GRU against the plain ones, against PyTorch, and against finite differences.

mod torch;

use dfdx::optim::{Adam, AdamConfig};
use dfdx::prelude::*;
use layers::recurrent::{gru, lstm};
use layers::{Error, Gru, Lstm, LstmState, Rows, Sequence};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use torch::Torch;

type Traced = OwnedTape<f32, Cpu>;
type State<const HIDDEN: usize, T = NoneTape> = Rows<HIDDEN, Cpu, T>;

/// Named numbers: outputs, and gradients of the loss that is the sum of each output times its $g$.
type Results<const N: usize> = [(&'static str, Vec<f32>); N];

/// An LSTM with everything that goes into it, and the $g$ of its outputs.
struct LstmCase<const IN: usize, const HIDDEN: usize> {
    x: Sequence<IN, Cpu, NoneTape>,
    hidden: State<HIDDEN>,
    cell: State<HIDDEN>,
    lstm: Lstm<IN, HIDDEN>,
    g: (Sequence<HIDDEN, Cpu, NoneTape>, State<HIDDEN>, State<HIDDEN>),
}

impl<const IN: usize, const HIDDEN: usize> LstmCase<IN, HIDDEN> {
    fn random(batch: usize, time: usize, seed: u64) -> Self {
        let device = Cpu::seed_from_u64(seed);
        let state = || device.sample_normal_like(&(batch, Const));
        Self {
            x: device.sample_normal_like(&(batch, time, Const)),
            hidden: state(),
            cell: state(),
            lstm: Lstm {
                weight: device.sample_normal() * 0.5,
                recurrent_weight: device.sample_normal() * 0.5,
                bias: device.sample_normal() * 0.5,
            },
            g: (device.sample_normal_like(&(batch, time, Const)), state(), state()),
        }
    }

    fn results(
        &self,
        form: impl Fn(
            Sequence<IN, Cpu, Traced>,
            LstmState<HIDDEN, Cpu, Traced>,
            &Lstm<IN, HIDDEN>,
        ) -> Result<lstm::Unrolled<HIDDEN, Cpu, Traced>, Error>,
    ) -> Results<9> {
        let state = LstmState { hidden: self.hidden.leaky_trace(), cell: self.cell.leaky_trace() };
        let (all, last) = form(self.x.leaky_trace(), state, &self.lstm).expect("the shapes fit");
        let outputs = [all.as_vec(), last.hidden.as_vec(), last.cell.as_vec()];
        let loss = (all * self.g.0.clone()).sum() + (last.hidden * self.g.1.clone()).sum();
        let gradients = (loss + (last.cell * self.g.2.clone()).sum()).backward();
        let [all, last_hidden, last_cell] = outputs;
        [
            ("all", all),
            ("last_hidden", last_hidden),
            ("last_cell", last_cell),
            ("gradient.x", gradients.get(&self.x).as_vec()),
            ("gradient.hidden", gradients.get(&self.hidden).as_vec()),
            ("gradient.cell", gradients.get(&self.cell).as_vec()),
            ("gradient.weight", gradients.get(&self.lstm.weight).as_vec()),
            ("gradient.recurrent_weight", gradients.get(&self.lstm.recurrent_weight).as_vec()),
            ("gradient.bias", gradients.get(&self.lstm.bias).as_vec()),
        ]
    }
}

/// A GRU with everything that goes into it, and the $g$ of its outputs.
struct GruCase<const IN: usize, const HIDDEN: usize> {
    x: Sequence<IN, Cpu, NoneTape>,
    hidden: State<HIDDEN>,
    gru: Gru<IN, HIDDEN>,
    g: (Sequence<HIDDEN, Cpu, NoneTape>, State<HIDDEN>),
}

impl<const IN: usize, const HIDDEN: usize> GruCase<IN, HIDDEN> {
    fn random(batch: usize, time: usize, seed: u64) -> Self {
        let device = Cpu::seed_from_u64(seed);
        Self {
            x: device.sample_normal_like(&(batch, time, Const)),
            hidden: device.sample_normal_like(&(batch, Const)),
            gru: Gru {
                weight: device.sample_normal() * 0.5,
                recurrent_weight: device.sample_normal() * 0.5,
                bias: device.sample_normal() * 0.5,
                recurrent_bias: device.sample_normal() * 0.5,
            },
            g: (device.sample_normal_like(&(batch, time, Const)), device.sample_normal_like(&(batch, Const))),
        }
    }

    fn results(
        &self,
        form: impl Fn(
            Sequence<IN, Cpu, Traced>,
            State<HIDDEN, Traced>,
            &Gru<IN, HIDDEN>,
        ) -> Result<gru::Unrolled<HIDDEN, Cpu, Traced>, Error>,
    ) -> Results<8> {
        let (all, last) =
            form(self.x.leaky_trace(), self.hidden.leaky_trace(), &self.gru).expect("the shapes fit");
        let outputs = [all.as_vec(), last.as_vec()];
        let loss = (all * self.g.0.clone()).sum() + (last * self.g.1.clone()).sum();
        let gradients = loss.backward();
        let [all, last] = outputs;
        [
            ("all", all),
            ("last_hidden", last),
            ("gradient.x", gradients.get(&self.x).as_vec()),
            ("gradient.hidden", gradients.get(&self.hidden).as_vec()),
            ("gradient.weight", gradients.get(&self.gru.weight).as_vec()),
            ("gradient.recurrent_weight", gradients.get(&self.gru.recurrent_weight).as_vec()),
            ("gradient.bias", gradients.get(&self.gru.bias).as_vec()),
            ("gradient.recurrent_bias", gradients.get(&self.gru.recurrent_bias).as_vec()),
        ]
    }
}

fn same<const N: usize>(found: Results<N>, wanted: Results<N>) -> Result<(), TestCaseError> {
    for ((what, found), (_, wanted)) in found.iter().zip(&wanted) {
        prop_assert_eq!(found.len(), wanted.len());
        let scale = wanted.iter().fold(1.0_f32, |scale, x| scale.max(x.abs()));
        for (found, wanted) in found.iter().zip(wanted) {
            prop_assert!((found - wanted).abs() <= 1e-5 * scale, "{}: {} {}", what, found, wanted);
        }
    }
    Ok(())
}

fn same_in_both_forms<const IN: usize, const HIDDEN: usize>(
    batch: usize,
    time: usize,
    seed: u64,
) -> Result<(), TestCaseError> {
    let case = LstmCase::<IN, HIDDEN>::random(batch, time, seed);
    same(case.results(lstm::fast), case.results(lstm::plain))?;
    let case = GruCase::<IN, HIDDEN>::random(batch, time, seed);
    same(case.results(gru::fast), case.results(gru::plain))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fast_is_plain(batch in 1_usize..=37, time in 1_usize..=6, shape in 0_usize..5, seed in 0_u64..1000) {
        match shape {
            0 => same_in_both_forms::<1, 1>(batch, time, seed)?,
            1 => same_in_both_forms::<3, 16>(batch, time, seed)?,
            2 => same_in_both_forms::<19, 5>(batch, time, seed)?,
            3 => same_in_both_forms::<16, 33>(batch, time, seed)?,
            _ => same_in_both_forms::<2, 17>(batch, time, seed)?,
        }
    }
}

/// More rows than a part of the sums over the batch, and more weights than a part of their gradient.
#[test]
fn fast_is_plain_on_larger_shapes() {
    let case = LstmCase::<110, 48>::random(20, 9, 1);
    same(case.results(lstm::fast), case.results(lstm::plain)).expect("same");
    let case = GruCase::<40, 100>::random(33, 8, 2);
    same(case.results(gru::fast), case.results(gru::plain)).expect("same");
}

#[test]
fn the_lstm_is_that_of_pytorch() {
    let (torch, device) = (Torch::of("lstm"), Cpu::default());
    let state = |name| device.tensor_from_vec(torch.numbers(name), (2, Const));
    let sequence = (2, 3, Const);
    let case = LstmCase::<3, 4> {
        x: device.tensor_from_vec(torch.numbers("x"), (2, 3, Const)),
        hidden: state("hidden"),
        cell: state("cell"),
        lstm: Lstm {
            weight: device.tensor_from_vec(torch.numbers("weight"), Default::default()),
            recurrent_weight: device.tensor_from_vec(torch.numbers("recurrent_weight"), Default::default()),
            bias: device.tensor_from_vec(torch.numbers("bias"), Default::default()),
        },
        g: (
            device.tensor_from_vec(torch.numbers("g.all"), sequence),
            state("g.last_hidden"),
            state("g.last_cell"),
        ),
    };
    for (name, found) in case.results(lstm::fast).iter().chain(&case.results(lstm::plain)) {
        torch.check(name, found);
    }
}

#[test]
fn the_gru_is_that_of_pytorch() {
    let (torch, device) = (Torch::of("gru"), Cpu::default());
    let state = |name| device.tensor_from_vec(torch.numbers(name), (2, Const));
    let case = GruCase::<3, 4> {
        x: device.tensor_from_vec(torch.numbers("x"), (2, 3, Const)),
        hidden: state("hidden"),
        gru: Gru {
            weight: device.tensor_from_vec(torch.numbers("weight"), Default::default()),
            recurrent_weight: device.tensor_from_vec(torch.numbers("recurrent_weight"), Default::default()),
            bias: device.tensor_from_vec(torch.numbers("bias"), Default::default()),
            recurrent_bias: device.tensor_from_vec(torch.numbers("recurrent_bias"), Default::default()),
        },
        g: (device.tensor_from_vec(torch.numbers("g.all"), (2, 3, Const)), state("g.last_hidden")),
    };
    for (name, found) in case.results(gru::fast).iter().chain(&case.results(gru::plain)) {
        torch.check(name, found);
    }
}

fn doubles(numbers: Vec<f32>) -> Vec<f64> {
    numbers.into_iter().map(f64::from).collect()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Number `to` of $x W + b$ for one gate of weights, in double precision.
fn linear(x: &[f64], weight: &[f64], bias: f64, (gate, to, hidden): (usize, usize, usize)) -> f64 {
    let weight = &weight[gate * x.len() * hidden..];
    bias + x.iter().enumerate().map(|(i, x)| x * weight[i * hidden + to]).sum::<f64>()
}

/// The loss of an LSTM by the equations: for `IN` = 2, `HIDDEN` = 3 and any batch and time.
fn lstm_loss([x, h, c, w, u, b, g, g_hidden, g_cell]: [&[f64]; 9], batch: usize, time: usize) -> f64 {
    let mut loss = 0.0;
    for row in 0..batch {
        let (mut h, mut c) = (h[row * 3..][..3].to_vec(), c[row * 3..][..3].to_vec());
        for t in 0..time {
            let x = &x[(row * time + t) * 2..][..2];
            let before = h.clone();
            for k in 0..3 {
                let sum = |gate: usize| {
                    linear(x, w, b[gate * 3 + k], (gate, k, 3)) + linear(&before, u, 0.0, (gate, k, 3))
                };
                c[k] = sigmoid(sum(1)) * c[k] + sigmoid(sum(0)) * sum(2).tanh();
                h[k] = sigmoid(sum(3)) * c[k].tanh();
                loss += g[(row * time + t) * 3 + k] * h[k];
            }
        }
        for k in 0..3 {
            loss += g_hidden[row * 3 + k] * h[k] + g_cell[row * 3 + k] * c[k];
        }
    }
    loss
}

/// The loss of a GRU by the equations: for `IN` = 2, `HIDDEN` = 3 and any batch and time.
fn gru_loss([x, h, w, u, b, d, g, g_hidden]: [&[f64]; 8], batch: usize, time: usize) -> f64 {
    let mut loss = 0.0;
    for row in 0..batch {
        let mut h = h[row * 3..][..3].to_vec();
        for t in 0..time {
            let x = &x[(row * time + t) * 2..][..2];
            let before = h.clone();
            for k in 0..3 {
                let input = |gate: usize| linear(x, w, b[gate * 3 + k], (gate, k, 3));
                let recurrent = |gate: usize, bias: f64| linear(&before, u, bias, (gate, k, 3));
                let (r, z) = (sigmoid(input(0) + recurrent(0, 0.0)), sigmoid(input(1) + recurrent(1, 0.0)));
                let n = (input(2) + r * recurrent(2, d[k])).tanh();
                h[k] = (1.0 - z) * n + z * before[k];
                loss += g[(row * time + t) * 3 + k] * h[k];
            }
        }
        (0..3).for_each(|k| loss += g_hidden[row * 3 + k] * h[k]);
    }
    loss
}

/// Holds gradients against central differences of a loss with respect to the first arguments.
fn check_differences<const N: usize>(
    gradients: &[(&'static str, Vec<f32>)],
    arguments: [Vec<f64>; N],
    loss: impl Fn([&[f64]; N]) -> f64,
) {
    const STEP: f64 = 1e-5;
    for (kind, (name, found)) in gradients.iter().enumerate() {
        assert!(found.iter().any(|&g| g != 0.0), "{name}");
        for (index, &found) in found.iter().enumerate() {
            let at = |step: f64| {
                let mut moved = arguments.clone();
                moved[kind][index] += step;
                loss(std::array::from_fn(|i| moved[i].as_slice()))
            };
            let wanted = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            // Sums of some ten terms of size up to 10 in single precision: 10 · 2⁻²⁴ · 10 is 6e-6, and the exponentials in
            // the terms are right to 2⁻²² of themselves.
            assert!((f64::from(found) - wanted).abs() <= 1e-5, "{name}, number {index}: {found} {wanted}");
        }
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let case = LstmCase::<2, 3>::random(2, 4, 7);
    let arguments = [
        case.x.as_vec(),
        case.hidden.as_vec(),
        case.cell.as_vec(),
        case.lstm.weight.as_vec(),
        case.lstm.recurrent_weight.as_vec(),
        case.lstm.bias.as_vec(),
        case.g.0.as_vec(),
        case.g.1.as_vec(),
        case.g.2.as_vec(),
    ];
    let arguments = arguments.map(doubles);
    check_differences(&case.results(lstm::fast)[3..], arguments, |numbers| lstm_loss(numbers, 2, 4));

    let case = GruCase::<2, 3>::random(2, 4, 7);
    let arguments = [
        case.x.as_vec(),
        case.hidden.as_vec(),
        case.gru.weight.as_vec(),
        case.gru.recurrent_weight.as_vec(),
        case.gru.bias.as_vec(),
        case.gru.recurrent_bias.as_vec(),
        case.g.0.as_vec(),
        case.g.1.as_vec(),
    ];
    let arguments = arguments.map(doubles);
    check_differences(&case.results(gru::fast)[2..], arguments, |numbers| gru_loss(numbers, 2, 4));
}

/// The inputs of 5 rows at one time step.
fn at_time<const N: usize>(x: &Sequence<N, Cpu, NoneTape>, time: usize) -> Rows<N, Cpu, Traced> {
    x.retaped::<Traced>().select(x.device().tensor_from_vec(vec![time; 5], (5,)))
}

/// The states of all time steps in one tensor, with two more tapes.
fn joined<const N: usize>(states: Vec<State<N, Traced>>, tapes: [Traced; 2]) -> Sequence<N, Cpu, Traced> {
    let joined = states.stack().permute::<(usize, usize, Const<N>), Axes3<1, 0, 2>>();
    let (joined, tape) = joined.contiguous().split_tape();
    joined.put_tape(tapes.into_iter().fold(tape, Merge::merge))
}

#[test]
fn steps_and_walks_make_a_sequence() {
    let case = LstmCase::<3, 17>::random(5, 4, 11);
    let sequence = case.results(|x, state, lstm| lstm.try_sequence(x, state));
    let end = |all, state: LstmState<17, Cpu, Traced>, x_tape| {
        let (hidden, tape) = state.hidden.split_tape();
        let last = LstmState { hidden: hidden.put_tape(Traced::default()), cell: state.cell };
        Ok((joined(all, [tape, x_tape]), last))
    };
    let steps = case.results(|x, mut state, lstm| {
        let ((x, tape), mut all) = (x.split_tape(), vec![]);
        for t in 0..4 {
            state = lstm.step(at_time(&x, t), state);
            all.push(state.hidden.with_empty_tape());
        }
        end(all, state, tape)
    });
    let walk = case.results(|x, state, lstm| {
        let ((x, tape), mut all, mut walk) = (x.split_tape(), vec![], lstm.walk(state));
        for t in 0..4 {
            walk.step(at_time(&x, t));
            all.push(walk.state().hidden.with_empty_tape());
        }
        end(all, walk.finish(), tape)
    });
    same(steps, sequence.clone()).expect("same");
    same(walk, sequence).expect("same");

    let case = GruCase::<3, 17>::random(5, 4, 11);
    let sequence = case.results(|x, state, gru| gru.try_sequence(x, state));
    let end = |all, state: State<17, Traced>, x_tape| {
        let (state, tape) = state.split_tape();
        Ok((joined(all, [tape, x_tape]), state.put_tape(Traced::default())))
    };
    let steps = case.results(|x, mut state, gru| {
        let ((x, tape), mut all) = (x.split_tape(), vec![]);
        for t in 0..4 {
            state = gru.step(at_time(&x, t), state);
            all.push(state.with_empty_tape());
        }
        end(all, state, tape)
    });
    let walk = case.results(|x, state, gru| {
        let ((x, tape), mut all, mut walk) = (x.split_tape(), vec![], gru.walk(state));
        for t in 0..4 {
            walk.step(at_time(&x, t));
            all.push(walk.state().with_empty_tape());
        }
        end(all, walk.finish(), tape)
    });
    same(steps, sequence.clone()).expect("same");
    same(walk, sequence).expect("same");
}

/// Two walks with the same weights on one tape, and a walk of no step.
#[test]
fn every_walk_adds_its_gradients() {
    let case = GruCase::<3, 4>::random(5, 2, 13);
    let weight = |walks: usize| {
        let mut loss = Cpu::default().zeros().put_tape(Traced::default());
        for _ in 0..walks {
            let mut walk = case.gru.walk(case.hidden.leaky_trace());
            walk.step(at_time(&case.x, 0));
            walk.step(at_time(&case.x, 1));
            loss = loss + walk.finish().square().sum();
        }
        loss = loss + case.gru.walk(case.hidden.leaky_trace()).finish().square().sum();
        loss.backward().get(&case.gru.weight).as_vec()
    };
    let (one, two) = (weight(1), weight(2));
    assert!(one.iter().all(|&g| g != 0.0));
    assert!(one.iter().zip(&two).all(|(one, two)| (2.0 * one - two).abs() <= 1e-6 * two.abs()));
    assert!(weight(0).iter().all(|&g| g == 0.0));
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
        pool.install(|| {
            let lstm = LstmCase::<100, 24>::random(50, 5, 5).results(lstm::fast);
            let gru = GruCase::<100, 24>::random(50, 5, 5).results(gru::fast);
            let numbers = lstm.into_iter().chain(gru).flat_map(|(_, numbers)| numbers);
            numbers.map(f32::to_bits).collect::<Vec<_>>()
        })
    };
    let one = with(1);
    assert!(one == with(2) && one == with(3));
}

#[test]
fn without_a_tape_the_outputs_are_the_same() {
    let case = LstmCase::<3, 4>::random(2, 3, 8);
    let state = LstmState { hidden: case.hidden.clone(), cell: case.cell.clone() };
    let (all, last) = case.lstm.sequence(case.x.clone(), state);
    let [(_, wanted), (_, hidden), (_, cell), ..] = case.results(lstm::fast);
    assert_eq!([all.as_vec(), last.hidden.as_vec(), last.cell.as_vec()], [wanted, hidden, cell]);
    let case = GruCase::<3, 4>::random(2, 3, 8);
    let (all, last) = case.gru.sequence(case.x.clone(), case.hidden.clone());
    let [(_, wanted), (_, hidden), ..] = case.results(gru::fast);
    assert_eq!([all.as_vec(), last.as_vec()], [wanted, hidden]);
}

/// Inputs and states that lie in memory in another order, or only once for all rows.
#[test]
fn a_permuted_input_and_a_broadcast_state_get_their_gradients() {
    let device = Cpu::seed_from_u64(9);
    let gru = Gru::<3, 4>::new(&device, 1);
    let x: Tensor<(usize, usize, Const<3>), f32, Cpu> = device.sample_normal_like(&(5, 2, Const)); // time first
    let state: Tensor<Rank1<4>, f32, Cpu> = device.sample_normal();
    let gradients = |form: fn(_, _, &_) -> Result<gru::Unrolled<4, Cpu, Traced>, Error>| {
        let permuted = x.leaky_trace().permute::<(usize, usize, Const<3>), Axes3<1, 0, 2>>();
        let (all, _) =
            form(permuted, state.leaky_trace().broadcast_like(&(2, Const)), &gru).expect("it fits");
        let gradients = all.square().sum().backward();
        [("x", gradients.get(&x).as_vec()), ("state", gradients.get(&state).as_vec())]
    };
    same(gradients(gru::fast), gradients(gru::plain)).expect("same");
}

#[test]
fn they_are_modules_for_the_optimizer_and_for_files() {
    let device = Cpu::seed_from_u64(5);
    let mut model = (Lstm::<3, 5>::new(&device, 1), Gru::<5, 4>::new(&device, 2));
    assert_eq!(model.0.num_trainable_params(), 4 * (3 * 5 + 5 * 5 + 5));
    assert_eq!(model.1.num_trainable_params(), 3 * (5 * 4 + 4 * 4 + 4) + 4);
    let numbers = |(lstm, gru): &(Lstm<3, 5>, Gru<5, 4>)| {
        let lstm = [lstm.weight.as_vec(), lstm.recurrent_weight.as_vec(), lstm.bias.as_vec()];
        let gru = [
            gru.weight.as_vec(),
            gru.recurrent_weight.as_vec(),
            gru.bias.as_vec(),
            gru.recurrent_bias.as_vec(),
        ];
        [lstm.concat(), gru.concat()].concat()
    };
    let before = numbers(&model);
    let x: Sequence<3, Cpu, NoneTape> = device.sample_normal_like(&(4, 3, Const));
    let (hidden, _) = model.0.sequence(x.traced(model.alloc_grads()), LstmState::zeros(&device, 4));
    let (hidden, _) = model.1.sequence(hidden, device.zeros_like(&(4, Const)).put_tape(Traced::default()));
    let gradients = hidden.square().mean().backward();
    let mut optimizer = Adam::new(&model, AdamConfig::default());
    optimizer.update(&mut model, &gradients).expect("every parameter has a gradient");
    let after = numbers(&model);
    assert!(before.iter().zip(&after).all(|(old, new)| old != new));

    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("model.safetensors");
    model.save_safetensors(&file).expect("it can be written");
    let mut read = (Lstm::<3, 5>::new(&device, 3), Gru::<5, 4>::new(&device, 4));
    read.load_safetensors(&file).expect("it can be read");
    assert_eq!(numbers(&read), after);
}

#[test]
fn weights_are_uniform_and_the_forget_gate_is_open() {
    let device = Cpu::default();
    let (lstm, gru) = (Lstm::<64, 25>::new(&device, 8), Gru::<64, 25>::new(&device, 8));
    assert_eq!(lstm.weight.as_vec(), Lstm::<64, 25>::new(&device, 8).weight.as_vec());
    let (mut lstm_again, mut gru_again) = (lstm.clone(), gru.clone());
    lstm_again.reset_params();
    gru_again.reset_params();
    assert_ne!(lstm.weight.as_vec(), lstm_again.weight.as_vec());
    for lstm in [lstm, lstm_again] {
        uniform(&lstm.weight.as_vec());
        uniform(&lstm.recurrent_weight.as_vec());
        let bias = lstm.bias.as_vec();
        for (gate, bias) in bias.chunks(25).enumerate() {
            let open = bias.iter().all(|&b| b == 1.0);
            assert_eq!(open, gate == lstm::FORGET);
            assert!(open || bias.iter().all(|b| b.abs() <= 0.2));
        }
    }
    for gru in [gru, gru_again] {
        uniform(&gru.weight.as_vec());
        uniform(&gru.recurrent_weight.as_vec());
        assert!(gru.bias.as_vec().iter().chain(&gru.recurrent_bias.as_vec()).all(|b| b.abs() <= 0.2));
    }
}

/// Asserts that numbers come from a uniform distribution between $-1/5$ and $1/5$.
fn uniform(numbers: &[f32]) {
    assert!(numbers.iter().all(|x| x.abs() <= 0.2));
    let n = numbers.len() as f64;
    let mean = numbers.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
    let variance = numbers.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / n;
    // The mean of n numbers of variance v is off by less than 5 √(v / n), their variance by 5 v √(0.8 / n).
    let v = 0.04 / 3.0;
    assert!(mean.abs() < 5.0 * (v / n).sqrt(), "mean {mean}");
    assert!((variance - v).abs() < 5.0 * v * (0.8 / n).sqrt(), "variance {variance}");
}

#[test]
fn errors_say_what_was_expected() {
    let device = Cpu::default();
    let (lstm, gru) = (Lstm::<2, 3>::new(&device, 0), Gru::<2, 3>::new(&device, 0));
    let x = |batch, time| -> Sequence<2, Cpu, NoneTape> { device.zeros_like(&(batch, time, Const)) };
    let zeros = |batch| device.zeros_like(&(batch, Const));
    let state = |hidden, cell| LstmState { hidden: zeros(hidden), cell: zeros(cell) };

    let no_time = "the number of time steps must be at least 1, found 0";
    let found = lstm.try_sequence(x(4, 0), state(4, 4)).unwrap_err().to_string();
    assert!(found.contains(no_time), "{found}");
    let found = gru.try_sequence(x(4, 0), zeros(4)).unwrap_err().to_string();
    assert!(found.contains(no_time), "{found}");

    let found = lstm.try_sequence(x(4, 2), state(3, 4)).unwrap_err().to_string();
    assert!(found.contains("expected 4 rows in the hidden state, as in the inputs, found 3"), "{found}");
    let found = lstm.try_step(device.zeros_like(&(4, Const)), state(4, 5)).unwrap_err().to_string();
    assert!(found.contains("expected 4 rows in the cell state, as in the inputs, found 5"), "{found}");
    let found = gru.try_sequence(x(4, 2), zeros(1)).unwrap_err().to_string();
    assert!(found.contains("expected 4 rows in the state, as in the inputs, found 1"), "{found}");
    for form in [lstm::fast::<2, 3, NoneTape>, lstm::plain] {
        assert!(form(x(4, 2), state(3, 3), &lstm).is_err());
    }
}
