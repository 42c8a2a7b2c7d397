//! Bounding boxes: the smallest rectangle of pixels that holds an object.

/// A rectangle of pixels: columns `left..right`, rows `top..bottom`, counted from the upper left
/// corner; the right and the bottom edge are the first column and row that no longer belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BoundingBox {
    /// The first column.
    pub left: usize,
    /// The first row.
    pub top: usize,
    /// The column after the last.
    pub right: usize,
    /// The row after the last.
    pub bottom: usize,
}

impl BoundingBox {
    /// Columns.
    pub fn width(&self) -> usize {
        self.right - self.left
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.bottom - self.top
    }

    /// Pixels.
    pub fn area(&self) -> usize {
        self.width() * self.height()
    }

    /// The middle (x, y) in pixels from the upper left corner of the canvas.
    pub fn centre(&self) -> (f32, f32) {
        ((self.left + self.right) as f32 / 2.0, (self.top + self.bottom) as f32 / 2.0)
    }

    /// Whether the pixel in column `x` and row `y` belongs to it.
    pub fn contains(&self, x: usize, y: usize) -> bool {
        (self.left..self.right).contains(&x) && (self.top..self.bottom).contains(&y)
    }

    /// Whether fewer than `gap` pixels lie between this box and another in both directions; with a gap
    /// of 0, whether they share a pixel.
    pub fn is_near(&self, other: &Self, gap: usize) -> bool {
        self.left < other.right + gap
            && other.left < self.right + gap
            && self.top < other.bottom + gap
            && other.top < self.bottom + gap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearness_counts_the_pixels_between() {
        let a = BoundingBox { left: 2, top: 2, right: 5, bottom: 6 };
        let right_of = |left| BoundingBox { left, top: 3, right: left + 2, bottom: 4 };
        assert!(a.is_near(&right_of(4), 0) && !a.is_near(&right_of(5), 0));
        assert!(a.is_near(&right_of(5), 1) && !a.is_near(&right_of(6), 1));
        assert_eq!((a.width(), a.height(), a.area(), a.centre()), (3, 4, 12, (3.5, 4.0)));
        assert!(a.contains(4, 5) && !a.contains(5, 5) && !a.contains(4, 6));
    }
}
