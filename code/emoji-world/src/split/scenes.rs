//! Scenes that are not seen in training.
//!
//! Which part a scene belongs to follows from its content alone, so no scene can be in two parts,
//! whoever draws it and in whatever order.
//!
//! What is held out as a combination, while each of its halves is seen, tests *compositional
//! generalisation*, as CLEVR-CoGenT does (Johnson et al. 2017, arXiv:1612.06890).

use crate::{Colour, Error, Kind, Scene, SceneConfig, rng};
use rand::RngExt;
use rand::seq::SliceRandom;
use std::collections::BTreeSet;

/// Cells a row and a column of the grid that says coarsely where an object is.
pub const CELLS: usize = 4;

/// How many scenes are drawn before a part is given up.
const TRIES: u64 = 20_000;

/// What is held out.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneSplitConfig {
    /// Fraction of all pairs of different kinds. Default 0.1.
    pub pairs: f64,
    /// How many combinations of a colour with a shape, of 27. Default 5; at most one of each colour,
    /// and at most three of each shape.
    pub coloured: usize,
    /// Fraction of all contents that are for development. Default 0.1.
    pub development: f64,
    /// Fraction of all contents that are for the test. Default 0.1.
    pub test: f64,
}

impl Default for SceneSplitConfig {
    fn default() -> Self {
        Self { pairs: 0.1, coloured: 5, development: 0.1, test: 0.1 }
    }
}

/// The parts that scenes are split into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Seen in training.
    Training,
    /// Contents that training never shows, for choosing among models.
    Development,
    /// Contents that training never shows, for the test.
    Test,
    /// At least two objects of kinds that training never shows together.
    HeldOutPair,
    /// A shape in a colour that training never shows it in; such a scene may have a held-out pair too.
    HeldOutColour,
}

impl Part {
    /// All five.
    pub const ALL: [Self; 5] =
        [Self::Training, Self::Development, Self::Test, Self::HeldOutPair, Self::HeldOutColour];
}

/// A split of all scenes.
///
/// A scene with a held-out combination of colour and shape is in [`Part::HeldOutColour`]; else one with
/// a held-out pair of kinds in [`Part::HeldOutPair`]. Of the others, the *content* decides: which kinds
/// in which colours lie in which of 4 × 4 cells of the canvas (by the centres of their boxes). Sizes,
/// backgrounds and exact places do not count: scenes that differ in these alone are in the same part.
///
/// ```
/// use emoji_world::split::{Part, SceneSplit, SceneSplitConfig};
/// use emoji_world::SceneConfig;
///
/// let split = SceneSplit::new(&SceneSplitConfig::default(), 1);
/// let scene = split.sample(&SceneConfig::default(), Part::HeldOutPair, 7)?;
/// assert_eq!(split.part_of(&scene), Part::HeldOutPair);
/// # Ok::<(), emoji_world::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SceneSplit {
    pairs: BTreeSet<(Kind, Kind)>,
    coloured: BTreeSet<(Colour, Kind)>,
    development: f64,
    test: f64,
    seed: u64,
}

impl SceneSplit {
    /// Draws what is held out.
    ///
    /// # Panics
    /// Where fractions are not from 0 to 1, or more than nine colours are to be held out.
    pub fn new(config: &SceneSplitConfig, seed: u64) -> Self {
        let fractions = [config.pairs, config.development, config.test, config.development + config.test];
        assert!(fractions.iter().all(|f| (0.0..=1.0).contains(f)), "fractions are from 0 to 1: {config:?}");
        assert!(config.coloured <= Colour::ALL.len(), "at most one combination of each colour is held out");
        let mut rng = rng(seed, 0);
        let kinds: Vec<Kind> = Kind::all().collect();
        let mut pairs: Vec<(Kind, Kind)> =
            kinds.iter().flat_map(|a| kinds.iter().filter(move |b| *b > a).map(move |b| (*a, *b))).collect();
        pairs.shuffle(&mut rng);
        pairs.truncate((pairs.len() as f64 * config.pairs).round() as usize);

        let mut colours = Colour::ALL;
        colours.shuffle(&mut rng);
        let mut shapes: Vec<Kind> = Kind::shapes().collect();
        shapes.shuffle(&mut rng);
        // The shapes take turns.
        let coloured = colours.into_iter().zip(shapes.into_iter().cycle()).take(config.coloured);
        Self {
            pairs: pairs.into_iter().collect(),
            coloured: coloured.collect(),
            development: config.development,
            test: config.test,
            seed,
        }
    }

    /// The held-out pairs of kinds; the first is before the second in [`Kind::all`].
    pub fn held_out_pairs(&self) -> impl ExactSizeIterator<Item = (Kind, Kind)> {
        self.pairs.iter().copied()
    }

    /// The held-out combinations of colour and shape.
    pub fn held_out_colours(&self) -> impl ExactSizeIterator<Item = (Colour, Kind)> {
        self.coloured.iter().copied()
    }

    /// Whether these two kinds, in either order, are never together in training.
    pub fn is_held_out_pair(&self, a: Kind, b: Kind) -> bool {
        self.pairs.contains(&(a.min(b), a.max(b)))
    }

    /// Whether this shape never has this colour in training.
    pub fn is_held_out_colour(&self, colour: Colour, shape: Kind) -> bool {
        self.coloured.contains(&(colour, shape))
    }

    // ANCHOR: part_of
    /// The part that a scene belongs to.
    pub fn part_of(&self, scene: &Scene) -> Part {
        let objects = &scene.objects;
        if objects.iter().any(|o| o.colour.is_some_and(|colour| self.is_held_out_colour(colour, o.kind))) {
            return Part::HeldOutColour;
        }
        let paired = |(i, a): (usize, &crate::Object)| {
            objects[..i].iter().any(|b| self.is_held_out_pair(a.kind, b.kind))
        };
        if objects.iter().enumerate().any(paired) {
            return Part::HeldOutPair;
        }
        let share = rng(self.seed, hash(&content(scene))).random::<f64>();
        if share < self.test {
            Part::Test
        } else if share < self.test + self.development {
            Part::Development
        } else {
            Part::Training
        }
    }
    // ANCHOR_END: part_of

    /// A random scene of a part: the first of those drawn from the seed that belongs to it.
    ///
    /// # Errors
    /// Where none of 20,000 scenes belongs to the part ([`Error::NoSuchScene`]): with this
    /// configuration, there is hardly one.
    ///
    /// # Panics
    /// As [`Scene::sample`].
    pub fn sample(&self, config: &SceneConfig, part: Part, seed: u64) -> Result<Scene, Error> {
        let mut rng = rng(seed, 2);
        (0..TRIES)
            .map(|_| Scene::draw(config, &mut rng))
            .find(|scene| self.part_of(scene) == part)
            .ok_or(Error::NoSuchScene { part, tries: TRIES })
    }
}

/// What of a scene decides between training, development and test: kind, colour and cell of each
/// object, in ascending order.
fn content(scene: &Scene) -> Vec<[u8; 4]> {
    let cell = |centre: f32| ((centre * CELLS as f32 / scene.side as f32) as usize).min(CELLS - 1) as u8;
    let mut content: Vec<[u8; 4]> = scene
        .objects
        .iter()
        .map(|object| {
            let (x, y) = object.centre();
            let colour = object.colour.map_or(u8::MAX, |colour| colour as u8);
            [object.kind.index() as u8, colour, cell(x), cell(y)]
        })
        .collect();
    content.sort_unstable();
    content
}

/// FNV-1a (Fowler, Noll, Vo): the same on every machine and in every version of Rust.
fn hash(content: &[[u8; 4]]) -> u64 {
    content.iter().flatten().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{HashMap, HashSet};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn a_sampled_scene_is_of_its_part(seed: u64, split_seed in 0..20_u64) {
            let split = SceneSplit::new(&SceneSplitConfig::default(), split_seed);
            for part in Part::ALL {
                let scene = split.sample(&SceneConfig::default(), part, seed).unwrap();
                prop_assert_eq!(split.part_of(&scene), part);
                prop_assert_eq!(&scene, &split.sample(&SceneConfig::default(), part, seed).unwrap());
                let coloured = scene.objects.iter().any(|o| {
                    o.colour.is_some_and(|c| split.held_out_colours().any(|held| held == (c, o.kind)))
                });
                prop_assert_eq!(coloured, part == Part::HeldOutColour);
                let paired = scene.objects.iter().any(|a| {
                    scene.objects.iter().any(|b| split.held_out_pairs().any(|pair| pair == (a.kind, b.kind)))
                });
                prop_assert!(paired || part != Part::HeldOutPair);
                prop_assert!(!paired || matches!(part, Part::HeldOutPair | Part::HeldOutColour));
            }
        }

        #[test]
        fn size_background_order_and_small_shifts_do_not_change_the_part(seed: u64) {
            let split = SceneSplit::new(&SceneSplitConfig::default(), 3);
            let mut scene = Scene::sample(&SceneConfig::default(), seed);
            let part = split.part_of(&scene);
            scene.objects.reverse();
            scene.backdrop = crate::Backdrop::Grey;
            for object in &mut scene.objects {
                object.size = crate::Size::Medium;
                // Half a pixel further, and in the same cell unless the centre was on a cell's edge.
                let doubled = object.bounds.left + object.bounds.right;
                if (doubled + 1) % 28 != 0 && object.bounds.right < 56 {
                    object.bounds.right += 1;
                }
            }
            prop_assert_eq!(split.part_of(&scene), part);
        }
    }

    #[test]
    fn no_content_of_the_test_occurs_in_training() {
        // One object, three kinds: few contents, so that each is drawn many times.
        let config = SceneConfig {
            objects: (1, 1),
            things: Kind::things().take(3).collect(),
            shapes: 0.0,
            ..SceneConfig::default()
        };
        let split = SceneSplit::new(&SceneSplitConfig::default(), 1);
        let contents = |part, first: u64| -> HashSet<Vec<[u8; 4]>> {
            (first..first + 2_000).map(|seed| content(&split.sample(&config, part, seed).unwrap())).collect()
        };
        let training = contents(Part::Training, 0);
        let (development, test) = (contents(Part::Development, 0), contents(Part::Test, 0));
        assert!(training.is_disjoint(&test) && training.is_disjoint(&development));
        assert!(development.is_disjoint(&test) && !test.is_empty() && !development.is_empty());
        // 3 kinds in 16 cells.
        assert_eq!(training.len() + development.len() + test.len(), 48);
    }

    #[test]
    fn parts_have_the_sizes_that_were_asked_for() {
        let split = SceneSplit::new(&SceneSplitConfig::default(), 5);
        assert_eq!(split.held_out_pairs().len(), 104); // a tenth of 46 · 45 / 2
        assert_eq!(split.held_out_colours().len(), 5);
        let mut counts: HashMap<Part, usize> = HashMap::new();
        for seed in 0..20_000 {
            *counts.entry(split.part_of(&Scene::sample(&SceneConfig::default(), seed))).or_default() += 1;
        }
        let [training, development, test] =
            [Part::Training, Part::Development, Part::Test].map(|part| counts[&part] as f64);
        for share in [development, test].map(|n| n / (training + development + test)) {
            assert!((0.09..0.11).contains(&share), "{share}");
        }
    }

    #[test]
    fn every_colour_and_every_shape_stays_in_training() {
        for seed in 0..50 {
            let split = SceneSplit::new(&SceneSplitConfig { coloured: 9, ..Default::default() }, seed);
            for colour in Colour::ALL {
                assert_eq!(split.held_out_colours().filter(|held| held.0 == colour).count(), 1);
            }
            for shape in Kind::shapes() {
                assert_eq!(split.held_out_colours().filter(|held| held.1 == shape).count(), 3);
            }
            for kind in Kind::all() {
                assert!(Kind::all().filter(|other| split.is_held_out_pair(kind, *other)).count() < 20);
            }
        }
    }

    #[test]
    fn a_part_that_cannot_be_is_an_error() {
        let config = SceneConfig { objects: (1, 1), ..SceneConfig::default() };
        let split = SceneSplit::new(&SceneSplitConfig::default(), 1);
        let error = split.sample(&config, Part::HeldOutPair, 1).unwrap_err().to_string();
        assert!(error.contains("HeldOutPair") && error.contains("20000"), "{error}");
    }
}
