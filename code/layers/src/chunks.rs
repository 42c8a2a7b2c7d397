//! Dividing rows among threads so that the result does not depend on their number.

/// Rows of so many columns in a piece: about 8192 numbers, so that a piece stays in the cache, and at most
/// 512 rows, so that a sum over it in single precision stays exact to six digits.
pub(crate) fn rows(columns: usize) -> usize {
    (8192 / columns.max(1)).clamp(1, 512)
}

/// The pieces' sums, added in their order in double precision.
pub(crate) fn total<'a>(sums: impl Iterator<Item = &'a Vec<f32>>, columns: usize) -> Vec<f32> {
    let mut total = vec![0.0; columns];
    for sum in sums {
        for (total, &sum) in total.iter_mut().zip(sum) {
            *total += f64::from(sum);
        }
    }
    total.into_iter().map(|total| total as f32).collect()
}
