//! Slopes measured from values: the judge of every gradient.

// ANCHOR: slopes
/// How fast `loss` rises with each of the numbers, from its values a little above and a little below:
/// $(\mathcal{L}(x + h) - \mathcal{L}(x - h)) / 2h$.
pub fn slopes(loss: impl Fn(&[f32]) -> f32, numbers: &[f32]) -> Vec<f32> {
    const H: f32 = 1.0 / 128.0;
    let moved = |place: usize, by: f32| {
        let mut numbers = numbers.to_vec();
        numbers[place] += by;
        loss(&numbers)
    };
    (0..numbers.len()).map(|place| (moved(place, H) - moved(place, -H)) / (2.0 * H)).collect()
}
// ANCHOR_END: slopes

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_of_a_square_are_twice_the_number() {
        let found = slopes(|x| x.iter().map(|x| x * x).sum(), &[1.0, -2.0, 0.5]);
        for (found, right) in found.iter().zip([2.0, -4.0, 1.0]) {
            assert!((found - right).abs() < 1e-4, "{found} {right}");
        }
    }
}
