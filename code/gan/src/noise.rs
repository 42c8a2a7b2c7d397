//! Noise: what the sentence does not say.

use crate::NOISE;
use emoji_world::{rng, two_normal};

/// `count` numbers from the standard normal distribution, which follow from the seed and the place.
pub fn normal(count: usize, seed: u64, place: u64) -> Vec<f32> {
    let mut rng = rng(seed, place);
    let mut numbers: Vec<f32> = (0..count.div_ceil(2)).flat_map(|_| two_normal(&mut rng)).collect();
    numbers.truncate(count);
    numbers
}

/// Noise for so many pictures: count × [`NOISE`] numbers.
pub fn noise(count: usize, seed: u64, place: u64) -> Vec<f32> {
    normal(count * NOISE, seed, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_normal_and_follows_from_its_place() {
        let numbers = normal(100_001, 1, 2);
        assert_eq!(numbers.len(), 100_001);
        let moment =
            |n: i32| numbers.iter().map(|x| f64::from(*x).powi(n)).sum::<f64>() / numbers.len() as f64;
        assert!(moment(1).abs() < 0.02 && (moment(2) - 1.0).abs() < 0.02 && (moment(4) - 3.0).abs() < 0.1);
        assert_eq!(normal(7, 1, 2), numbers[..7]);
        assert_ne!(normal(7, 1, 3), numbers[..7]);
    }
}
