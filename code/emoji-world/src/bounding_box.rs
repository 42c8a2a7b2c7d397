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

    /// The middle (x, y) in pixels from the upper left corner of the canvas.
    pub fn centre(&self) -> (f32, f32) {
        ((self.left + self.right) as f32 / 2.0, (self.top + self.bottom) as f32 / 2.0)
    }

    /// Whether the pixel in column `x` and row `y` belongs to it.
    pub fn contains(&self, x: usize, y: usize) -> bool {
        (self.left..self.right).contains(&x) && (self.top..self.bottom).contains(&y)
    }

    /// Which part of each cell of a grid the box covers, from 0 to 1: cells × cells numbers, row after
    /// row. `side` is that of the canvas, in pixels.
    ///
    /// A grid of 14 × 14 is what captioning attends to: the sum of attention × covered part is the
    /// attention inside the box.
    ///
    /// ```
    /// use emoji_world::BoundingBox;
    ///
    /// let upper_left = BoundingBox { left: 0, top: 0, right: 28, bottom: 14 };
    /// assert_eq!(upper_left.covered(56, 2), [0.5, 0.0, 0.0, 0.0]);
    /// ```
    pub fn covered(&self, side: usize, cells: usize) -> Vec<f32> {
        let cell = side as f32 / cells as f32;
        let along = |first: usize, end: usize, i: usize| {
            let (from, to) = (i as f32 * cell, (i + 1) as f32 * cell);
            ((to.min(end as f32) - from.max(first as f32)) / cell).max(0.0)
        };
        let rows = (0..cells).map(|y| along(self.top, self.bottom, y));
        rows.flat_map(|row| (0..cells).map(move |x| row * along(self.left, self.right, x))).collect()
    }

    /// The sum of the weights of a grid's cells, each as far as the box covers the cell: how much of what a network looks
    /// at lies inside. `weights` are cells × cells numbers, row after row; `side` is that of the canvas, in pixels.
    ///
    /// ```
    /// use emoji_world::BoundingBox;
    ///
    /// let upper_left = BoundingBox { left: 0, top: 0, right: 28, bottom: 14 };
    /// assert_eq!(upper_left.weight_inside(&[0.6, 0.1, 0.2, 0.1], 56, 2), 0.3);
    /// ```
    pub fn weight_inside(&self, weights: &[f32], side: usize, cells: usize) -> f32 {
        weights.iter().zip(self.covered(side, cells)).map(|(weight, part)| weight * part).sum()
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
    fn what_is_covered_adds_up_to_the_area() {
        let a = BoundingBox { left: 3, top: 10, right: 26, bottom: 31 };
        for cells in [1, 7, 14, 56] {
            let covered = a.covered(56, cells);
            assert!(covered.iter().all(|part| (0.0..=1.0).contains(part)));
            let area = covered.iter().sum::<f32>() * (56.0 / cells as f32).powi(2);
            assert!((area - (a.width() * a.height()) as f32).abs() < 0.01, "{area}");
        }
    }

    #[test]
    fn nearness_counts_the_pixels_between() {
        let a = BoundingBox { left: 2, top: 2, right: 5, bottom: 6 };
        let right_of = |left| BoundingBox { left, top: 3, right: left + 2, bottom: 4 };
        assert!(a.is_near(&right_of(4), 0) && !a.is_near(&right_of(5), 0));
        assert!(a.is_near(&right_of(5), 1) && !a.is_near(&right_of(6), 1));
        assert_eq!((a.width(), a.height(), a.centre()), (3, 4, (3.5, 4.0)));
        assert!(a.contains(4, 5) && !a.contains(5, 5) && !a.contains(4, 6));
    }
}
