//! Which number is the largest: what a classifier answers.

/// The place of the largest number, such as the most probable class of a row of logits (*argmax*): of equal ones the
/// last, and 0 where there is none.
///
/// ```
/// assert_eq!(lab::largest(&[0.5, 2.0, -1.0]), 1);
/// ```
pub fn largest(numbers: &[f32]) -> usize {
    (0..numbers.len()).max_by(|&a, &b| numbers[a].total_cmp(&numbers[b])).unwrap_or_default()
}
