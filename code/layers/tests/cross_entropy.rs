//! The fast cross entropy against the plain one, against PyTorch, and against finite differences.

mod threads;
mod torch;

use dfdx::prelude::*;
use layers::cross_entropy::{fast, plain};
use layers::{Error, Rows, cross_entropy, try_cross_entropy};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use torch::Torch;

type Traced = OwnedTape<f32, Cpu>;

/// The operation in one of its forms.
type Form<const C: usize> =
    fn(Rows<C, Cpu, Traced>, &[usize], &[f32]) -> Result<Tensor<Rank0, f32, Cpu, Traced>, Error>;

/// Loss and gradient of three times the loss: an upstream gradient of 1 would hide that it is left out.
fn results<const C: usize>(
    logits: &Rows<C, Cpu, NoneTape>,
    targets: &[usize],
    weights: &[f32],
    form: Form<C>,
) -> (f32, Vec<f32>) {
    let loss = form(logits.leaky_trace(), targets, weights).expect("the sizes fit");
    (loss.array(), (loss * 3.0).backward().get(logits).as_vec())
}

fn same_in_both_forms<const C: usize>(rows: usize, seed: u64) -> Result<(), TestCaseError> {
    let device = Cpu::seed_from_u64(seed);
    let logits: Rows<C, Cpu, NoneTape> = device.sample_normal_like(&(rows, Const)) * 5.0;
    let targets: Vec<usize> = (0..rows).map(|row| (row * 7 + seed as usize) % C).collect();
    let weights: Vec<f32> = (0..rows).map(|row| [1.0, 0.0, 0.3, 2.0][(row + seed as usize) % 4]).collect();
    if weights.iter().all(|&w| w == 0.0) {
        prop_assert!(fast(logits, &targets, &weights).is_err());
        return Ok(());
    }
    let (loss, gradient) = results(&logits, &targets, &weights, fast);
    let (wanted_loss, wanted) = results(&logits, &targets, &weights, plain);
    prop_assert!((loss - wanted_loss).abs() <= 1e-5 * wanted_loss.max(1.0), "{} {}", loss, wanted_loss);
    // A gradient is three times a row's share of the weights, times the probability less 1 or 0. Where the network is sure
    // of the right answer the difference is small, and what was rounded in the probability is a large part of it.
    let scale = 3.0 / weights.iter().sum::<f32>();
    for (row, (wanted, &weight)) in gradient.chunks(C).zip(wanted.chunks(C).zip(&weights)) {
        for (found, wanted) in row.iter().zip(wanted) {
            prop_assert!((found - wanted).abs() <= 1e-5 * scale * weight, "{} {}", found, wanted);
        }
        prop_assert!(row.iter().sum::<f32>().abs() <= 1e-5 * scale * weight);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fast_is_plain(rows in 1_usize..=300, classes in 0_usize..4, seed in 0_u64..1000) {
        match classes {
            0 => same_in_both_forms::<2>(rows, seed)?,
            1 => same_in_both_forms::<16>(rows, seed)?,
            2 => same_in_both_forms::<37>(rows, seed)?,
            _ => same_in_both_forms::<501>(rows, seed)?,
        }
    }
}

#[test]
fn a_sure_answer_has_a_small_gradient() {
    same_in_both_forms::<2>(1, 944).expect("they differ by what is rounded");
}

#[test]
fn it_is_that_of_pytorch() {
    let torch = Torch::of("cross_entropy");
    let logits = Cpu::default().tensor_from_vec(torch.numbers("logits"), (5, Const::<4>));
    let targets: Vec<usize> = torch.numbers("targets").into_iter().map(|target| target as usize).collect();
    for form in [fast, plain] as [Form<4>; 2] {
        let loss = form(logits.leaky_trace(), &targets, &torch.numbers("weights")).expect("the sizes fit");
        torch.check("loss", &[loss.array()]);
        torch.check("gradient.logits", &loss.backward().get(&logits).as_vec());
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    const STEP: f64 = 1e-5;
    let logits: Rows<5, Cpu, NoneTape> = Cpu::seed_from_u64(3).sample_normal_like(&(4, Const)) * 3.0;
    let (targets, weights) = ([4, 0, 2, 2], [1.0, 0.0, 0.25, 3.0]);
    let (_, gradient) = results(&logits, &targets, &weights, fast);
    let numbers: Vec<f64> = logits.as_vec().into_iter().map(f64::from).collect();
    let loss = |logits: &[f64]| {
        let of_row = |(logits, (target, weight)): (&[f64], (&usize, &f32))| {
            let sum = logits.iter().map(|x| x.exp()).sum::<f64>();
            f64::from(*weight) * (sum.ln() - logits[*target])
        };
        3.0 / 4.25 * logits.chunks(5).zip(targets.iter().zip(&weights)).map(of_row).sum::<f64>()
    };
    for (index, found) in gradient.into_iter().enumerate() {
        let at = |step: f64| {
            let mut moved = numbers.clone();
            moved[index] += step;
            loss(&moved)
        };
        let wanted = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        // A weight of at most 3 · 3 / 4.25, times a probability whose exponential is right to 2⁻²² of itself, and as many
        // roundings again: 2.1 · 4 · 2⁻²² is 2e-6. What the step leaves out is some STEP², 1e-10.
        assert!((f64::from(found) - wanted).abs() <= 2e-6, "number {index}: {found} {wanted}");
    }
}

#[test]
fn large_logits_do_not_overflow() {
    let logits = Cpu::default().tensor_from_vec(vec![1e4, -1e4, 0., -3e4, -2e4, -4e4], (2, Const::<3>));
    let loss = cross_entropy(logits.leaky_trace(), &[2, 0], &[1., 1.]);
    assert_eq!(loss.array(), (1e4 + 1e4) / 2.0);
    assert_eq!(loss.backward().get(&logits).as_vec(), [0.5, 0., -0.5, -0.5, 0.5, 0.]);
}

/// dfdx's own `log_softmax` has a wrong gradient there.
#[test]
fn permuted_logits_get_their_gradient() {
    let device = Cpu::seed_from_u64(6);
    let logits: Tensor<(Const<3>, usize), f32, Cpu> = device.sample_normal_like(&(Const, 4));
    let gradient = |form: Form<3>| {
        let permuted = logits.leaky_trace().permute::<(usize, Const<3>), _>();
        form(permuted, &[0, 1, 2, 1], &[1.0; 4]).expect("it fits").backward().get(&logits).as_vec()
    };
    for (found, wanted) in gradient(fast).iter().zip(gradient(plain)) {
        assert!((found - wanted).abs() < 1e-6);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    threads::change_nothing(|| {
        let logits: Rows<50, Cpu, NoneTape> = Cpu::seed_from_u64(8).sample_normal_like(&(1000, Const));
        let (loss, gradient) = results(&logits, &[7; 1000], &[0.1; 1000], fast);
        (loss.to_bits(), threads::bits(gradient))
    });
}

#[test]
fn errors_say_what_was_expected() {
    let logits: Rows<3, Cpu, NoneTape> = Cpu::default().zeros_like(&(2, Const));
    let message = |targets: &[usize], weights: &[f32]| {
        try_cross_entropy(logits.clone(), targets, weights).unwrap_err().to_string()
    };
    let found = message(&[0], &[1., 1.]);
    assert!(found.contains("expected 2 rows in the targets, as in the logits, found 1"), "{found}");
    let found = message(&[0, 1], &[1., 1., 1.]);
    assert!(found.contains("expected 2 rows in the weights, as in the logits, found 3"), "{found}");
    let found = message(&[0, 3], &[1., 1.]);
    assert!(found.contains("expected a target below 3 in row 1, found 3"), "{found}");
    for sum in [0.0, f32::NAN, f32::INFINITY] {
        let found = message(&[0, 1], &[0., sum]);
        assert!(found.contains("expected weights with a positive sum, found"), "{found}");
    }
}
