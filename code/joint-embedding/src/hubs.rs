//! Hubs: candidates that are near everything.
//!
//! In a space of many dimensions some points are among the nearest of far more others than their share
//! (Radovanović et al. 2010). A query then finds such a *hub* in place of its partner (Dinu et al. 2015).
//! *Local scaling* asks of each candidate $c$ how near it is to others anyway, $\text{near}(c)$: the mean of its $k$
//! largest cosines with a set of reference queries. The score is what goes beyond that,
//!
//! $$ \text{score}(q, c) = 2 \cos(q, c) - \text{near}(c), $$
//!
//! which ranks the candidates as CSLS does (Conneau et al. 2018, equation 3), whose further term for the query
//! is the same for all candidates.

use crate::Error;
use crate::space::{BothWays, Retrieval, Space, Vector, cosine, nearest, ranks_by};
use emoji_world::rng;
use rand::RngExt;
use rayon::prelude::*;

/// How many of the nearest reference queries count: $k$. It was chosen with other held-out names than those
/// that the chapter tests; the example `joint-embedding-choose-k` repeats the choice.
pub const NEIGHBOURS: usize = 1;

/// Where the random numbers of [`share_of_the_commonest_by_chance`] begin.
const BY_CHANCE: u64 = 0x6368_616e_6365;

// ANCHOR: nearness
/// How near each candidate is to the `k` reference queries that are nearest to it.
pub fn nearness(candidates: &[Vector], references: &[Vector], k: usize) -> Vec<f32> {
    let mean = |candidate: &Vector| {
        let found = nearest(candidate, references, k);
        found.iter().map(|(_, cosine)| cosine).sum::<f32>() / found.len().max(1) as f32
    };
    candidates.par_iter().map(mean).collect()
}
// ANCHOR_END: nearness

// ANCHOR: scaled
/// The nearness of all candidates of a space, both ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// Of every name, to pictures of the emoji that were trained on.
    pub names: Vec<f32>,
    /// Of every picture, to names that were trained on.
    pub pictures: Vec<f32>,
}

impl Scaling {
    /// `references` are vectors of training views, `seen` are the emoji that were trained on, and `k` is how
    /// many of the nearest count.
    pub fn of(space: &Space, references: &[Vector], seen: &[usize], k: usize) -> Self {
        let names: Vec<Vector> = seen.iter().map(|&id| space.names[id]).collect();
        Self { names: nearness(&space.names, references, k), pictures: nearness(&space.pictures, &names, k) }
    }

    /// How well the given pairs find each other by the scaled score.
    ///
    /// # Errors
    ///
    /// If there is no pair.
    pub fn both_ways(&self, space: &Space, pairs: &[usize]) -> Result<BothWays, Error> {
        let right: Vec<(usize, usize)> = pairs.iter().map(|&i| (i, i)).collect();
        let to_names = |u: usize, v: usize| 2.0 * cosine(&space.pictures[u], &space.names[v]) - self.names[v];
        let to_pictures =
            |v: usize, u: usize| 2.0 * cosine(&space.names[v], &space.pictures[u]) - self.pictures[u];
        Ok(BothWays {
            to_names: Retrieval::of(&ranks_by(to_names, space.names.len(), &right))?,
            to_pictures: Retrieval::of(&ranks_by(to_pictures, space.pictures.len(), &right))?,
        })
    }
}
// ANCHOR_END: scaled

/// For each of the `asked` pictures the nearest of all names, by cosine or by the scaled score.
pub fn answers(space: &Space, scaling: Option<&Scaling>, asked: &[usize]) -> Vec<usize> {
    let score = |u: usize, v: usize| {
        let cosine = cosine(&space.pictures[u], &space.names[v]);
        scaling.map_or(cosine, |scaling| 2.0 * cosine - scaling.names[v])
    };
    let first = |&u: &usize| (0..space.names.len()).max_by(|&a, &b| score(u, a).total_cmp(&score(u, b)));
    asked.par_iter().filter_map(first).collect()
}

/// The share of answers that are among `names`.
pub fn share_among(answers: &[usize], names: &[usize]) -> f64 {
    let among = answers.iter().filter(|answer| names.contains(answer)).count();
    among as f64 / answers.len().max(1) as f64
}

/// The share of answers that the `count` commonest ones make up: what hubs make large.
pub fn share_of_the_commonest(answers: &[usize], count: usize) -> f64 {
    let mut often = std::collections::BTreeMap::<usize, usize>::new();
    answers.iter().for_each(|answer| *often.entry(*answer).or_default() += 1);
    let mut often: Vec<usize> = often.into_values().collect();
    often.sort_unstable_by(|a, b| b.cmp(a));
    often.iter().take(count).sum::<usize>() as f64 / answers.len().max(1) as f64
}

/// What that share is on average where each of `asked` answers is drawn at random from `candidates`, which must be
/// at least one: some come twice without any hub.
pub fn share_of_the_commonest_by_chance(asked: usize, candidates: usize, count: usize) -> f64 {
    const TRIALS: u64 = 1000;
    let drawn = |trial| -> Vec<usize> {
        let mut rng = rng(BY_CHANCE, trial);
        (0..asked).map(|_| rng.random_range(0..candidates)).collect()
    };
    (0..TRIALS).map(|trial| share_of_the_commonest(&drawn(trial), count)).sum::<f64>() / TRIALS as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::at;

    /// Name 0 is near pictures 0 and 1 alike; name 1 is a little too far from picture 1.
    fn with_a_hub() -> Space {
        Space { pictures: vec![at(0.0), at(20.0)], names: vec![at(5.0), at(40.0)] }
    }

    #[test]
    fn a_hub_gives_way_to_the_right_name() {
        let space = with_a_hub();
        let plain = space.both_ways(&[0, 1]).unwrap();
        assert_eq!(plain.to_names.at_1, 0.5, "picture 1 is 15° from the hub and 20° from its own name");
        // A training view of emoji 0 lies on the hub; nothing that was trained on is near name 1.
        let scaling = Scaling::of(&space, &[at(5.0)], &[0], NEIGHBOURS);
        assert!((scaling.names[0] - 1.0).abs() < 1e-6);
        assert!((scaling.names[1] - 35.0_f32.to_radians().cos()).abs() < 1e-6);
        assert_eq!(scaling.both_ways(&space, &[0, 1]).unwrap().to_names.at_1, 1.0);
        assert_eq!(answers(&space, None, &[0, 1]), [0, 0]);
        assert_eq!(answers(&space, Some(&scaling), &[0, 1]), [0, 1]);
    }

    #[test]
    fn shares_of_answers_are_counted() {
        let answers = [3, 1, 3, 3, 2, 1, 7, 3];
        assert_eq!(share_among(&answers, &[1, 7]), 3.0 / 8.0);
        assert_eq!(share_of_the_commonest(&answers, 1), 4.0 / 8.0);
        assert_eq!(share_of_the_commonest(&answers, 2), 6.0 / 8.0);
        assert_eq!((share_among(&[], &[1]), share_of_the_commonest(&[], 2)), (0.0, 0.0));
        // Two answers of two candidates are the same half of the time.
        assert_eq!(share_of_the_commonest_by_chance(5, 1, 1), 1.0);
        assert!((share_of_the_commonest_by_chance(2, 2, 1) - 0.75).abs() < 0.03);
    }

    #[test]
    fn a_nearness_that_all_share_changes_no_rank() {
        let space = with_a_hub();
        let same = Scaling { names: vec![0.3; 2], pictures: vec![0.7; 2] };
        assert_eq!(same.both_ways(&space, &[0, 1]).unwrap(), space.both_ways(&[0, 1]).unwrap());
        assert!(same.both_ways(&space, &[]).is_err());
    }
}
