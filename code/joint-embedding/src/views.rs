//! What the networks see of an emoji: another view of its picture every time.

use crate::SIDE;
use emoji_world::augmentation::{Augmentation, pictures};
use rand::RngExt;
use rayon::prelude::*;

/// Numbers in one picture: rows × columns × red, green, blue.
pub const PIXELS: usize = SIDE * SIDE * 3;

/// Seeds of views that are trained on begin here; test views have their own range.
const TRAINING: u64 = 1 << 32;

/// Seed of the test views: no training view is drawn with it.
const TEST: u64 = 1;

/// Seed of the views that local scaling compares names with.
const REFERENCE: u64 = 1 << 16;

// ANCHOR: training
/// One view of each emoji for training: [`PIXELS`] numbers an emoji. `step` numbers the batches of a run.
pub fn training(emoji: &[usize], seed: u64, step: u64, cutout: f32) -> Vec<f32> {
    let seed = TRAINING + (seed << 20) + step;
    let mut views = pictures(emoji, SIDE, &Augmentation::default(), seed);
    cut_out(&mut views, cutout, seed);
    views
}
// ANCHOR_END: training

// ANCHOR: test
/// One view of each emoji for the test, drawn like the training views, but other ones, and nothing cut
/// out.
pub fn test(emoji: &[usize]) -> Vec<f32> {
    pictures(emoji, SIDE, &Augmentation::default(), TEST)
}
// ANCHOR_END: test

/// One view of each emoji that is drawn like the training views, and neither trained on nor tested.
pub fn reference(emoji: &[usize]) -> Vec<f32> {
    pictures(emoji, SIDE, &Augmentation::default(), REFERENCE)
}

/// Each emoji upright and whole, on white: for showing and for explaining.
pub fn plain(emoji: &[usize]) -> Vec<f32> {
    pictures(emoji, SIDE, &Augmentation::none(), TEST)
}

// ANCHOR: cutout
/// Covers a rectangle of some views with one colour (*cutout*, DeVries and Taylor 2017): a network that
/// may not rely on any one part has to look at all of them.
///
/// `share` of the views are covered, each over an eighth to three eighths of its side in each direction.
pub(crate) fn cut_out(views: &mut [f32], share: f32, seed: u64) {
    views.par_chunks_exact_mut(PIXELS).enumerate().for_each(|(i, view)| {
        let mut rng = emoji_world::rng(seed ^ 0xc0_7007, i as u64);
        if rng.random::<f32>() >= share {
            return;
        }
        let colour: [f32; 3] = rng.random();
        let (height, width) = (rng.random_range(4..=12), rng.random_range(4..=12));
        let (top, left) = (rng.random_range(0..=SIDE - height), rng.random_range(0..=SIDE - width));
        for row in view.chunks_exact_mut(3 * SIDE).skip(top).take(height) {
            for pixel in row.chunks_exact_mut(3).skip(left).take(width) {
                pixel.copy_from_slice(&colour);
            }
        }
    });
}
// ANCHOR_END: cutout

/// The test view of one emoji: the same picture that [`test()`] of all emoji has in its place.
pub fn test_of(emoji: usize) -> Vec<f32> {
    let augmentation = Augmentation::default();
    let sprite = emoji_world::Sprite::of(emoji, augmentation.sprite_side(SIDE));
    augmentation.apply(&sprite, SIDE, &mut emoji_world::rng(TEST, emoji as u64)).pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_views_are_others_than_training_views_and_one_by_one_the_same() {
        let ids: Vec<usize> = (0..40).collect();
        let test = test(&ids);
        for &id in &ids {
            assert_eq!(test[id * PIXELS..][..PIXELS], test_of(id), "{id}");
        }
        let training: Vec<Vec<f32>> = (0..3).map(|step| training(&ids, 1, step, 0.0)).collect();
        assert_ne!(training[0], training[1]);
        assert!(training.iter().all(|views| *views != test));
    }

    #[test]
    fn a_share_of_the_training_views_is_covered() {
        let ids = vec![7; 1000];
        let (plain, cut) = (training(&ids, 1, 5, 0.0), training(&ids, 1, 5, 0.7));
        let changed = plain.chunks(PIXELS).zip(cut.chunks(PIXELS)).filter(|(a, b)| a != b).count();
        assert!((640..760).contains(&changed), "{changed}");
    }
}
