//! Sprites: an emoji's picture at some size, with transparency.

use crate::{BoundingBox, emoji};
use image::imageops::FilterType;
use image::{ImageFormat, Rgba, Rgba32FImage};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};

/// Pixels with less opacity than this are made wholly transparent: they could not be seen, and a
/// sprite's bounding box would count them.
const FAINTEST: f32 = 1.0 / 32.0;

/// A square picture with transparency.
///
/// The colours are *premultiplied* by the opacity α, so that interpolating between a pixel of the
/// picture and a transparent one gives no dark rim (Porter and Duff 1984), and laying the sprite over
/// a background is `colour + (1 − α) · background`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sprite {
    /// Width and height in pixels.
    pub side: usize,
    /// The smallest box around all pixels that are not wholly transparent.
    pub bounds: BoundingBox,
    /// (side + 3) × (side + 3) pixels of α·red, α·green, α·blue, α: a transparent rim of one pixel on
    /// the left and top and of two on the right and bottom spares the sampler its bounds.
    padded: Vec<[f32; 4]>,
}

impl Sprite {
    /// The picture of an emoji at side × side pixels, decoded and filtered once and then kept.
    ///
    /// Each emoji and side that was asked for keeps 16 · (side + 3)² bytes until the program ends: all
    /// 1,425 emoji at 32 × 32 are 28 MB.
    ///
    /// # Panics
    /// Where no emoji has this id, or the side is 0.
    pub fn of(emoji: usize, side: usize) -> Arc<Self> {
        type Kept = HashMap<(usize, usize), Arc<Sprite>>;
        static KEPT: LazyLock<RwLock<Kept>> = LazyLock::new(RwLock::default);
        let poisoned = "no thread panics while it holds the sprites";
        if let Some(sprite) = KEPT.read().expect(poisoned).get(&(emoji, side)) {
            return sprite.clone();
        }
        let sprite = Arc::new(Self::draw(emoji, side));
        KEPT.write().expect(poisoned).entry((emoji, side)).or_insert(sprite).clone()
    }

    /// Decodes and filters an emoji's picture, without keeping it.
    ///
    /// # Panics
    /// Where no emoji has this id, or the side is 0.
    pub fn draw(emoji: usize, side: usize) -> Self {
        assert!(side > 0, "a sprite needs at least one pixel");
        let png = emoji::with_further()[emoji].png;
        let image = image::load_from_memory_with_format(png, ImageFormat::Png)
            .expect("the pictures of twemoji-assets are PNG files");
        let mut image: Rgba32FImage = image.to_rgba32f();
        for Rgba([r, g, b, alpha]) in image.pixels_mut() {
            for channel in [r, g, b] {
                *channel *= *alpha;
            }
        }
        if (image.width() as usize, image.height() as usize) != (side, side) {
            image = image::imageops::resize(&image, side as u32, side as u32, FilterType::CatmullRom);
        }
        let stride = side + 3;
        let mut padded = vec![[0.0; 4]; stride * stride];
        for (x, y, &Rgba([r, g, b, alpha])) in image.enumerate_pixels() {
            // The filter overshoots at edges.
            let alpha = alpha.min(1.0);
            if alpha >= FAINTEST {
                let [r, g, b] = [r, g, b].map(|channel| channel.clamp(0.0, alpha));
                padded[(y as usize + 1) * stride + x as usize + 1] = [r, g, b, alpha];
            }
        }
        let bounds = bounds(&padded, stride);
        Self { side, bounds, padded }
    }

    /// α·red, α·green, α·blue and α in column `x` and row `y`; transparent outside.
    pub fn pixel(&self, x: usize, y: usize) -> [f32; 4] {
        if x < self.side && y < self.side { self.padded[(y + 1) * (self.side + 3) + x + 1] } else { [0.0; 4] }
    }

    /// Row `y`, from the left: `side` pixels of α·red, α·green, α·blue, α.
    ///
    /// # Panics
    /// Where there are not so many rows.
    pub fn row(&self, y: usize) -> &[[f32; 4]] {
        assert!(y < self.side, "row {y} of {}", self.side);
        let start = (y + 1) * (self.side + 3) + 1;
        &self.padded[start..start + self.side]
    }

    /// Interpolates linearly between the four pixels around (`x`, `y`), where a pixel's centre has
    /// whole numbers; transparent outside.
    #[inline]
    pub(crate) fn sample(&self, x: f32, y: f32) -> [f32; 4] {
        let stride = self.side + 3;
        let most = (self.side + 1) as f32;
        // From here on counted in the padded picture; `as usize` is a cut, since nothing is negative.
        let (x, y) = ((x + 1.0).clamp(0.0, most), (y + 1.0).clamp(0.0, most));
        let (left, top) = (x as usize, y as usize);
        let (across, down) = (x - left as f32, y - top as f32);
        let upper = &self.padded[top * stride + left..][..2];
        let lower = &self.padded[(top + 1) * stride + left..][..2];
        std::array::from_fn(|c| {
            let above = upper[0][c] + across * (upper[1][c] - upper[0][c]);
            let below = lower[0][c] + across * (lower[1][c] - lower[0][c]);
            above + down * (below - above)
        })
    }
}

/// The box of what is visible, counted without the rim.
fn bounds(padded: &[[f32; 4]], stride: usize) -> BoundingBox {
    let visible = || {
        let opaque = padded.iter().enumerate().filter(|(_, pixel)| pixel[3] > 0.0);
        opaque.map(|(i, _)| (i % stride - 1, i / stride - 1))
    };
    let least = |side: fn((usize, usize)) -> usize| visible().map(side).min().unwrap_or(0);
    let most = |side: fn((usize, usize)) -> usize| visible().map(side).max().map_or(0, |last| last + 1);
    BoundingBox { left: least(|p| p.0), top: least(|p| p.1), right: most(|p| p.0), bottom: most(|p| p.1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_decodes_to_something_visible() {
        use rayon::prelude::*;
        emoji::with_further().par_iter().for_each(|emoji| {
            let sprite = Sprite::draw(emoji.id, 16);
            let opaque = (0..16).flat_map(|y| sprite.row(y)).filter(|pixel| pixel[3] > 0.5).count();
            assert!(opaque >= 8, "{}: {opaque} pixels", emoji.name);
        });
    }

    #[test]
    fn colours_never_exceed_the_opacity() {
        let dog = emoji::find("dog").unwrap().id;
        for side in [14, 32, 72, 100] {
            let sprite = Sprite::draw(dog, side);
            for pixel in (0..side).flat_map(|y| sprite.row(y)) {
                assert!(pixel[3] == 0.0 || (FAINTEST..=1.0).contains(&pixel[3]));
                assert!(pixel[..3].iter().all(|channel| (0.0..=pixel[3]).contains(channel)));
            }
        }
    }

    #[test]
    fn a_blue_heart_is_blue_at_any_size() {
        let heart = emoji::find("blue heart").unwrap().id;
        for side in [8, 20, 72, 90] {
            let [r, g, b, alpha] = Sprite::draw(heart, side).pixel(side / 2, side / 2);
            assert!(alpha > 0.999, "{side}: {alpha}");
            assert!(b > 0.8 && b > 1.2 * g && g > 1.2 * r, "{side}: {r} {g} {b}");
        }
    }

    #[test]
    fn sampling_at_a_pixels_centre_gives_that_pixel_and_outside_nothing() {
        let sprite = Sprite::of(emoji::find("cat face").unwrap().id, 20);
        for (x, y) in [(0, 0), (3, 17), (19, 19), (10, 9)] {
            assert_eq!(sprite.sample(x as f32, y as f32), sprite.pixel(x, y));
        }
        for (x, y) in [(-1.0, 5.0), (20.0, 20.0), (1e9, -1e9), (f32::NEG_INFINITY, 3.0)] {
            assert_eq!(sprite.sample(x, y), [0.0; 4]);
        }
        let between = sprite.sample(10.5, 9.0);
        let expected = (sprite.pixel(10, 9)[3] + sprite.pixel(11, 9)[3]) / 2.0;
        assert!((between[3] - expected).abs() < 1e-6);
    }

    #[test]
    fn a_kept_sprite_is_the_same_as_a_fresh_one() {
        assert_eq!(*Sprite::of(5, 24), Sprite::draw(5, 24));
        assert!(Arc::ptr_eq(&Sprite::of(5, 24), &Sprite::of(5, 24)));
    }
}
