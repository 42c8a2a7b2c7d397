//! Analogies: do equal differences between words give equal differences between vectors?
//!
//! Scored as word2vec's `compute-accuracy` does: a question counts if all of its four words are in
//! the vocabulary, and is right if the best answer, the question's own words left out, is the
//! fourth word. A word that the vocabulary lacks as it is written is looked up in small letters
//! (*Athens*, *athens*); `compute-accuracy` writes all words in capitals, which would make one word of
//! `Vec` and *vec*.

use crate::Error;
use crate::error::text_of;
use crate::word_vectors::WordVectors;
use rayon::prelude::*;
use std::path::Path;

/// The book's own questions: regularities in the names of Rust's library and in English verbs.
const QUESTIONS: &str = include_str!("../data/questions.txt");

/// One relation and its questions, each "`a` is to `b` as `c` is to `d`".
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// Its name.
    pub name: String,
    /// The questions.
    pub questions: Vec<[String; 4]>,
}

/// How many of a relation's questions were answered rightly.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The relation's name.
    pub name: String,
    /// Questions answered rightly.
    pub right: usize,
    /// Questions whose words are all in the vocabulary.
    pub covered: usize,
    /// All questions.
    pub asked: usize,
    /// For each covered question: how often its rarest word occurs, and whether it was answered
    /// rightly.
    pub by_count: Vec<(u64, bool)>,
}

impl Score {
    /// Right answers in percent of the covered questions; 0 where none is covered.
    pub fn percent(&self) -> f64 {
        100.0 * self.right as f64 / self.covered.max(1) as f64
    }
}

/// The book's own questions.
pub fn own_questions() -> Vec<Relation> {
    parse(QUESTIONS, Path::new("data/questions.txt")).expect("the book's own questions are well formed")
}

/// Reads a file of questions in Google's format: a line `: name` begins a relation, every other
/// line has four words.
///
/// # Errors
///
/// If the file cannot be read, is not UTF-8, or has a line of another form or no question; the error names
/// the line.
pub fn read_questions(path: &Path) -> Result<Vec<Relation>, Error> {
    let text = text_of(path)?;
    parse(&text, path)
}

fn parse(text: &str, path: &Path) -> Result<Vec<Relation>, Error> {
    let mut relations: Vec<Relation> = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let malformed = |expected| Error::Malformed {
            path: path.to_owned(),
            line: i + 1,
            expected,
            found: line.to_owned(),
        };
        if let Some(name) = line.strip_prefix(':') {
            relations.push(Relation { name: name.trim().to_owned(), questions: Vec::new() });
        } else if !line.trim().is_empty() {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let words = words.try_into().map_err(|_| malformed("four words"))?;
            let relation =
                relations.last_mut().ok_or_else(|| malformed("a relation (`: name`) before questions"))?;
            relation.questions.push(words);
        }
    }
    if relations.iter().all(|relation| relation.questions.is_empty()) {
        return Err(Error::Malformed {
            path: path.to_owned(),
            line: text.lines().count().max(1),
            expected: "at least one question of four words",
            found: String::new(),
        });
    }
    Ok(relations)
}

// ANCHOR: score
/// Scores every relation.
pub fn score(vectors: &WordVectors, relations: &[Relation]) -> Vec<Score> {
    let vocabulary = vectors.vocabulary();
    let score_of = |relation: &Relation| {
        let ids = |words: &[String; 4]| -> Option<[u32; 4]> {
            let ids: Option<Vec<u32>> = words.iter().map(|word| vocabulary.get_any_case(word)).collect();
            ids?.try_into().ok()
        };
        let covered: Vec<[u32; 4]> = relation.questions.iter().filter_map(ids).collect();
        let answer = |&[a, b, c, d]: &[u32; 4]| {
            let rarest = [a, b, c, d].map(|id| vocabulary.counts()[id as usize]).into_iter().min();
            (rarest.unwrap_or(0), vectors.best_analogy([a, b, c]) == Some(d))
        };
        let by_count: Vec<(u64, bool)> = covered.par_iter().map(answer).collect();
        Score {
            name: relation.name.clone(),
            right: by_count.iter().filter(|(_, right)| *right).count(),
            covered: covered.len(),
            asked: relation.questions.len(),
            by_count,
        }
    };
    relations.iter().map(score_of).collect()
}
// ANCHOR_END: score

/// All relations' scores as one.
pub fn total(scores: &[Score]) -> Score {
    Score {
        name: "all".into(),
        right: scores.iter().map(|score| score.right).sum(),
        covered: scores.iter().map(|score| score.covered).sum(),
        asked: scores.iter().map(|score| score.asked).sum(),
        by_count: scores.iter().flat_map(|score| score.by_count.clone()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::word_vectors::tests::vectors;

    #[test]
    fn the_books_own_questions_are_many_and_of_many_kinds() {
        let relations = own_questions();
        assert!(relations.len() >= 8);
        assert!(relations.iter().map(|relation| relation.questions.len()).sum::<usize>() >= 200);
        for [a, b, c, d] in relations.iter().flat_map(|relation| &relation.questions) {
            assert!(![a, b, c].contains(&d), "{a} {b} {c} {d} cannot be answered");
        }
    }

    #[test]
    fn questions_with_unknown_words_are_not_counted() {
        let vectors = vectors(&[
            ("i8", &[1.0, 0.0, 0.1]),
            ("u8", &[0.0, 1.0, 0.1]),
            ("i16", &[1.0, 0.0, 1.0]),
            ("u16", &[0.0, 1.0, 1.0]),
        ]);
        let text = ": sign\ni8 u8 i16 u16\ni8 u8 i32 u32\ni8 i16 u8 u16\n";
        let scores = score(&vectors, &parse(text, Path::new("q")).unwrap());
        let score = &scores[0];
        assert_eq!((score.right, score.covered, score.asked), (2, 2, 3));
        assert_eq!(total(&scores).percent(), 100.0);
    }

    #[test]
    fn malformed_lines_are_named() {
        for (text, expected) in [
            (": r\na b c d\na b c\n", "q.txt:3: expected four words, found \"a b c\""),
            ("a b c d\n", "q.txt:1: expected a relation"),
            ("", "q.txt:1: expected at least one question"),
        ] {
            let error = parse(text, Path::new("q.txt")).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
