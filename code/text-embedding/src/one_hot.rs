//! Words as one-hot vectors, and why they fail.

// ANCHOR: one_hot
/// The vector of word number `id` among `V` words: all zeros but a one at its own place.
///
/// ```
/// use text_embedding::one_hot::one_hot;
/// assert_eq!(one_hot::<4>(2), [0.0, 0.0, 1.0, 0.0]);
/// ```
pub fn one_hot<const V: usize>(id: usize) -> [f32; V] {
    let mut vector = [0.0; V];
    vector[id] = 1.0;
    vector
}

/// The cosine of the angle between two vectors: their dot product divided by their lengths.
pub fn cosine(x: &[f32], y: &[f32]) -> f32 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
    dot(x, y) / (dot(x, x) * dot(y, y)).sqrt()
}
// ANCHOR_END: one_hot

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_words_stand_at_right_angles() {
        for i in 0..5 {
            for j in 0..5 {
                let expected = f32::from(u8::from(i == j));
                assert_eq!(cosine(&one_hot::<5>(i), &one_hot::<5>(j)), expected);
            }
        }
        assert!((cosine(&[1.0, 1.0], &[1.0, 0.0]) - 0.5_f32.sqrt()).abs() < 1e-6);
    }
}
