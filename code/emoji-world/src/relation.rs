//! Where things are: relations of two objects, and places on the canvas.

use crate::BoundingBox;
use std::fmt;

/// How far apart two centres are, as a fraction of the canvas' side, before one is said to be left of,
/// right of, above or below the other. Nearer ones are in neither relation.
pub const CLEARLY: f32 = 1.0 / 8.0;

/// A relation of one object to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Relation {
    LeftOf,
    RightOf,
    Above,
    Below,
}

impl Relation {
    /// All four.
    pub const ALL: [Self; 4] = [Self::LeftOf, Self::RightOf, Self::Above, Self::Below];

    /// In words: `left of`, `above`.
    pub fn words(self) -> &'static str {
        match self {
            Self::LeftOf => "left of",
            Self::RightOf => "right of",
            Self::Above => "above",
            Self::Below => "below",
        }
    }

    /// The relation of b to a, where this is that of a to b.
    pub fn inverse(self) -> Self {
        match self {
            Self::LeftOf => Self::RightOf,
            Self::RightOf => Self::LeftOf,
            Self::Above => Self::Below,
            Self::Below => Self::Above,
        }
    }

    /// How far a's centre lies from b's in this direction, and how far across it; in pixels.
    fn offset(self, a: &BoundingBox, b: &BoundingBox) -> (f32, f32) {
        let ((ax, ay), (bx, by)) = (a.centre(), b.centre());
        match self {
            Self::LeftOf => (bx - ax, (by - ay).abs()),
            Self::RightOf => (ax - bx, (by - ay).abs()),
            Self::Above => (by - ay, (bx - ax).abs()),
            Self::Below => (ay - by, (bx - ax).abs()),
        }
    }

    /// Whether a is clearly in this relation to b: its centre lies at least [`CLEARLY`] of the canvas'
    /// side further in this direction. One object can be both left of and above another.
    pub fn holds(self, a: &BoundingBox, b: &BoundingBox, side: usize) -> bool {
        self.offset(a, b).0 >= CLEARLY * side as f32
    }

    /// Whether this is the relation that one would name first: it holds, and a lies at least 1.5 times
    /// as far in this direction as across it.
    pub fn is_plain(self, a: &BoundingBox, b: &BoundingBox, side: usize) -> bool {
        let (along, across) = self.offset(a, b);
        self.holds(a, b, side) && along >= 1.5 * across
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// A place on the canvas, by thirds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The centre is in the left third.
    Left,
    /// The centre is in the right third.
    Right,
    /// The centre is in the upper third.
    Top,
    /// The centre is in the lower third.
    Bottom,
    /// The centre is in the middle third both ways.
    Middle,
}

impl Place {
    /// All five.
    pub const ALL: [Self; 5] = [Self::Left, Self::Right, Self::Top, Self::Bottom, Self::Middle];

    /// In words: `on the left`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Left => "on the left",
            Self::Right => "on the right",
            Self::Top => "at the top",
            Self::Bottom => "at the bottom",
            Self::Middle => "in the middle",
        }
    }

    /// Whether something in this box is in this place of a canvas of side × side pixels.
    pub fn holds(self, bounds: &BoundingBox, side: usize) -> bool {
        let (x, y) = bounds.centre();
        let (third, two_thirds) = (side as f32 / 3.0, side as f32 * 2.0 / 3.0);
        match self {
            Self::Left => x < third,
            Self::Right => x > two_thirds,
            Self::Top => y < third,
            Self::Bottom => y > two_thirds,
            Self::Middle => [x, y].iter().all(|v| (third..=two_thirds).contains(v)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: usize, y: usize) -> BoundingBox {
        BoundingBox { left: x - 2, top: y - 2, right: x + 2, bottom: y + 2 }
    }

    #[test]
    fn relations_need_an_eighth_of_the_side() {
        let (a, b) = (at(10, 20), at(17, 24));
        assert!(Relation::LeftOf.holds(&a, &b, 56) && Relation::LeftOf.is_plain(&a, &b, 56));
        assert!(!Relation::LeftOf.holds(&a, &at(16, 24), 56));
        assert!(Relation::ALL.iter().all(|r| r.holds(&a, &b, 56) == r.inverse().holds(&b, &a, 56)));
        // Down and to the right by as much: both hold, neither is plain.
        let c = at(20, 30);
        assert!(Relation::LeftOf.holds(&a, &c, 56) && Relation::Above.holds(&a, &c, 56));
        assert!(!Relation::ALL.iter().any(|r| r.is_plain(&a, &c, 56)));
    }

    #[test]
    fn places_are_thirds() {
        let places = |x, y| Place::ALL.into_iter().filter(|p| p.holds(&at(x, y), 57)).collect::<Vec<_>>();
        assert_eq!(places(10, 10), [Place::Left, Place::Top]);
        assert_eq!(places(28, 28), [Place::Middle]);
        assert_eq!(places(45, 28), [Place::Right]);
        assert_eq!(places(28, 45), [Place::Bottom]);
    }
}
