//! The fast poolings against the plain ones, against finite differences, and by hand.

mod threads;

use dfdx::prelude::*;
use layers::pooling::{average_pool_fast, average_pool_plain, max_pool_2x2_fast, max_pool_2x2_plain};
use layers::{
    Activations, Error, Grid, average_pool, global_average_pool, max_pool_2x2, try_average_pool,
    try_max_pool_2x2,
};
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fast_is_plain(
        batch in 1_usize..=5,
        (height, width) in (1_usize..=9, 1_usize..=9),
        (high, wide) in (1_usize..=4, 1_usize..=4),
        seed in 0_u64..1000,
    ) {
        let (grid, window) = (Grid::new(height, width), Grid::new(high, wide));
        let device = Cpu::seed_from_u64(seed);
        let x: Activations<19, Cpu, NoneTape> = device.sample_normal_like(&(batch, grid.locations(), Const));
        if height >= 2 && width >= 2 {
            // The same operations on the same numbers: not a bit of difference.
            prop_assert_eq!(results(&x, |x| max_pool_2x2_fast(x, grid)), results(&x, |x| max_pool_2x2_plain(x, grid)));
        }
        prop_assert_eq!(height >= 2 && width >= 2, max_pool_2x2_fast(x.clone(), grid).is_ok());
        let fits = height >= high && width >= wide;
        prop_assert_eq!(fits, average_pool_fast(x.clone(), grid, window).is_ok());
        if fits {
            let found = results(&x, |x| average_pool_fast(x, grid, window)).concat();
            let wanted = results(&x, |x| average_pool_plain(x, grid, window)).concat();
            for (found, wanted) in found.iter().zip(&wanted) {
                prop_assert!((found - wanted).abs() <= 1e-5 * wanted.abs().max(1.0), "{} {}", found, wanted);
            }
        }
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let grid = Grid::new(5, 4);
    let x: Activations<3, Cpu, NoneTape> = Cpu::seed_from_u64(1).sample_normal_like(&(2, 20, Const));
    let numbers: Vec<f64> = x.as_vec().into_iter().map(f64::from).collect();
    // In double precision, by the formula: windows of 2 × 2 in 5 × 4, the last row left out.
    let pooled = |numbers: &[f64], pool: fn([f64; 4]) -> f64| -> Vec<f64> {
        let mut pooled = vec![];
        for picture in numbers.chunks(60) {
            for (i, j, c) in (0..2).flat_map(|i| (0..2).flat_map(move |j| (0..3).map(move |c| (i, j, c)))) {
                let at = |k: usize, l: usize| picture[((2 * i + k) * 4 + 2 * j + l) * 3 + c];
                pooled.push(pool([at(0, 0), at(0, 1), at(1, 0), at(1, 1)]));
            }
        }
        pooled
    };
    let check = |pool: fn([f64; 4]) -> f64, form: fn(Traced<3>, Grid) -> (Traced<3>, Grid)| {
        let [_, found] = results(&x, |x| Ok(form(x, grid).0));
        let g: Activations<3, Cpu, NoneTape> = Cpu::seed_from_u64(99).sample_normal_like(&(2, 4, Const));
        let g = g.as_vec();
        for (index, found) in found.into_iter().enumerate() {
            let at = |step: f64| {
                let mut moved = numbers.clone();
                moved[index] += step;
                pooled(&moved, pool).iter().zip(&g).map(|(y, &g)| y * f64::from(g)).sum::<f64>()
            };
            // Piecewise linear: the difference is exact up to rounding, where the maximum does not change.
            let wanted = (at(1e-6) - at(-1e-6)) / 2e-6;
            // One multiplication and one addition in single precision, and rounding in the difference.
            let bound = 2.0_f64.powi(-23) * wanted.abs() + 1e-8;
            assert!((f64::from(found) - wanted).abs() <= bound, "number {index}: {found} {wanted}");
        }
    };
    check(|x| x.into_iter().fold(f64::NEG_INFINITY, f64::max), max_pool_2x2);
    check(|x| x.into_iter().sum::<f64>() / 4.0, |x, grid| average_pool(x, grid, 2));
}

#[test]
fn of_a_tie_the_first_location_gets_the_gradient() {
    let x = Cpu::default().tensor_from_vec(vec![1.0, 3.0, 3.0, 3.0], (1, 4, Const::<1>));
    let (y, _) = max_pool_2x2(x.leaky_trace(), Grid::new(2, 2));
    assert_eq!(y.sum().backward().get(&x).as_vec(), [0.0, 1.0, 0.0, 0.0]);
    let y = max_pool_2x2_plain(x.leaky_trace(), Grid::new(2, 2)).expect("it fits");
    assert_eq!(y.sum().backward().get(&x).as_vec(), [0.0, 1.0, 1.0, 1.0]);
}

#[test]
fn global_average_is_the_mean_over_locations() {
    let x: Activations<5, Cpu, NoneTape> = Cpu::seed_from_u64(2).sample_normal_like(&(3, 7, Const));
    let found = global_average_pool(x.clone());
    assert_eq!(found.shape(), &(3, Const::<5>));
    let wanted = x.mean::<_, Axis<1>>();
    for (found, wanted) in found.as_vec().iter().zip(wanted.as_vec()) {
        assert!((found - wanted).abs() <= 1e-6);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let grid = Grid::new(6, 9);
    threads::change_nothing(|| {
        let x: Activations<7, Cpu, NoneTape> = Cpu::seed_from_u64(3).sample_normal_like(&(37, 54, Const));
        let maxima = results(&x, |x| max_pool_2x2_fast(x, grid));
        [maxima, results(&x, |x| average_pool_fast(x, grid, Grid::new(3, 3)))]
    });
}

#[test]
fn errors_say_what_was_expected() {
    let x: Activations<1, Cpu, NoneTape> = Cpu::default().zeros_like(&(1, 6, Const));
    let found = try_max_pool_2x2(x.clone(), Grid::new(1, 6)).unwrap_err().to_string();
    assert!(found.contains("a window of 2 × 2 does not fit into a grid of 1 × 6"), "{found}");
    let found = try_average_pool(x.clone(), Grid::new(2, 3), 0).unwrap_err().to_string();
    assert!(found.contains("must be at least 1, found 0"), "{found}");
    let found = try_average_pool(x, Grid::new(2, 2), 1).unwrap_err().to_string();
    assert!(found.contains("expected 4 locations for a grid of 2 × 2, found 6"), "{found}");
}
