//! The fast batch normalisation against the plain one, against finite differences, and its running averages.

mod threads;

use dfdx::optim::{Adam, AdamConfig};
use dfdx::prelude::*;
use layers::batch_norm::{Normalisation, Normalised, Statistics, fast, plain};
use layers::{Activations, BatchNorm, Error};
use proptest::prelude::*;

type Traced = OwnedTape<f32, Cpu>;

/// Output, statistics, and gradients of the loss $∑ g y$ with respect to input, scale and shift.
fn results<const C: usize>(
    x: &Activations<C, Cpu, NoneTape>,
    normalisation: &Normalisation<C, Cpu>,
    form: impl Fn(Activations<C, Cpu, Traced>, Normalisation<C, Cpu>) -> Result<Normalised<C, Cpu, Traced>, Error>,
) -> [(&'static str, Vec<f32>); 6] {
    let (y, statistics) = form(x.leaky_trace(), normalisation.clone()).expect("the shapes fit");
    let g = Cpu::seed_from_u64(99).sample_normal_like(y.shape());
    let output = y.as_vec();
    let gradients = (y * g).sum().backward();
    [
        ("output", output),
        ("mean", statistics.mean.as_vec()),
        ("variance", statistics.variance.as_vec()),
        ("input", gradients.get(x).as_vec()),
        ("scale", gradients.get(&normalisation.scale).as_vec()),
        ("shift", gradients.get(&normalisation.shift).as_vec()),
    ]
}

fn normalisation<const C: usize>(device: &Cpu, given: bool, relu: bool) -> Normalisation<C, Cpu> {
    let given = given.then(|| Statistics {
        mean: device.sample_normal(),
        variance: device.sample_normal().square() + 0.5,
    });
    Normalisation { scale: device.sample_normal(), shift: device.sample_normal(), given, epsilon: 1e-5, relu }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fast_is_plain(
        batch in 1_usize..=5,
        locations in 4_usize..=300,
        (given, relu) in any::<(bool, bool)>(),
        seed in 0_u64..1000,
    ) {
        let device = Cpu::seed_from_u64(seed);
        let x: Activations<21, Cpu, NoneTape> = device.sample_normal_like(&(batch, locations, Const)) * 2.0 + 0.5;
        let normalisation = normalisation(&device, given, relu);
        let (found, wanted) = (results(&x, &normalisation, fast), results(&x, &normalisation, plain));
        for ((what, found), (_, wanted)) in found.iter().zip(&wanted) {
            prop_assert_eq!(found.len(), wanted.len());
            let scale = wanted.iter().fold(1.0_f32, |scale, x| scale.max(x.abs()));
            for (found, wanted) in found.iter().zip(wanted) {
                prop_assert!((found - wanted).abs() <= 1e-5 * scale, "{}: {} {}", what, found, wanted);
            }
        }
    }
}

/// The loss $∑ g y$ by the formula, in double precision, for one channel.
fn loss([x, scale, shift, g]: [&[f64]; 4], given: Option<[f64; 2]>, relu: bool) -> f64 {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    let [mean, variance] = given.unwrap_or([mean, variance]);
    let y = x.iter().map(|x| (x - mean) / (variance + 1e-5).sqrt() * scale[0] + shift[0]);
    y.zip(g).map(|(y, g)| if relu { y.max(0.0) * g } else { y * g }).sum()
}

#[test]
fn gradients_are_those_of_finite_differences() {
    const STEP: f64 = 1e-5;
    for (given, relu) in [(false, false), (false, true), (true, false), (true, true)] {
        let device = Cpu::seed_from_u64(17);
        let x: Activations<1, Cpu, NoneTape> = device.sample_normal_like(&(3, 5, Const)) * 3.0 + 1.0;
        let normalisation = normalisation(&device, given, relu);
        let [_, _, _, input, scale, shift] = results(&x, &normalisation, fast).map(|(_, numbers)| numbers);
        let g: Activations<1, Cpu, NoneTape> = Cpu::seed_from_u64(99).sample_normal_like(&(3, 5, Const));
        let g = g.as_vec();
        let numbers = [x.as_vec(), normalisation.scale.as_vec(), normalisation.shift.as_vec(), g];
        let numbers = numbers.map(|numbers| numbers.into_iter().map(f64::from).collect::<Vec<_>>());
        let given = normalisation.given.map(|s| [s.mean.as_vec()[0], s.variance.as_vec()[0]].map(f64::from));
        for (kind, found) in [input, scale, shift].into_iter().enumerate() {
            assert!(found.iter().any(|&g| g != 0.0));
            for (index, found) in found.into_iter().enumerate() {
                let at = |step: f64| {
                    let mut moved = numbers.clone();
                    moved[kind][index] += step;
                    loss(std::array::from_fn(|i| moved[i].as_slice()), given, relu)
                };
                let wanted = (at(STEP) - at(-STEP)) / (2.0 * STEP);
                // Sums of 15 terms of size up to 10 in single precision: 15 · 2⁻²⁴ · 10 is 9e-6.
                assert!(
                    (f64::from(found) - wanted).abs() <= 1e-5,
                    "kind {kind}, number {index}: {found} {wanted}"
                );
            }
        }
    }
}

#[test]
fn running_averages_come_near_the_statistics_of_many_batches() {
    let device = Cpu::seed_from_u64(4);
    let mut norm = BatchNorm::<3>::new(&device);
    for _ in 0..200 {
        let x: Activations<3, Cpu, NoneTape> = device.sample_normal_like(&(8, 50, Const)) * 2.0 + 5.0;
        norm.forward_train(x);
    }
    // An average of about 19 batches of 400 numbers with variance 4.
    for (mean, variance) in norm.running_mean.as_vec().iter().zip(norm.running_variance.as_vec()) {
        assert!((mean - 5.0).abs() < 5.0 * 2.0 / 87.0, "{mean}");
        assert!((variance - 4.0).abs() < 5.0 * 4.0 * 1.5 / 87.0, "{variance}");
    }
    let x: Activations<3, Cpu, NoneTape> = device.sample_normal_like(&(8, 500, Const)) * 2.0 + 5.0;
    let (y, rectified) = (norm.forward(x.clone()).as_vec(), norm.forward_relu(x).as_vec());
    let mean = y.iter().sum::<f32>() / y.len() as f32;
    assert!(mean.abs() < 0.2, "{mean}");
    assert!(y.iter().zip(&rectified).all(|(y, r)| y.max(0.0) == *r));
}

#[test]
fn a_large_mean_costs_no_accuracy() {
    let device = Cpu::seed_from_u64(6);
    let x: Activations<2, Cpu, NoneTape> = device.sample_normal_like(&(4, 700, Const)) + 1000.0;
    let numbers: Vec<f64> = x.as_vec().into_iter().map(f64::from).collect();
    let (_, statistics) = fast(x, normalisation(&device, false, false)).expect("it fits");
    for (c, found) in statistics.variance.as_vec().into_iter().enumerate() {
        let channel: Vec<f64> = numbers.iter().skip(c).step_by(2).copied().collect();
        let mean = channel.iter().sum::<f64>() / 2800.0;
        let wanted = channel.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 2800.0;
        assert!((f64::from(found) / wanted - 1.0).abs() < 1e-4, "{found} {wanted}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    threads::change_nothing(|| {
        let device = Cpu::seed_from_u64(8);
        let x: Activations<21, Cpu, NoneTape> = device.sample_normal_like(&(5, 1000, Const));
        results(&x, &normalisation(&device, false, true), fast).map(|(_, numbers)| threads::bits(numbers))
    });
}

#[test]
fn it_is_a_module_for_the_optimizer_and_for_files() {
    let device = Cpu::seed_from_u64(5);
    let mut norm = BatchNorm::<4>::new(&device);
    assert_eq!(norm.num_trainable_params(), 8);
    let x: Activations<4, Cpu, NoneTape> = device.sample_normal_like(&(3, 30, Const));
    let y = norm.forward_train_relu(x.clone().traced(norm.alloc_grads()));
    let gradients = y.square().mean().backward();
    let before = norm.clone();
    let mut optimizer = Adam::new(&norm, AdamConfig::default());
    optimizer.update(&mut norm, &gradients).expect("every parameter has a gradient");
    assert!(norm.scale.as_vec().iter().zip(before.scale.as_vec()).all(|(new, old)| *new != old));
    assert!(norm.shift.as_vec().iter().zip(before.shift.as_vec()).all(|(new, old)| *new != old));
    assert_eq!(norm.running_mean.as_vec(), before.running_mean.as_vec());

    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("norm.safetensors");
    norm.save_safetensors(&file).expect("it can be written");
    let mut read = BatchNorm::<4>::new(&device);
    read.load_safetensors(&file).expect("it can be read");
    assert_eq!(norm.forward(x.clone()).as_vec(), read.forward(x).as_vec());
}

#[test]
fn one_number_a_channel_is_an_error() {
    let mut norm = BatchNorm::<4>::new(&Cpu::default());
    let x: Activations<4, Cpu, NoneTape> = Cpu::default().zeros_like(&(1, 1, Const));
    let found = norm.try_forward_train(x, false).unwrap_err().to_string();
    assert!(found.contains("expected at least 2 numbers a channel (batch × locations), found 1"), "{found}");
}
