//! Pictures in which shapes have other colours than they have: what an eye must see to know a shape by its outline.
//!
//! What is painted keeps its light and dark: only its mean colour becomes another one. (That a network which sees
//! things in other colours and textures learns to go by their outline show Geirhos et al. 2019, arXiv:1811.12231.)

use emoji_world::scene::Object;
use emoji_world::{Colour, Scene, Sprite, rng};
use rand::{Rng, RngExt};
use std::collections::BTreeMap;

/// How far a painted shape goes at least from the backdrop towards a random colour. In between, how far is drawn on a
/// logarithmic scale: shapes near the backdrop are drawn as often as others.
const LEAST: f32 = 0.2;

/// How much a painted shape differs at least from the backdrop in one of its channels: what cannot be seen teaches
/// nothing.
const CONTRAST: f32 = 0.1;

/// How often a colour is drawn that is lighter than the backdrop.
const LIGHTER: f32 = 0.25;

/// Red, green and blue, from 0 to 1.
type Rgb = [f32; 3];

// ANCHOR: paint
/// The pictures of scenes in which the shapes of one colour have another one, drawn between that of the backdrop and
/// a random one. The random numbers are those of `seed` at `at` and the places behind it.
pub fn painted(scenes: &[Scene], seed: u64, at: u64) -> Vec<f32> {
    let pictures = (at..).zip(scenes).map(|(place, scene)| {
        let mut rng = rng(seed, place);
        let (mut pixels, backdrop) = (scene.render().pixels, scene.backdrop.rgb());
        let mut colours: BTreeMap<Colour, Rgb> = BTreeMap::new();
        for object in &scene.objects {
            if let Some(colour) = object.colour {
                let to = *colours.entry(colour).or_insert_with(|| any_colour(backdrop, &mut rng));
                paint(&mut pixels, scene, object, to);
            }
        }
        pixels
    });
    pictures.flatten().collect()
}
// ANCHOR_END: paint

/// A colour between that of the backdrop and a random one, that can be told from the backdrop.
///
/// Backdrops are light, so hardly a random colour is lighter in all channels: some are drawn among those that are.
fn any_colour(backdrop: Rgb, rng: &mut impl Rng) -> Rgb {
    loop {
        let (random, far) = (rng.random::<Rgb>(), LEAST.powf(rng.random()));
        let from = if rng.random::<f32>() < LIGHTER { backdrop } else { [0.0; 3] };
        let other: Rgb = std::array::from_fn(|c| from[c] + random[c] * (1.0 - from[c]));
        let colour: Rgb = std::array::from_fn(|c| backdrop[c] + far * (other[c] - backdrop[c]));
        if colour.iter().zip(backdrop).any(|(a, b)| (a - b).abs() > CONTRAST) {
            return colour;
        }
    }
}

/// The visible rows of a sprite: pixels of α·red, α·green, α·blue, α.
fn rows(sprite: &Sprite) -> impl Iterator<Item = &[[f32; 4]]> {
    let bounds = &sprite.bounds;
    (bounds.top..bounds.bottom).map(|y| &sprite.row(y)[bounds.left..bounds.right])
}

/// The mean colour of what is to be seen of a sprite.
fn mean(sprite: &Sprite) -> Rgb {
    let mut sums = [0.0; 4];
    for pixel in rows(sprite).flatten() {
        (0..4).for_each(|c| sums[c] += pixel[c]);
    }
    std::array::from_fn(|c| sums[c] / sums[3].max(f32::EPSILON))
}

/// Paints an object over, so that its mean colour is about this one. Boxes of objects do not overlap, so below it is
/// the backdrop alone.
fn paint(pixels: &mut [f32], scene: &Scene, object: &Object, colour: Rgb) {
    let grey = |[r, g, b]: Rgb| (r + g + b) / 3.0;
    let (sprite, backdrop) = (object.sprite(), scene.backdrop.rgb());
    let usual = grey(mean(&sprite));
    for (y, row) in rows(&sprite).enumerate() {
        let start = ((object.bounds.top + y) * scene.side + object.bounds.left) * 3;
        for (pixel, [r, g, b, alpha]) in pixels[start..].chunks_exact_mut(3).zip(row) {
            let light = grey([*r, *g, *b]) - alpha * usual;
            for c in 0..3 {
                let painted = (alpha * colour[c] + light).clamp(0.0, *alpha);
                pixel[c] = painted + (1.0 - alpha) * backdrop[c];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use emoji_world::scene::{SceneConfig, render_all};

    fn scenes() -> Vec<Scene> {
        let config = SceneConfig { objects: (1, 4), ..SceneConfig::default() };
        (0..60).map(|seed| Scene::sample(&config, seed)).collect()
    }

    /// The pixels inside an object's box.
    fn inside(pixels: &[f32], scene: &Scene, object: &Object) -> Vec<[f32; 3]> {
        let bounds = &object.bounds;
        let row = |y: usize| {
            &pixels.as_chunks::<3>().0[y * scene.side + bounds.left..y * scene.side + bounds.right]
        };
        (bounds.top..bounds.bottom).flat_map(row).copied().collect()
    }

    #[test]
    fn shapes_are_painted_and_nothing_else() {
        let scenes = scenes();
        let (usual, pixels) = (render_all(&scenes), painted(&scenes, 1, 0));
        assert!(pixels.iter().all(|value| (0.0..=1.0).contains(value)));
        let size = usual.len() / scenes.len();
        let (mut shapes, mut changed, mut within) = (0, 0, 0);
        for (number, scene) in scenes.iter().enumerate() {
            let [before, after] = [&usual, &pixels].map(|all| &all[number * size..][..size]);
            let differ = |(a, b): (&[f32; 3], &[f32; 3])| usize::from(a != b);
            let all = before.as_chunks::<3>().0.iter().zip(after.as_chunks::<3>().0);
            changed += all.map(differ).sum::<usize>();
            for object in &scene.objects {
                let [before, after] = [before, after].map(|pixels| inside(pixels, scene, object));
                assert_eq!(before != after, object.colour.is_some());
                shapes += usize::from(object.colour.is_some());
                within += before.iter().zip(&after).map(differ).sum::<usize>();
            }
        }
        assert!(shapes > 20);
        assert_eq!(changed, within);
        assert_eq!(painted(&scenes, 1, 0), pixels);
        assert_ne!(painted(&scenes, 1, 1), pixels);
    }

    #[test]
    fn what_is_painted_can_be_told_from_the_backdrop() {
        let scenes = scenes();
        let pixels = painted(&scenes, 2, 0);
        for (scene, pixels) in scenes.iter().zip(pixels.chunks_exact(scenes[0].side.pow(2) * 3)) {
            let backdrop = scene.backdrop.rgb();
            for object in scene.objects.iter().filter(|object| object.colour.is_some()) {
                let far = |pixel: &[f32; 3]| (0..3).any(|c| (pixel[c] - backdrop[c]).abs() > 0.8 * CONTRAST);
                assert!(inside(pixels, scene, object).iter().any(far));
            }
        }
    }

    #[test]
    fn a_colour_from_the_backdrop_to_any_other_is_drawn() {
        let mut rng = rng(1, 0);
        let backdrop = [1.0, 0.8, 0.9];
        let drawn: Vec<Rgb> = (0..500).map(|_| any_colour(backdrop, &mut rng)).collect();
        assert!(drawn.iter().flatten().all(|value| (0.0..=1.0).contains(value)));
        let near =
            drawn.iter().filter(|colour| colour.iter().zip(backdrop).all(|(a, b)| (a - b).abs() < 0.3));
        assert!((50..400).contains(&near.count()));
    }
}
