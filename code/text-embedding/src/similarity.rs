//! Word pairs that people have rated: do the vectors' cosines rank them as people do?

use crate::Error;
use crate::error::text_of;
use crate::word_vectors::WordVectors;
use std::path::Path;

/// How well cosines rank the pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Spearman's rank correlation between ratings and cosines.
    pub spearman: f64,
    /// Pairs whose words are both in the vocabulary.
    pub covered: usize,
    /// All pairs.
    pub asked: usize,
}

/// Reads a file of rated pairs: a line is two words and then a number, separated by tabs, commas,
/// semicolons or spaces. Columns between the words and the number and after it do not matter, so
/// that WordSim-353, SimLex-999, MEN and their like can be read as they are; nor does a first line
/// that names the columns. Lines that begin with `#` are comments.
///
/// # Errors
///
/// If the file cannot be read, is not UTF-8, or has a line of another form; the error names the line.
pub fn read_pairs(path: &Path) -> Result<Vec<(String, String, f64)>, Error> {
    let text = text_of(path)?;
    let mut pairs = Vec::new();
    for (i, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let separator = ['\t', ';', ','].into_iter().find(|c| line.contains(*c)).unwrap_or(' ');
        let fields: Vec<&str> = line.split(separator).map(str::trim).filter(|f| !f.is_empty()).collect();
        let rating = fields.iter().skip(2).find_map(|field| field.parse::<f64>().ok());
        match rating.filter(|rating| rating.is_finite()) {
            Some(rating) => pairs.push((fields[0].to_owned(), fields[1].to_owned(), rating)),
            None if i == 0 && fields.len() > 2 => {}
            None => {
                return Err(Error::Malformed {
                    path: path.to_owned(),
                    line: i + 1,
                    expected: "two words and a number",
                    found: line.to_owned(),
                });
            }
        }
    }
    Ok(pairs)
}

/// Compares ratings and cosines. `path` is where the pairs come from, for the error.
///
/// # Errors
///
/// If the vectors have no pair with both of its words.
pub fn agreement(
    vectors: &WordVectors,
    pairs: &[(String, String, f64)],
    path: &Path,
) -> Result<Agreement, Error> {
    let (ratings, cosines): (Vec<f64>, Vec<f64>) = pairs
        .iter()
        .filter_map(|(a, b, rating)| {
            let vocabulary = vectors.vocabulary();
            let [a, b] = [a, b].map(|word| vocabulary.get_any_case(word).map(|id| vocabulary.word(id)));
            Some((*rating, f64::from(vectors.cosine(a?, b?).ok()?)))
        })
        .unzip();
    if ratings.is_empty() {
        let words = vectors.vocabulary().len();
        return Err(Error::NothingCovered { what: "pairs", path: path.to_owned(), words });
    }
    Ok(Agreement { spearman: spearman(&ratings, &cosines), covered: ratings.len(), asked: pairs.len() })
}

/// Spearman's rank correlation: Pearson's correlation of the ranks, equal numbers sharing the mean
/// of their ranks. 0 where one side is constant.
///
/// ```
/// use text_embedding::similarity::spearman;
/// assert_eq!(spearman(&[1.0, 2.0, 3.0], &[10.0, 20.0, 90.0]), 1.0);
/// assert_eq!(spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), -1.0);
/// ```
pub fn spearman(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = (ranks(x), ranks(y));
    let mean = (x.len() as f64 + 1.0) / 2.0;
    let product =
        |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum() };
    let scale = (product(&x, &x) * product(&y, &y)).sqrt();
    if scale == 0.0 { 0.0 } else { product(&x, &y) / scale }
}

/// Ranks from 1; equal numbers share the mean of their ranks.
fn ranks(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&i, &j| numbers[i].total_cmp(&numbers[j]));
    let mut ranks = vec![0.0; numbers.len()];
    let mut start = 0;
    for group in order.chunk_by(|&i, &j| numbers[i] == numbers[j]) {
        let rank = start as f64 + (group.len() as f64 + 1.0) / 2.0;
        group.iter().for_each(|&i| ranks[i] = rank);
        start += group.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::word_vectors::tests::vectors;

    #[test]
    fn ties_share_their_rank() {
        // scipy.stats.spearmanr([1, 2, 2, 3, 5], [2, 1, 4, 4, 9]).statistic
        let rho = spearman(&[1.0, 2.0, 2.0, 3.0, 5.0], &[2.0, 1.0, 4.0, 4.0, 9.0]);
        assert!((rho - 0.763_157_894_736_842).abs() < 1e-12, "{rho}");
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), 0.0);
    }

    #[test]
    fn pairs_are_read_and_compared() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "word 1,word 2,mean\n# rated\nA,b,9\na\tc\tN\t1.5\t7\na missing 3\n";
        std::fs::write(file.path(), text).unwrap();
        let pairs = read_pairs(file.path()).unwrap();
        let vectors = vectors(&[("a", &[1.0, 0.0]), ("b", &[1.0, 0.1]), ("c", &[0.0, 1.0])]);
        let agreement = agreement(&vectors, &pairs, file.path()).unwrap();
        assert_eq!(agreement, Agreement { spearman: 1.0, covered: 2, asked: 3 });
    }

    #[test]
    fn a_line_without_a_number_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for text in ["a b 1\na b\n", "a b 1\na b high\n", "a b 1\na b NaN\n"] {
            std::fs::write(file.path(), text).unwrap();
            let error = read_pairs(file.path()).unwrap_err().to_string();
            assert!(error.contains(":2: expected two words and a number"), "{error}");
        }
    }
}
