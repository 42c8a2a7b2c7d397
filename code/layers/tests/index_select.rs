//! Taking entries of a batch: the fast form against dfdx's, by hand, and against finite differences.

mod threads;

use dfdx::prelude::*;
use layers::index_select::{self, Entries};
use layers::{Activations, Error, try_index_select};
use proptest::prelude::*;

type Traced<const C: usize> = Activations<C, Cpu, OwnedTape<f32, Cpu>>;

fn entries(of: &[usize]) -> Entries<Cpu> {
    Cpu::default().tensor_from_vec(of.to_vec(), (of.len(),))
}

/// Output and input gradient of the loss $∑ g y²$.
fn results<const C: usize>(
    x: &Activations<C, Cpu, NoneTape>,
    form: impl Fn(Traced<C>) -> Result<Traced<C>, Error>,
) -> [Vec<f32>; 2] {
    let y = form(x.leaky_trace()).expect("the numbers fit");
    let g = Cpu::seed_from_u64(99).sample_normal_like(y.shape());
    let output = y.as_vec();
    [output, (y.square() * g).sum().backward().get(x).as_vec()]
}

fn same<const C: usize>(
    batch: usize,
    locations: usize,
    of: &[usize],
    seed: u64,
) -> Result<(), TestCaseError> {
    let x: Activations<C, Cpu, NoneTape> =
        Cpu::seed_from_u64(seed).sample_normal_like(&(batch, locations, Const));
    let found = results(&x, |x| index_select::fast(x, &entries(of)));
    let wanted = results(&x, |x| index_select::plain(x, &entries(of)));
    prop_assert_eq!(found, wanted);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fast_is_plain(
        (batch, of) in (1_usize..=5).prop_flat_map(|batch| (Just(batch), prop::collection::vec(0..batch, 1..12))),
        locations in 1_usize..=9,
        wide: bool,
        seed in 0_u64..1000,
    ) {
        if wide {
            same::<19>(batch, locations, &of, seed)?;
        } else {
            same::<1>(batch, locations, &of, seed)?;
        }
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let of = [2, 0, 2, 2];
    let x: Activations<2, Cpu, NoneTape> = Cpu::seed_from_u64(1).sample_normal_like(&(3, 2, Const));
    let [_, found] = results(&x, |x| index_select::fast(x, &entries(&of)));
    let g: Activations<2, Cpu, NoneTape> = Cpu::seed_from_u64(99).sample_normal_like(&(4, 2, Const));
    let g = g.as_vec();
    let numbers: Vec<f64> = x.as_vec().into_iter().map(f64::from).collect();
    // In double precision, by the formula.
    let loss =
        |x: &[f64]| -> f64 { (0..16).map(|i| f64::from(g[i]) * x[of[i / 4] * 4 + i % 4].powi(2)).sum() };
    assert!(found[4..8].iter().all(|found| *found == 0.0), "nobody took entry 1: {found:?}");
    for (index, found) in found.into_iter().enumerate() {
        let at = |step: f64| {
            let mut moved = numbers.clone();
            moved[index] += step;
            loss(&moved)
        };
        let wanted = (at(1e-4) - at(-1e-4)) / 2e-4;
        // The loss is a parabola in each number, so the difference is exact up to rounding. The gradient is a sum of up to
        // three terms of size up to 24 in single precision: 3 · 2⁻²⁴ · 72 is 1.3e-5.
        assert!((f64::from(found) - wanted).abs() < 1.3e-5, "{index}: {found} {wanted}");
    }
}

#[test]
fn numbers_beyond_the_batch_are_refused() {
    for form in [index_select::plain, index_select::fast, try_index_select] {
        let x: Activations<2, Cpu, NoneTape> = Cpu::default().zeros_like(&(3, 5, Const));
        let error = form(x, &entries(&[0, 3])).unwrap_err().to_string();
        assert!(error.contains("below 3 in place 1") && error.contains("found 3"), "{error}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let of: Vec<usize> = (0..20).map(|i| i * i % 7).collect();
    threads::change_nothing(|| {
        let x: Activations<16, Cpu, NoneTape> = Cpu::seed_from_u64(5).sample_normal_like(&(7, 13, Const));
        results(&x, |x| index_select::fast(x, &entries(&of)))
    });
}
