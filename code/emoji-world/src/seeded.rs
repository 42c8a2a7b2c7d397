//! Random numbers that follow from a seed and a place.

use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The generator of item `index` of everything that is drawn with `seed`.
///
/// Each item has its own, so that items can be made in any order and by any number of threads.
pub fn rng(seed: u64, index: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(mix(mix(seed).wrapping_add(index)))
}

/// Two independent numbers from the standard normal distribution (Box and Muller 1958, *A note on the generation of
/// random normal deviates*).
///
/// ```
/// let mut rng = emoji_world::rng(1, 0);
/// let sum: f32 = (0..10_000).flat_map(|_| emoji_world::two_normal(&mut rng)).sum();
/// assert!((sum / 20_000.0).abs() < 0.03);
/// ```
pub fn two_normal(rng: &mut impl Rng) -> [f32; 2] {
    // 1 − u is above 0, so that the logarithm is finite.
    let (u, v): (f32, f32) = (rng.random(), rng.random());
    let (radius, angle) = ((-2.0 * (1.0 - u).ln()).sqrt(), std::f32::consts::TAU * v);
    [radius * angle.cos(), radius * angle.sin()]
}

/// The output function of SplitMix64 (Steele, Lea and Flood 2014): a bijection that leaves no trace
/// of its argument's order.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn neighbouring_seeds_and_places_have_nothing_in_common() {
        let mut firsts = std::collections::HashSet::new();
        for seed in 0..50 {
            for index in 0..50 {
                assert!(firsts.insert(rng(seed, index).random::<u64>()));
            }
        }
        assert_eq!(rng(3, 4).random::<u64>(), rng(3, 4).random::<u64>());
    }
}
