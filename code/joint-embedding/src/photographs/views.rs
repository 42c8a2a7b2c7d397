//! What the picture network sees of a photograph in training: mirrored or not, shifted, partly covered.

use crate::SIDE;
use crate::train::Settings;
use crate::views::{PIXELS, cut_out};
use rand::RngExt;
use rayon::prelude::*;

/// Most pixels that a photograph is shifted in each direction.
const SHIFT: i32 = 4;

/// One view of each of the `chosen` photographs: [`PIXELS`] numbers from 0 to 1 a photograph.
///
/// `pixels` are the bytes of all photographs; `step` numbers the batches of a run. Half of the views are
/// mirrored, each is shifted by up to four pixels up or down and left or right (the pixels at the edge
/// are repeated), and a share of them, [`Settings::cutout`], has a part covered.
pub fn training(pixels: &[u8], chosen: &[usize], settings: &Settings, step: u64) -> Vec<f32> {
    let seed = (settings.seed << 32) + step;
    let mut views = vec![0.0; chosen.len() * PIXELS];
    views.par_chunks_exact_mut(PIXELS).zip(chosen).enumerate().for_each(|(i, (view, &photograph))| {
        let mut rng = emoji_world::rng(seed, i as u64);
        let shift = [(); 2].map(|()| rng.random_range(-SHIFT..=SHIFT));
        draw(&pixels[photograph * PIXELS..][..PIXELS], rng.random(), shift, view);
    });
    cut_out(&mut views, settings.cutout, seed);
    views
}

/// Draws a photograph into `view`: mirrored, if `mirrored`, then moved down and to the right by `shift`.
fn draw(photograph: &[u8], mirrored: bool, [down, right]: [i32; 2], view: &mut [f32]) {
    let inside = |place: usize, shift: i32| (place as i32 - shift).clamp(0, SIDE as i32 - 1) as usize;
    for (y, row) in view.chunks_exact_mut(3 * SIDE).enumerate() {
        let from = &photograph[inside(y, down) * SIDE * 3..][..SIDE * 3];
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let x = inside(x, right);
            let x = if mirrored { SIDE - 1 - x } else { x };
            for (value, &byte) in pixel.iter_mut().zip(&from[3 * x..]) {
                *value = f32::from(byte) / 255.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A photograph whose red says the column and whose green says the row.
    fn places() -> Vec<u8> {
        (0..SIDE).flat_map(|y| (0..SIDE).flat_map(move |x| [x as u8, y as u8, 7])).collect()
    }

    /// Column and row that the view shows in column `x` and row `y`.
    fn shown(view: &[f32], x: usize, y: usize) -> [u8; 2] {
        let start = (y * SIDE + x) * 3;
        [view[start], view[start + 1]].map(|value| (value * 255.0).round() as u8)
    }

    #[test]
    fn views_are_mirrored_and_shifted_and_edges_are_repeated() {
        let mut view = vec![0.0; PIXELS];
        draw(&places(), false, [0, 0], &mut view);
        assert_eq!((shown(&view, 5, 9), view[2]), ([5, 9], 7.0 / 255.0));
        draw(&places(), false, [2, -3], &mut view);
        assert_eq!(shown(&view, 5, 9), [8, 7]);
        assert_eq!((shown(&view, 31, 0), shown(&view, 30, 1)), ([31, 0], [31, 0]));
        draw(&places(), true, [0, 1], &mut view);
        assert_eq!((shown(&view, 1, 4), shown(&view, 0, 4)), ([31, 4], [31, 4]));
    }

    #[test]
    fn views_follow_from_seed_and_step_and_stay_in_range() {
        let pixels = [places(), vec![255; PIXELS]].concat();
        let settings = Settings::default();
        let view = |step| training(&pixels, &[1, 0, 0], &settings, step);
        assert_eq!(view(3), view(3));
        assert_ne!(view(3), view(4));
        assert_ne!(view(3)[PIXELS..2 * PIXELS], view(3)[2 * PIXELS..], "each has its own randomness");
        assert!(view(3).iter().all(|value| (0.0..=1.0).contains(value)));
        let whole = training(&pixels, &[1], &Settings { cutout: 0.0, ..settings }, 3);
        assert!(whole.iter().all(|&value| value == 1.0));
    }
}
