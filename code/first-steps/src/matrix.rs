//! A matrix whose shape is part of its type.

// ANCHOR: matrix
/// `ROWS` × `COLUMNS` numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix<const ROWS: usize, const COLUMNS: usize>(pub [[f32; COLUMNS]; ROWS]);

impl<const ROWS: usize, const INNER: usize> Matrix<ROWS, INNER> {
    /// The product with a matrix that has as many rows as this one has columns.
    pub fn times<const COLUMNS: usize>(&self, other: &Matrix<INNER, COLUMNS>) -> Matrix<ROWS, COLUMNS> {
        let mut product = [[0.0; COLUMNS]; ROWS];
        for (row, out) in self.0.iter().zip(&mut product) {
            for (j, out) in out.iter_mut().enumerate() {
                *out = (0..INNER).map(|k| row[k] * other.0[k][j]).sum();
            }
        }
        Matrix(product)
    }
}
// ANCHOR_END: matrix

/// A product, as the page shows it.
pub fn shown() -> String {
    let a = Matrix([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let b = Matrix([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
    format!("{:?}", a.times(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_the_one_by_hand() {
        let a = Matrix([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        let b = Matrix([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
        assert_eq!(a.times(&b), Matrix([[4.0, 5.0], [10.0, 11.0]]));
        assert_eq!(b.times(&a).0[2], [5.0, 7.0, 9.0]);
    }
}
