//! How long the transform takes, by its definition and by the fast way.

use crate::fourier::{Complex, dft};
use crate::signals::tone;
use fft_plans::Plan;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// What a transform of so many numbers costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// How many numbers.
    pub numbers: usize,
    /// Seconds by the definition; `None` where it was not tried.
    pub definition: Option<f64>,
    /// Seconds by the fast transform, once it is planned.
    pub fast: f64,
    /// The length of the difference between both results, relative to the result.
    pub difference: Option<f64>,
}

/// The median seconds of some calls: at least three, and for at least `least` in all.
fn seconds(least: Duration, mut work: impl FnMut()) -> f64 {
    let (start, mut times) = (Instant::now(), Vec::new());
    while times.len() < 3 || start.elapsed() < least {
        let one = Instant::now();
        work();
        times.push(one.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Measures transforms of a tone in double precision, of each of these lengths; the definition up to `longest` only.
pub fn measure(lengths: &[usize], longest: usize) -> Vec<Cost> {
    let least = Duration::from_millis(20);
    let cost = |&numbers: &usize| {
        let signal: Vec<Complex<f64>> =
            tone(0.1, 1.0, numbers).into_iter().map(|x| Complex::new(x, 0.0)).collect();
        let plan = f64::plan_fft_forward(numbers);
        let mut fast_result = signal.clone();
        plan.process(&mut fast_result);
        let mut work = signal.clone();
        let fast = seconds(least, || {
            work.copy_from_slice(&signal);
            plan.process(black_box(&mut work));
        });
        let definition = (numbers <= longest).then(|| {
            let result = dft(&signal);
            let length =
                |all: &mut dyn Iterator<Item = Complex<f64>>| all.map(|x| x.norm_sqr()).sum::<f64>().sqrt();
            let difference = length(&mut result.iter().zip(&fast_result).map(|(a, b)| a - b));
            let relative = difference / length(&mut result.iter().copied());
            (seconds(least, || drop(black_box(dft(black_box(&signal))))), relative)
        });
        Cost {
            numbers,
            definition: definition.map(|(seconds, _)| seconds),
            fast,
            difference: definition.map(|(_, difference)| difference),
        }
    };
    lengths.iter().map(cost).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_give_the_same_numbers() {
        let costs = measure(&[8, 30, 256, 1024], 256);
        for cost in &costs[..3] {
            assert!(cost.difference.unwrap() < 1e-12 && cost.definition.unwrap() > 0.0, "{cost:?}");
        }
        assert_eq!((costs[3].definition, costs[3].difference), (None, None));
    }
}
