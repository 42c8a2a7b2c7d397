//! Trained vectors, and what can be asked of them: who is near, and analogies.

use crate::vocabulary::Vocabulary;
use crate::{DIMENSIONS, Error};
use rayon::prelude::*;

/// A vector of length 1 for every word, so that dot products are cosines.
#[derive(Clone, Debug)]
pub struct WordVectors {
    vocabulary: Vocabulary,
    /// As trained.
    raw: Vec<[f32; DIMENSIONS]>,
    /// Divided by their length.
    unit: Vec<[f32; DIMENSIONS]>,
}

impl WordVectors {
    /// Vectors by word id.
    ///
    /// # Panics
    /// Where there are not as many vectors as words.
    pub fn new(vocabulary: Vocabulary, raw: Vec<[f32; DIMENSIONS]>) -> Self {
        assert_eq!(vocabulary.len(), raw.len(), "one vector a word");
        let unit = raw.iter().map(unit).collect();
        Self { vocabulary, raw, unit }
    }

    /// The words.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The vectors as trained, by word id.
    pub fn raw(&self) -> &[[f32; DIMENSIONS]] {
        &self.raw
    }

    /// The word's vector, divided by its length.
    ///
    /// # Errors
    ///
    /// If the word is unknown.
    pub fn unit(&self, word: &str) -> Result<&[f32; DIMENSIONS], Error> {
        Ok(&self.unit[self.vocabulary.id(word)? as usize])
    }

    /// The cosine of the angle between two words' vectors: 1 for the same direction, 0 for a right
    /// angle, -1 for opposite directions.
    ///
    /// # Errors
    ///
    /// If a word is unknown.
    pub fn cosine(&self, a: &str, b: &str) -> Result<f32, Error> {
        Ok(dot(self.unit(a)?, self.unit(b)?))
    }

    // ANCHOR: neighbours
    /// The `count` words whose vectors have the largest cosine with that of `word`.
    ///
    /// # Errors
    ///
    /// If a word is unknown.
    pub fn neighbours(&self, word: &str, count: usize) -> Result<Vec<(&str, f32)>, Error> {
        let id = self.vocabulary.id(word)?;
        Ok(self.nearest(&self.unit[id as usize], &[id], count))
    }
    // ANCHOR_END: neighbours

    // ANCHOR: analogy
    /// The `count` best answers to "`a` is to `b` as `c` is to …": the words whose vectors have the
    /// largest cosine with $b - a + c$, the three words themselves left out (Mikolov et al. 2013c).
    ///
    /// # Errors
    ///
    /// If a word is unknown.
    pub fn analogy(&self, a: &str, b: &str, c: &str, count: usize) -> Result<Vec<(&str, f32)>, Error> {
        let ids = [self.vocabulary.id(a)?, self.vocabulary.id(b)?, self.vocabulary.id(c)?];
        Ok(self.nearest(&unit(&self.offset(ids)), &ids, count))
    }

    /// $b - a + c$ of unit vectors.
    fn offset(&self, [a, b, c]: [u32; 3]) -> [f32; DIMENSIONS] {
        let [a, b, c] = [a, b, c].map(|id| &self.unit[id as usize]);
        std::array::from_fn(|i| b[i] - a[i] + c[i])
    }
    // ANCHOR_END: analogy

    /// The id of the best answer to "`a` is to `b` as `c` is to …".
    pub fn best_analogy(&self, words: [u32; 3]) -> Option<u32> {
        let target = self.offset(words);
        let cosines = self.unit.iter().zip(0..).filter(|(_, id)| !words.contains(id));
        // The target's length is the same for all words and does not change the order.
        let best = cosines.map(|(vector, id)| (dot(&target, vector), id));
        best.max_by(|(a, i), (b, j)| a.total_cmp(b).then(j.cmp(i))).map(|(_, id)| id)
    }

    /// The words whose vectors have the largest cosine with a vector of length 1.
    fn nearest(&self, target: &[f32; DIMENSIONS], excluded: &[u32], count: usize) -> Vec<(&str, f32)> {
        let mut cosines: Vec<(f32, u32)> =
            self.unit.par_iter().zip(0..self.unit.len() as u32).map(|(v, id)| (dot(target, v), id)).collect();
        cosines.retain(|(_, id)| !excluded.contains(id));
        cosines.sort_by(|(a, i), (b, j)| b.total_cmp(a).then(i.cmp(j)));
        cosines.truncate(count);
        cosines.into_iter().map(|(cosine, id)| (self.vocabulary.word(id), cosine)).collect()
    }
}

/// The vector divided by its length; zeros stay zeros.
fn unit(vector: &[f32; DIMENSIONS]) -> [f32; DIMENSIONS] {
    let length = dot(vector, vector).sqrt();
    if length == 0.0 { *vector } else { vector.map(|x| x / length) }
}

fn dot(x: &[f32; DIMENSIONS], y: &[f32; DIMENSIONS]) -> f32 {
    crate::fast_step::dot(x, y)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Words whose vectors begin with the given numbers; the rest are zeros.
    pub(crate) fn vectors(words: &[(&str, &[f32])]) -> WordVectors {
        let vocabulary = Vocabulary::from_counts(words.iter().map(|(word, _)| (word.to_string(), 1)));
        let raw = words.iter().map(|(_, v)| std::array::from_fn(|i| v.get(i).copied().unwrap_or(0.0)));
        WordVectors::new(vocabulary, raw.collect())
    }

    #[test]
    fn neighbours_come_by_angle_and_not_by_length() {
        let vectors = vectors(&[("a", &[1.0, 0.0]), ("far", &[9.0, 9.0]), ("near", &[0.1, 0.01])]);
        let neighbours = vectors.neighbours("a", 2).unwrap();
        assert_eq!(neighbours[0].0, "near");
        assert!((neighbours[1].1 - 0.5_f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn an_analogy_leaves_out_the_words_of_the_question() {
        let vectors = vectors(&[
            ("man", &[1.0, 0.0, 0.2]),
            ("woman", &[0.0, 1.0, 0.2]),
            ("king", &[1.0, 0.0, 2.0]),
            ("queen", &[0.0, 1.0, 2.0]),
            ("apple", &[-1.0, -1.0, 0.0]),
        ]);
        assert_eq!(vectors.analogy("man", "woman", "king", 1).unwrap()[0].0, "queen");
        assert_eq!(vectors.best_analogy([0, 1, 2]), Some(3));
        assert!(matches!(vectors.analogy("man", "woman", "kind", 1), Err(Error::UnknownWord { .. })));
    }
}
