//! Augmentation: the same emoji, each time a little differently.
//!
//! A sprite is turned by an angle θ, scaled and shifted; the canvas asks every one of its pixels where
//! in the sprite it lies (the inverse map, so that no pixel stays empty) and interpolates there:
//!
//! ```text
//! (u, v) = R(−θ) · (x − centre − shift) / scale
//! ```
//!
//! Then come tint, background and noise.

use crate::{Picture, Sprite, rng};
use rand::{Rng, RngExt};
use rayon::prelude::*;
use std::sync::OnceLock;

/// What a sprite is laid on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Background {
    /// White.
    White,
    /// This colour: red, green, blue, from 0 to 1.
    Colour([f32; 3]),
    /// A random light colour: each channel from 0.7 to 1.
    Light,
}

/// How much pictures of the same emoji differ. Everything is drawn uniformly, save the noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Augmentation {
    /// Largest turn in degrees, either way. Default 12.
    pub rotation: f32,
    /// Least and largest side of the sprite, as a fraction of the canvas, above 0. Default 0.8 to 1.1.
    pub scale: (f32, f32),
    /// Largest shift, in either direction of each axis, as a fraction of the canvas. Default 0.08.
    pub shift: f32,
    /// Largest change of each colour channel of the sprite, as a fraction of its value. Default 0.15.
    pub tint: f32,
    /// What the sprite is laid on. Default [`Background::Light`].
    pub background: Background,
    /// Standard deviation of the normal noise that is added to each channel of each pixel. Default 0.04.
    pub noise: f32,
}

impl Default for Augmentation {
    fn default() -> Self {
        Self {
            rotation: 12.0,
            scale: (0.8, 1.1),
            shift: 0.08,
            tint: 0.15,
            background: Background::Light,
            noise: 0.04,
        }
    }
}

impl Augmentation {
    /// No change at all: upright, centred, filling the canvas, on white.
    pub fn none() -> Self {
        Self {
            rotation: 0.0,
            scale: (1.0, 1.0),
            shift: 0.0,
            tint: 0.0,
            background: Background::White,
            noise: 0.0,
        }
    }

    /// The side of the sprite that suits a canvas best: the sprite's mean side on it, so that
    /// interpolation hardly has to shrink or enlarge.
    pub fn sprite_side(&self, side: usize) -> usize {
        ((side as f32 * (self.scale.0 + self.scale.1) / 2.0).round() as usize).max(1)
    }

    /// The sprite on a canvas of side × side pixels.
    pub fn apply(&self, sprite: &Sprite, side: usize, rng: &mut impl Rng) -> Picture {
        let mut pixels = vec![0.0; side * side * 3];
        self.apply_into(sprite, side, rng, &mut pixels);
        Picture { width: side, height: side, pixels }
    }

    /// Draws the sprite on a canvas of side × side pixels into `pixels`, laid out as in [`Picture`].
    ///
    /// # Panics
    /// Where `pixels` has not side × side × 3 numbers.
    pub fn apply_into(&self, sprite: &Sprite, side: usize, rng: &mut impl Rng, pixels: &mut [f32]) {
        assert_eq!(pixels.len(), side * side * 3, "side × side × 3 numbers");
        let mut either_way = |most: f32| (rng.random::<f32>() * 2.0 - 1.0) * most;
        let (sin, cos) = either_way(self.rotation.to_radians()).sin_cos();
        let half = (self.scale.1 - self.scale.0) / 2.0;
        let scale = self.scale.0 + half + either_way(half);
        let shift: [f32; 2] = std::array::from_fn(|_| either_way(self.shift) * side as f32);
        let tint: [f32; 3] = std::array::from_fn(|_| 1.0 + either_way(self.tint));
        let background: [f32; 3] = match self.background {
            Background::White => [1.0; 3],
            Background::Colour(colour) => colour,
            Background::Light => std::array::from_fn(|_| 0.7 + 0.3 * rng.random::<f32>()),
        };

        // Pixels of the sprite for a pixel of the canvas.
        let step = sprite.side as f32 / (scale * side as f32);
        let (across, down) = (cos * step, sin * step);
        let middle = (sprite.side as f32 - 1.0) / 2.0;
        let centre = (side as f32 - 1.0) / 2.0;
        for (y, row) in pixels.chunks_exact_mut(side * 3).enumerate() {
            let dy = y as f32 - centre - shift[1];
            for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
                let dx = x as f32 - centre - shift[0];
                let colour =
                    sprite.sample(middle + dx * across + dy * down, middle + dy * across - dx * down);
                for c in 0..3 {
                    pixel[c] = (colour[c] * tint[c] + (1.0 - colour[3]) * background[c]).min(1.0);
                }
            }
        }
        if self.noise > 0.0 {
            add_noise(pixels, self.noise, rng);
        }
    }
}

/// One picture of side × side pixels for each of the given emoji, one after the other: count × side ×
/// side × 3 numbers.
///
/// Picture `i` follows from its emoji, the seed and `i` alone; the number of threads does not matter.
///
/// # Panics
/// Where no emoji has one of the ids.
pub fn pictures(emoji: &[usize], side: usize, augmentation: &Augmentation, seed: u64) -> Vec<f32> {
    let sprite_side = augmentation.sprite_side(side);
    let mut pixels = vec![0.0; emoji.len() * side * side * 3];
    let each = pixels.par_chunks_exact_mut(side * side * 3).zip(emoji).enumerate();
    each.for_each(|(i, (picture, &id))| {
        let sprite = Sprite::of(id, sprite_side);
        augmentation.apply_into(&sprite, side, &mut rng(seed, i as u64), picture);
    });
    pixels
}

/// How many bits choose a normal number, and how many numbers there are to choose from.
const NOISE_BITS: u32 = 12;

/// Adds normal noise of this standard deviation to every number and keeps the result in 0..=1.
///
/// A picture of 32 × 32 takes 3,072 normal numbers. Each is one of 4,096 quantiles of the normal
/// distribution, chosen by 12 random bits: five of them to a draw of 64 bits.
pub fn add_noise(pixels: &mut [f32], deviation: f32, rng: &mut impl Rng) {
    let quantiles = normal_quantiles();
    for five in pixels.chunks_mut(5) {
        let mut bits = rng.next_u64();
        for value in five {
            let normal = quantiles[bits as usize % quantiles.len()];
            *value = (*value + deviation * normal).clamp(0.0, 1.0);
            bits >>= NOISE_BITS;
        }
    }
}

/// The middles of equally likely slices of the normal distribution, scaled to variance 1.
fn normal_quantiles() -> &'static [f32; 1 << NOISE_BITS] {
    static QUANTILES: OnceLock<Box<[f32; 1 << NOISE_BITS]>> = OnceLock::new();
    QUANTILES.get_or_init(|| {
        let count = 1_usize << NOISE_BITS;
        // The quantile x(p) solves dx/dp = 1 / density(x), x(½) = 0: walk from the median outwards.
        let slope = |x: f64| (2.0 * std::f64::consts::PI).sqrt() * (x * x / 2.0).exp();
        let steps = 64;
        let size = 0.5 / (count * steps) as f64;
        let (mut x, mut upper) = (0.0_f64, Vec::new());
        for i in 0..count / 2 {
            // The first middle is half a slice from the median, each other one a whole slice further.
            for _ in 0..if i == 0 { steps } else { 2 * steps } {
                x += size * slope(x + size / 2.0 * slope(x));
            }
            upper.push(x);
        }
        let deviation = (upper.iter().map(|x| x * x).sum::<f64>() / upper.len() as f64).sqrt();
        let mut quantiles = Box::new([0.0; 1 << NOISE_BITS]);
        for (i, x) in upper.iter().enumerate() {
            quantiles[2 * i] = (x / deviation) as f32;
            quantiles[2 * i + 1] = -quantiles[2 * i];
        }
        quantiles
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emoji;

    fn dog() -> usize {
        emoji::find("dog").unwrap().id
    }

    #[test]
    fn none_is_the_sprite_on_white() {
        let sprite = Sprite::of(dog(), 24);
        let picture = Augmentation::none().apply(&sprite, 24, &mut rng(1, 1));
        for (i, pixel) in picture.pixels.chunks_exact(3).enumerate() {
            let [r, g, b, alpha] = sprite.pixel(i % 24, i / 24);
            let expected = [r, g, b].map(|channel| channel + 1.0 - alpha);
            assert!(pixel.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{i}");
        }
    }

    #[test]
    fn a_quarter_turn_turns() {
        let sprite = Sprite::of(dog(), 21);
        let plain = Augmentation { noise: 0.0, background: Background::White, ..Augmentation::none() };
        let upright = plain.apply(&sprite, 21, &mut rng(1, 1));
        // Whatever is drawn lies between −90° and 90°; look for a seed that turns by nearly 90°.
        let turning = Augmentation { rotation: 90.0, ..plain };
        let difference = |seed| {
            let turned = turning.apply(&sprite, 21, &mut rng(seed, 0));
            let mut sum = 0.0;
            for (x, y) in (0..21).flat_map(|y| (0..21).map(move |x| (x, y))) {
                // A clockwise quarter turn takes (x, y) to (20 − y, x).
                let (a, b) = (turned.pixel(20 - y, x), upright.pixel(x, y));
                sum += a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>();
            }
            sum / (21.0 * 21.0 * 3.0)
        };
        let least = (0..200).map(difference).fold(f32::INFINITY, f32::min);
        assert!(least < 0.02, "{least}");
    }

    #[test]
    fn pictures_stay_in_range_and_follow_from_seed_and_place() {
        let ids = [dog(), 3, dog(), 900];
        let wild = Augmentation {
            rotation: 180.0,
            scale: (0.3, 2.0),
            shift: 0.5,
            tint: 0.5,
            background: Background::Light,
            noise: 0.3,
        };
        for augmentation in [Augmentation::default(), wild] {
            let batch = pictures(&ids, 32, &augmentation, 5);
            assert!(batch.iter().all(|value| (0.0..=1.0).contains(value)));
            let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
            assert_eq!(batch, one_thread.install(|| pictures(&ids, 32, &augmentation, 5)));
            let size = 32 * 32 * 3;
            assert_ne!(batch[..size], batch[2 * size..3 * size], "two pictures of one emoji differ");
            // What comes after a picture does not change it.
            assert_eq!(batch[..2 * size], pictures(&ids[..2], 32, &augmentation, 5));
            assert_ne!(batch, pictures(&ids, 32, &augmentation, 6));
        }
    }

    #[test]
    fn the_noise_is_normal() {
        let q = normal_quantiles();
        let moment = |n: i32| q.iter().map(|x| f64::from(*x).powi(n)).sum::<f64>() / q.len() as f64;
        assert!(moment(1).abs() < 1e-9 && (moment(2) - 1.0).abs() < 1e-5, "{} {}", moment(1), moment(2));
        assert!((moment(4) - 3.0).abs() < 0.05, "{}", moment(4));
        // 97.5 % lie below 1.96.
        let below = q.iter().filter(|x| **x < 1.959_964).count() as f64 / q.len() as f64;
        assert!((below - 0.975).abs() < 0.001, "{below}");

        let mut grey = vec![0.5; 30_000];
        add_noise(&mut grey, 0.04, &mut rng(1, 2));
        let mean = grey.iter().sum::<f32>() / 30_000.0;
        let variance = grey.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 30_000.0;
        assert!((mean - 0.5).abs() < 0.001 && (variance.sqrt() - 0.04).abs() < 0.001, "{mean} {variance}");
        // Neighbours know nothing of each other.
        let covariance = grey.windows(2).map(|w| (w[0] - mean) * (w[1] - mean)).sum::<f32>() / 30_000.0;
        assert!((covariance / variance).abs() < 0.02, "{}", covariance / variance);
    }

    /// What 300 seeds make of the brown circle at 40 × 40.
    fn circles(augmentation: &Augmentation) -> Vec<Picture> {
        let sprite = Sprite::of(emoji::find("brown circle").unwrap().id, augmentation.sprite_side(40));
        (0..300).map(|seed| augmentation.apply(&sprite, 40, &mut rng(seed, 0))).collect()
    }

    /// How much differs from white, and the centre of it: x and y in pixels.
    fn extent(picture: &Picture) -> (f32, [f32; 2]) {
        let (mut weight, mut centre) = (0.0, [0.0; 2]);
        for (i, pixel) in picture.pixels.chunks_exact(3).enumerate() {
            weight += 1.0 - pixel[2];
            centre[0] += (i % 40) as f32 * (1.0 - pixel[2]);
            centre[1] += (i / 40) as f32 * (1.0 - pixel[2]);
        }
        (weight, centre.map(|sum| sum / weight))
    }

    /// Checks that the numbers fill this range evenly, to a tolerance.
    fn assert_uniform(numbers: &[f32], from: f32, to: f32, tolerance: f32) {
        let least = numbers.iter().copied().fold(f32::INFINITY, f32::min);
        let most = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mean = numbers.iter().sum::<f32>() / numbers.len() as f32;
        let near = |a: f32, b: f32| (a - b).abs() < tolerance;
        assert!(
            near(least, from) && near(most, to) && near(mean, (from + to) / 2.0),
            "{least} {most} {mean}"
        );
    }

    #[test]
    fn shifts_are_a_fraction_of_the_canvas_either_way() {
        let still = extent(&circles(&Augmentation { scale: (0.5, 0.5), ..Augmentation::none() })[0]).1;
        let shifting = Augmentation { scale: (0.5, 0.5), shift: 0.2, ..Augmentation::none() };
        let moves: Vec<[f32; 2]> = circles(&shifting)
            .iter()
            .map(|picture| std::array::from_fn(|axis| extent(picture).1[axis] - still[axis]))
            .collect();
        for axis in 0..2 {
            assert_uniform(&moves.iter().map(|by| by[axis]).collect::<Vec<_>>(), -8.0, 8.0, 0.6);
        }
        let together = moves.iter().map(|by| by[0] * by[1]).sum::<f32>() / 300.0;
        assert!(together.abs() < 3.0, "the axes are drawn apart: {together}");
    }

    #[test]
    fn scales_are_sides_as_a_fraction_of_the_canvas() {
        let full = extent(&circles(&Augmentation::none())[0]).0;
        let scaling = Augmentation { scale: (0.4, 0.8), ..Augmentation::none() };
        let sides: Vec<f32> = circles(&scaling).iter().map(|p| (extent(p).0 / full).sqrt()).collect();
        assert_uniform(&sides, 0.4, 0.8, 0.02);
    }

    #[test]
    fn tints_are_a_fraction_of_each_channel_and_leave_the_background() {
        let plain = circles(&Augmentation::none())[0].pixel(20, 20);
        let tinting = Augmentation { tint: 0.3, scale: (0.5, 0.5), ..Augmentation::none() };
        let tinted = circles(&tinting);
        assert!(tinted.iter().all(|picture| picture.pixel(0, 0) == [1.0; 3]));
        let ratio = |c: usize| move |picture: &Picture| picture.pixel(20, 20)[c] / plain[c];
        for c in 0..3 {
            assert_uniform(&tinted.iter().map(ratio(c)).collect::<Vec<_>>(), 0.7, 1.3, 0.03);
        }
        let differ = tinted.iter().filter(|p| (ratio(0)(p) - ratio(2)(p)).abs() > 0.1).count();
        assert!(differ > 100, "each channel is drawn for itself: {differ}");
    }

    #[test]
    fn backgrounds_are_as_asked() {
        let corner = |background| {
            let augmentation = Augmentation { background, scale: (0.5, 0.5), ..Augmentation::none() };
            augmentation.apply(&Sprite::of(dog(), 16), 32, &mut rng(9, 9)).pixel(0, 0)
        };
        assert_eq!(corner(Background::White), [1.0; 3]);
        assert_eq!(corner(Background::Colour([0.1, 0.2, 0.3])), [0.1, 0.2, 0.3]);
        assert!(corner(Background::Light).iter().all(|c| (0.7..=1.0).contains(c)));
    }
}
