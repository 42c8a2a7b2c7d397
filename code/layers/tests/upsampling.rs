//! Fast upsampling and leaky ReLU against the plain forms, by hand, and against finite differences.

mod threads;

use dfdx::prelude::*;
use layers::{Activations, Error, Grid, leaky_relu, try_upsample_2x, upsample_2x, upsampling};
use proptest::prelude::*;

type Traced<const C: usize> = Activations<C, Cpu, OwnedTape<f32, Cpu>>;

/// Output and input gradient of the loss $∑ g y$.
fn results<const C: usize>(
    x: &Activations<C, Cpu, NoneTape>,
    form: impl Fn(Traced<C>) -> Result<Traced<C>, Error>,
) -> [Vec<f32>; 2] {
    let y = form(x.leaky_trace()).expect("the shapes fit");
    let g = Cpu::seed_from_u64(99).sample_normal_like(y.shape());
    let output = y.as_vec();
    [output, (y * g).sum().backward().get(x).as_vec()]
}

fn same<const C: usize>(batch: usize, grid: Grid, seed: u64) -> Result<(), TestCaseError> {
    let x: Activations<C, Cpu, NoneTape> =
        Cpu::seed_from_u64(seed).sample_normal_like(&(batch, grid.locations(), Const));
    let [found, found_gradient] = results(&x, |x| upsampling::fast(x, grid));
    let [wanted, wanted_gradient] = results(&x, |x| upsampling::plain(x, grid));
    prop_assert_eq!(found, wanted);
    for (found, wanted) in found_gradient.iter().zip(&wanted_gradient) {
        prop_assert!((found - wanted).abs() <= 1e-5 * wanted.abs().max(1.0), "{} {}", found, wanted);
    }
    let slope = 0.2;
    let [found, found_gradient] = results(&x, |x| layers::leaky_relu::fast(x, slope));
    let [wanted, wanted_gradient] = results(&x, |x| layers::leaky_relu::plain(x, slope));
    prop_assert_eq!(found, wanted);
    prop_assert_eq!(found_gradient, wanted_gradient);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fast_is_plain(batch in 1_usize..=5, height in 1_usize..=9, width in 1_usize..=9, wide: bool, seed in 0_u64..1000) {
        if wide {
            same::<19>(batch, Grid::new(height, width), seed)?;
        } else {
            same::<1>(batch, Grid::new(height, width), seed)?;
        }
    }
}

#[test]
fn every_location_becomes_a_square_of_four() {
    let device = Cpu::default();
    // 2 × 2 locations of two channels.
    let x = device.tensor_from_vec(vec![1., 10., 2., 20., 3., 30., 4., 40.], (1, 4, Const::<2>));
    let (y, grid) = upsample_2x(x.leaky_trace(), Grid::new(2, 2));
    assert_eq!(grid, Grid::new(4, 4));
    let first: Vec<f32> = y.as_vec().chunks_exact(2).map(|channels| channels[0]).collect();
    assert_eq!(first, [1., 1., 2., 2., 1., 1., 2., 2., 3., 3., 4., 4., 3., 3., 4., 4.]);
    assert!(y.as_vec().chunks_exact(2).all(|channels| channels[1] == 10.0 * channels[0]));
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let grid = Grid::new(3, 2);
    let x: Activations<3, Cpu, NoneTape> = Cpu::seed_from_u64(1).sample_normal_like(&(2, 6, Const));
    let form = |x: Traced<3>| Ok(leaky_relu(upsample_2x(x, grid).0, 0.2));
    let [_, found] = results(&x, form);
    let g: Activations<3, Cpu, NoneTape> = Cpu::seed_from_u64(99).sample_normal_like(&(2, 24, Const));
    let g = g.as_vec();
    let numbers: Vec<f64> = x.as_vec().into_iter().map(f64::from).collect();
    // In double precision, by the formulas.
    let loss = |numbers: &[f64]| -> f64 {
        let place = |i: usize| {
            let (picture, location, c) = (i / 72, i / 3 % 24, i % 3);
            let (row, column) = (location / 4 / 2, location % 4 / 2);
            numbers[picture * 18 + (row * 2 + column) * 3 + c]
        };
        (0..144).map(|i| f64::from(g[i]) * place(i).max(0.2 * place(i))).sum()
    };
    for (index, found) in found.into_iter().enumerate() {
        let at = |step: f64| {
            let mut moved = numbers.clone();
            moved[index] += step;
            loss(&moved)
        };
        let wanted = (at(1e-4) - at(-1e-4)) / 2e-4;
        // The loss is linear where no number crosses zero, so the difference is exact up to rounding. The gradient is a
        // sum of four terms of size up to 4 in single precision: 4 · 2⁻²⁴ · 16 is 4e-6.
        assert!((f64::from(found) - wanted).abs() < 4e-6, "{index}: {found} {wanted}");
    }
}

#[test]
fn what_does_not_fit_the_grid_is_refused() {
    let x: Activations<2, Cpu, NoneTape> = Cpu::default().zeros_like(&(1, 5, Const));
    let error = try_upsample_2x(x, Grid::new(2, 3)).unwrap_err().to_string();
    assert!(error.contains("upsampling") && error.contains("2 × 3") && error.contains('5'), "{error}");
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    threads::change_nothing(|| {
        let x: Activations<16, Cpu, NoneTape> =
            Cpu::seed_from_u64(5).sample_normal_like(&(7, 13 * 11, Const));
        results(&x, |x| Ok(leaky_relu(upsample_2x(x, Grid::new(13, 11)).0, 0.2)))
    });
}
