//! How the learning rate changes in the course of a training.

use std::f64::consts::PI;

/// The learning rate of a step, counted from 0, of `steps`: it rises to the largest in `warm_up` steps and falls along
/// half a cosine.
pub fn learning_rate(largest: f64, step: usize, steps: usize, warm_up: usize) -> f64 {
    let rising = ((step + 1) as f64 / warm_up as f64).min(1.0);
    let falling = (1.0 + (PI * step as f64 / steps as f64).cos()) / 2.0;
    largest * rising * falling
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_and_falls() {
        let rate = |step| learning_rate(0.5, step, 1000, 10);
        assert!((rate(0) - 0.05).abs() < 1e-12);
        assert!((0..9).all(|step| rate(step) < rate(step + 1)));
        assert!((9..999).all(|step| rate(step) > rate(step + 1)));
        assert!((rate(500) - 0.25).abs() < 1e-12 && rate(999) < 1e-5);
    }
}
