//! Why two vectors are multiplied: a table that can be filled in by hand.
//!
//! Two pictures, one red and one blue, and two questions, *is it red?* and *is it blue?* Each is a number: +1 for red,
//! −1 for blue. Side by side, whatever weights they get, a score is $a v + b q + c$; the two right answers *yes* stand
//! across the table from each other, and the two *no* as well, so both pairs have the same sum,
//!
//! $$ s(1, 1) + s(-1, -1) = 2c = s(1, -1) + s(-1, 1), $$
//!
//! and no weights make the one pair high and the other low. The product $v q$ is the answer itself. (It is *exclusive
//! or*, on which Minsky and Papert 1969 showed the same.)

/// A picture and a question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// +1 for a red picture, −1 for a blue one.
    pub picture: f64,
    /// +1 for *is it red?*, −1 for *is it blue?*
    pub question: f64,
}

/// All four.
pub const PAIRS: [Pair; 4] = [
    Pair { picture: 1.0, question: 1.0 },
    Pair { picture: 1.0, question: -1.0 },
    Pair { picture: -1.0, question: 1.0 },
    Pair { picture: -1.0, question: -1.0 },
];

// ANCHOR: scores
/// +1 for yes, −1 for no.
pub fn right(pair: Pair) -> f64 {
    if pair.picture == pair.question { 1.0 } else { -1.0 }
}

/// The score of both numbers side by side, with their weights.
pub fn side_by_side(pair: Pair, [a, b, c]: [f64; 3]) -> f64 {
    a * pair.picture + b * pair.question + c
}

/// The score of their product.
pub fn product(pair: Pair) -> f64 {
    pair.picture * pair.question
}
// ANCHOR_END: scores

/// The weights with the smallest sum of squared errors, after some steps of gradient descent from here.
pub fn learned(mut weights: [f64; 3], steps: usize, rate: f64) -> [f64; 3] {
    for _ in 0..steps {
        let mut gradient = [0.0; 3];
        for pair in PAIRS {
            let error = side_by_side(pair, weights) - right(pair);
            let inputs = [pair.picture, pair.question, 1.0];
            gradient.iter_mut().zip(inputs).for_each(|(sum, input)| *sum += 2.0 * error * input);
        }
        weights.iter_mut().zip(gradient).for_each(|(weight, slope)| *weight -= rate * slope);
    }
    weights
}

/// The table that the page shows.
pub fn table() -> String {
    let weights = learned([0.9, -0.4, 0.2], 200, 0.02);
    let cell = |number: f64| format!("{:+.2}", number + 0.0);
    let mut rows =
        vec![["picture", "question", "right", "side by side", "product"].map(str::to_owned).to_vec()];
    for pair in PAIRS {
        let colour = |of: f64| if of > 0.0 { "red" } else { "blue" };
        let scores =
            [right(pair), (side_by_side(pair, weights) * 1e6).round() / 1e6, product(pair)].map(cell);
        let words = [colour(pair.picture).to_owned(), format!("is it {}?", colour(pair.question))];
        rows.push([words.to_vec(), scores.to_vec()].concat());
    }
    lab::table::left(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_be_learned_side_by_side() {
        let weights = learned([0.9, -0.4, 0.2], 500, 0.02);
        assert!(weights.iter().all(|weight| weight.abs() < 1e-6), "{weights:?}");
        for pair in PAIRS {
            assert_eq!(product(pair), right(pair));
        }
        for weights in [[0.3, 2.0, -1.0], [5.0, 5.0, 5.0]] {
            let score = |i: usize| side_by_side(PAIRS[i], weights);
            assert!((score(0) + score(3) - score(1) - score(2)).abs() < 1e-12);
        }
    }
}
