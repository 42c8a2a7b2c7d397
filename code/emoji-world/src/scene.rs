//! Scenes: a few objects on a canvas, and all that is known of them.
//!
//! As in CLEVR (Johnson et al. 2017, arXiv:1612.06890) and ShapeWorld (Kuhnle and Copestake 2017,
//! arXiv:1704.04517), the scene comes first and the picture, the sentences and the questions follow from
//! it: so what is true of a picture is known exactly.

use crate::{Backdrop, BoundingBox, Colour, Kind, Picture, Sprite, rng};
use rand::{Rng, RngExt, seq::IndexedRandom};
use rayon::prelude::*;

/// How often a place is looked for, before all objects are placed anew.
const TRIES: usize = 40;

/// How often all objects are placed anew, before they are drawn one size smaller.
const RESTARTS: usize = 20;

/// The size of an object, as one would say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Size {
    Small,
    Medium,
    Large,
}

impl Size {
    /// From small to large.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// `small` or `large`; what is medium goes without saying.
    pub fn adjective(self) -> Option<&'static str> {
        match self {
            Self::Small => Some("small"),
            Self::Medium => None,
            Self::Large => Some("large"),
        }
    }
}

/// What scenes are like.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneConfig {
    /// Width and height of the canvas in pixels. Default 56.
    pub side: usize,
    /// Fewest and most objects. Default 1 to 3.
    pub objects: (usize, usize),
    /// Which things occur. Default [`Kind::things`], all 43.
    pub things: Vec<Kind>,
    /// Which colours shapes have. Default all nine.
    pub colours: Vec<Colour>,
    /// How probable it is that an object is a coloured shape rather than a thing. Default 0.3.
    pub shapes: f32,
    /// How probable it is that an object is the same as one before it. Default 0.15.
    pub repeats: f32,
    /// Smallest and largest side in pixels of a small, a medium and a large sprite. Default 14 to 15,
    /// 18 to 20, 23 to 24.
    pub sizes: [(usize, usize); 3],
    /// Backgrounds. Default all six.
    pub backdrops: Vec<Backdrop>,
    /// Fewest pixels between the boxes of two objects, across or down. Default 1: objects neither overlap
    /// nor touch. 0: their boxes may touch.
    pub gap: usize,
}

impl Default for SceneConfig {
    fn default() -> Self {
        Self {
            side: 56,
            objects: (1, 3),
            things: Kind::things().collect(),
            colours: Colour::ALL.to_vec(),
            shapes: 0.3,
            repeats: 0.15,
            sizes: [(14, 15), (18, 20), (23, 24)],
            backdrops: Backdrop::ALL.to_vec(),
            gap: 1,
        }
    }
}

impl SceneConfig {
    /// The default on another canvas: sizes and the gap in proportion to its side, in whole pixels.
    pub fn on(side: usize) -> Self {
        let usual = Self::default();
        let scaled = |pixels: usize| pixels * side / usual.side;
        let sizes = usual.sizes.map(|(low, high)| (scaled(low), scaled(high)));
        Self { side, sizes, gap: scaled(usual.gap), ..usual }
    }

    /// One object that fills a good part of a canvas of side × side pixels: small ones 3/8 of the side,
    /// medium ones 9/16, large ones 13/16, each give or take a pixel in 32. The side is at least 3.
    pub fn single(side: usize) -> Self {
        let around = |part: usize| {
            let middle = side * part / 16;
            (middle - side / 32, middle + side / 32)
        };
        Self { side, objects: (1, 1), sizes: [around(6), around(9), around(13)], ..Self::default() }
    }

    /// Panics where no scene can be drawn.
    fn check(&self) {
        let (least, most) = self.objects;
        assert!(1 <= least && least <= most, "a scene has at least one object: {:?}", self.objects);
        assert!(self.shapes >= 1.0 || !self.things.is_empty(), "no things to draw from");
        assert!(self.shapes <= 0.0 || !self.colours.is_empty(), "no colours to draw from");
        assert!(!self.backdrops.is_empty(), "no backgrounds to draw from");
        assert!(self.sizes.iter().all(|(low, high)| 0 < *low && low <= high), "sizes: {:?}", self.sizes);
    }

    /// Panics where so many small objects may not find room.
    fn check_room(&self, objects: usize) {
        let cell = self.side / cells_a_row(objects);
        assert!(
            self.sizes[0].1 + self.gap <= cell || objects == 1 && self.sizes[0].1 <= self.side,
            "{objects} small objects of {} pixels do not fit on {} × {} pixels",
            self.sizes[0].1,
            self.side,
            self.side
        );
    }
}

/// An object of a scene.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its colour, where it is a shape.
    pub colour: Option<Colour>,
    /// Its size, as one would say it.
    pub size: Size,
    /// Width and height of its sprite in pixels.
    pub sprite_side: usize,
    /// The box of its visible pixels on the canvas.
    pub bounds: BoundingBox,
}

impl Object {
    /// Its sprite.
    pub fn sprite(&self) -> std::sync::Arc<Sprite> {
        Sprite::of(self.kind.emoji(self.colour), self.sprite_side)
    }

    /// The middle of its box: (x, y) in pixels.
    pub fn centre(&self) -> (f32, f32) {
        self.bounds.centre()
    }

    /// What it is, with its colour if it is a shape: `dog`, `red heart`.
    pub fn name(&self) -> String {
        match self.colour {
            Some(colour) => format!("{} {}", colour.name(), self.kind.noun()),
            None => self.kind.noun().to_owned(),
        }
    }

    /// What several such things are: `dogs`, `red hearts`.
    pub fn plural(&self) -> String {
        match self.colour {
            Some(colour) => format!("{} {}", colour.name(), self.kind.plural()),
            None => self.kind.plural().to_owned(),
        }
    }
}

/// Objects on a canvas.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scene {
    /// Width and height of the canvas in pixels.
    pub side: usize,
    /// The colour behind everything.
    pub backdrop: Backdrop,
    /// The objects. Their boxes do not overlap.
    pub objects: Vec<Object>,
}

impl Scene {
    /// A random scene, which follows from the seed alone.
    ///
    /// # Panics
    /// Where the configuration offers nothing to draw from, or not enough room for its small objects.
    ///
    /// ```
    /// use emoji_world::scene::{Scene, SceneConfig};
    ///
    /// let scene = Scene::sample(&SceneConfig::default(), 7);
    /// assert_eq!(scene, Scene::sample(&SceneConfig::default(), 7));
    /// assert!((1..=3).contains(&scene.objects.len()));
    /// assert_eq!(scene.render().pixels.len(), 56 * 56 * 3);
    /// ```
    pub fn sample(config: &SceneConfig, seed: u64) -> Self {
        Self::draw(config, &mut rng(seed, 0))
    }

    /// A random scene with the generator's next numbers.
    ///
    /// # Panics
    /// As [`Scene::sample`].
    pub fn draw(config: &SceneConfig, rng: &mut impl Rng) -> Self {
        config.check();
        let count = rng.random_range(config.objects.0..=config.objects.1);
        let mut contents: Vec<(Kind, Option<Colour>)> = Vec::with_capacity(count);
        for _ in 0..count {
            let repeated = !contents.is_empty() && rng.random::<f32>() < config.repeats;
            let next =
                if repeated { *contents.choose(rng).expect("not empty") } else { draw_kind(config, rng) };
            contents.push(next);
        }
        Self::with(config, &contents, rng)
    }

    /// These objects, at random places and in random sizes, on a random background.
    ///
    /// On a white background there are no white shapes. Where the objects do not find room, they are
    /// made smaller.
    ///
    /// # Panics
    /// As [`Scene::sample`]; and where a shape has no colour, or a thing has one.
    pub fn with(config: &SceneConfig, contents: &[(Kind, Option<Colour>)], rng: &mut impl Rng) -> Self {
        config.check();
        config.check_room(contents.len());
        let white = contents.iter().any(|(_, colour)| *colour == Some(Colour::White));
        let fits = |backdrop: &Backdrop| !(white && *backdrop == Backdrop::White);
        let backdrop = loop {
            let drawn = *config.backdrops.choose(rng).expect("checked");
            // A configuration with white backgrounds only has white on white.
            if fits(&drawn) || !config.backdrops.iter().any(fits) {
                break drawn;
            }
        };
        // First with all sizes, then without the large ones, then with small ones alone.
        let objects = (1..=Size::ALL.len()).rev().find_map(|sizes| {
            let drawn: Vec<(Size, usize)> = contents
                .iter()
                .map(|_| {
                    let size = Size::ALL[rng.random_range(0..sizes)];
                    let (low, high) = config.sizes[size as usize];
                    (size, rng.random_range(low..=high))
                })
                .collect();
            (0..RESTARTS).find_map(|_| place(config, contents, &drawn, rng))
        });
        let objects = objects.unwrap_or_else(|| place_in_cells(config, contents, rng));
        Self { side: config.side, backdrop, objects }
    }

    /// The picture.
    pub fn render(&self) -> Picture {
        let mut pixels = vec![0.0; self.side * self.side * 3];
        self.render_into(&mut pixels);
        Picture { width: self.side, height: self.side, pixels }
    }

    /// Draws the picture into `pixels`, laid out as in [`Picture`].
    ///
    /// # Panics
    /// Where `pixels` has not side × side × 3 numbers, or an object's box, changed by hand, is not on the
    /// canvas or not of its sprite's size.
    pub fn render_into(&self, pixels: &mut [f32]) {
        assert_eq!(pixels.len(), self.side * self.side * 3, "side × side × 3 numbers");
        let backdrop = self.backdrop.rgb();
        pixels.chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(&backdrop));
        for object in &self.objects {
            let sprite = object.sprite();
            let (from, to) = (&sprite.bounds, &object.bounds);
            for y in 0..from.height() {
                let start = ((to.top + y) * self.side + to.left) * 3;
                let row = &mut pixels[start..start + from.width() * 3];
                let colours = &sprite.row(from.top + y)[from.left..from.right];
                for (pixel, colour) in row.chunks_exact_mut(3).zip(colours) {
                    for c in 0..3 {
                        pixel[c] = (colour[c] + (1.0 - colour[3]) * pixel[c]).min(1.0);
                    }
                }
            }
        }
    }
}

/// The pictures of scenes of one size, one after the other: count × side × side × 3 numbers.
///
/// # Panics
/// Where the scenes differ in size.
pub fn render_all(scenes: &[Scene]) -> Vec<f32> {
    let size = scenes.first().map_or(1, |scene| scene.side * scene.side * 3);
    let mut pixels = vec![0.0; scenes.len() * size];
    let each = pixels.par_chunks_exact_mut(size).zip(scenes);
    each.for_each(|(picture, scene)| scene.render_into(picture));
    pixels
}

/// A random thing, or shape with its colour.
pub(crate) fn draw_kind(config: &SceneConfig, rng: &mut impl Rng) -> (Kind, Option<Colour>) {
    if rng.random::<f32>() < config.shapes {
        let shape = Kind::shapes().nth(rng.random_range(0..Kind::shapes().len())).expect("within the range");
        (shape, Some(*config.colours.choose(rng).expect("checked")))
    } else {
        (*config.things.choose(rng).expect("checked"), None)
    }
}

/// Places objects of these sizes; `None` where one found no room.
fn place(
    config: &SceneConfig,
    contents: &[(Kind, Option<Colour>)],
    sizes: &[(Size, usize)],
    rng: &mut impl Rng,
) -> Option<Vec<Object>> {
    let mut objects: Vec<Object> = Vec::with_capacity(contents.len());
    for (&(kind, colour), &(size, sprite_side)) in contents.iter().zip(sizes) {
        let sprite = Sprite::of(kind.emoji(colour), sprite_side);
        let (width, height) = (sprite.bounds.width(), sprite.bounds.height());
        if width > config.side || height > config.side {
            return None;
        }
        let free = (0..TRIES).find_map(|_| {
            let left = rng.random_range(0..=config.side - width);
            let top = rng.random_range(0..=config.side - height);
            let bounds = BoundingBox { left, top, right: left + width, bottom: top + height };
            objects.iter().all(|other| !bounds.is_near(&other.bounds, config.gap)).then_some(bounds)
        });
        objects.push(Object { kind, colour, size, sprite_side, bounds: free? });
    }
    Some(objects)
}

/// How many cells a row of a square grid has, so that there are at least so many cells.
fn cells_a_row(objects: usize) -> usize {
    (1..).find(|n| n * n >= objects).expect("the squares are unbounded")
}

/// Small objects, each in its own cell of a square grid: what always finds room.
fn place_in_cells(
    config: &SceneConfig,
    contents: &[(Kind, Option<Colour>)],
    rng: &mut impl Rng,
) -> Vec<Object> {
    let row = cells_a_row(contents.len());
    let cell = config.side / row;
    let mut cells: Vec<usize> = (0..row * row).collect();
    rand::seq::SliceRandom::shuffle(cells.as_mut_slice(), rng);
    let each = contents.iter().zip(cells).map(|(&(kind, colour), place)| {
        let sprite_side = config.sizes[0].0;
        let sprite = Sprite::of(kind.emoji(colour), sprite_side);
        let (width, height) = (sprite.bounds.width(), sprite.bounds.height());
        let mut within = |length: usize| rng.random_range(0..=(cell - length).saturating_sub(config.gap));
        let (left, top) = (place % row * cell + within(width), place / row * cell + within(height));
        let bounds = BoundingBox { left, top, right: left + width, bottom: top + height };
        Object { kind, colour, size: Size::Small, sprite_side, bounds }
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn on_a_larger_canvas_everything_is_larger() {
        assert_eq!(SceneConfig::on(56), SceneConfig::default());
        let twice = SceneConfig::on(112);
        assert_eq!((twice.side, twice.gap), (112, 2));
        assert_eq!(twice.sizes, [(28, 30), (36, 40), (46, 48)]);
        let scene = Scene::sample(&SceneConfig { objects: (5, 5), ..twice }, 3);
        assert_eq!((scene.objects.len(), scene.render().width), (5, 112));
    }

    fn config(objects: (usize, usize)) -> SceneConfig {
        SceneConfig { objects, ..SceneConfig::default() }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn boxes_hold_all_that_is_visible_and_nothing_more(seed: u64, most in 1..=5_usize) {
            let scene = Scene::sample(&config((1, most)), seed);
            let backdrop = scene.backdrop.rgb();
            for object in &scene.objects {
                // Alone on the canvas, whatever differs from the background is this object.
                let alone = Scene { objects: vec![object.clone()], ..scene.clone() };
                let picture = alone.render();
                let mut visible = Vec::new();
                for (x, y) in (0..56).flat_map(|y| (0..56).map(move |x| (x, y))) {
                    let differs = picture.pixel(x, y) != backdrop;
                    prop_assert!(!differs || object.bounds.contains(x, y));
                    if differs {
                        visible.push((x, y));
                    }
                }
                // Tight to one pixel: something is visible in the first or second row from each edge.
                let b = object.bounds;
                prop_assert!(visible.iter().any(|p| p.0 <= b.left + 1));
                prop_assert!(visible.iter().any(|p| p.1 <= b.top + 1));
                prop_assert!(visible.iter().any(|p| p.0 + 2 >= b.right));
                prop_assert!(visible.iter().any(|p| p.1 + 2 >= b.bottom));
            }
        }

        #[test]
        fn objects_never_overlap_and_lie_on_the_canvas(seed: u64, most in 1..=5_usize) {
            let scene = Scene::sample(&config((most, most)), seed);
            prop_assert_eq!(scene.objects.len(), most);
            for (i, object) in scene.objects.iter().enumerate() {
                prop_assert!(object.bounds.right <= 56 && object.bounds.bottom <= 56);
                for other in &scene.objects[..i] {
                    prop_assert!(!object.bounds.is_near(&other.bounds, 1));
                }
            }
        }

        #[test]
        fn pictures_stay_in_range_and_follow_from_the_seed(seed: u64) {
            let scene = Scene::sample(&SceneConfig::default(), seed);
            let picture = scene.render();
            prop_assert!(picture.pixels.iter().all(|value| (0.0..=1.0).contains(value)));
            let again = Scene::sample(&SceneConfig::default(), seed);
            prop_assert_eq!(&scene, &again);
            prop_assert_eq!(picture.to_png(), again.render().to_png());
        }

        #[test]
        fn shapes_have_colours_and_white_ones_no_white_background(seed: u64) {
            let scene = Scene::sample(&SceneConfig { shapes: 0.8, ..SceneConfig::default() }, seed);
            for object in &scene.objects {
                prop_assert_eq!(object.colour.is_some(), object.kind.is_shape());
                prop_assert!(object.colour != Some(Colour::White) || scene.backdrop != Backdrop::White);
                let (low, high) = SceneConfig::default().sizes[object.size as usize];
                prop_assert!((low..=high).contains(&object.sprite_side));
            }
        }
    }

    #[test]
    fn many_objects_in_a_tight_place_go_into_cells() {
        let config =
            SceneConfig { side: 51, sizes: [(16, 16); 3], objects: (9, 9), ..SceneConfig::default() };
        for seed in 0..20 {
            let scene = Scene::sample(&config, seed);
            for (i, object) in scene.objects.iter().enumerate() {
                assert!(object.bounds.right <= 51 && object.bounds.bottom <= 51);
                assert!(scene.objects[..i].iter().all(|other| !object.bounds.is_near(&other.bounds, 0)));
            }
        }
    }

    #[test]
    #[should_panic(expected = "do not fit")]
    fn what_cannot_fit_is_refused() {
        Scene::sample(&SceneConfig { side: 30, objects: (5, 5), ..SceneConfig::default() }, 1);
    }

    #[test]
    fn single_objects_come_in_three_sizes_on_a_small_canvas() {
        let config = SceneConfig::single(32);
        assert_eq!(config.sizes, [(11, 13), (17, 19), (25, 27)]);
        let scenes: Vec<Scene> = (0..300).map(|seed| Scene::sample(&config, seed)).collect();
        for size in Size::ALL {
            let share = scenes.iter().filter(|scene| scene.objects[0].size == size).count();
            assert!((60..140).contains(&share), "{size:?}: {share}");
        }
        assert_eq!(render_all(&scenes).len(), 300 * 32 * 32 * 3);
        assert_eq!(render_all(&scenes)[32 * 32 * 3..2 * 32 * 32 * 3], scenes[1].render().pixels);
    }
}
