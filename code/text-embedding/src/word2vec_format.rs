//! word2vec's text format, which gensim and many others read: a line with the number of words and
//! of dimensions, then a line a word.

use crate::error::text_of;
use crate::vocabulary::Vocabulary;
use crate::word_vectors::WordVectors;
use crate::{DIMENSIONS, Error};
use std::fmt::Write as _;
use std::path::Path;

/// Writes the vectors as trained, the most frequent word first.
///
/// # Errors
///
/// If the file cannot be written.
pub fn export(vectors: &WordVectors, path: &Path) -> Result<(), Error> {
    let mut text = format!("{} {DIMENSIONS}\n", vectors.raw().len());
    for (word, vector) in vectors.vocabulary().words().iter().zip(vectors.raw()) {
        text.push_str(word);
        for number in vector {
            // The shortest text that reads back as the same number. Writing to a String cannot fail.
            let _ = write!(text, " {number}");
        }
        text.push('\n');
    }
    Ok(record::write_atomically(path, text.as_bytes())?)
}

/// Reads vectors of [`DIMENSIONS`] numbers. The format tells no counts: they are all 0.
///
/// # Errors
///
/// If the file cannot be read, is not UTF-8, or is of another form; the error names the line.
pub fn import(path: &Path) -> Result<WordVectors, Error> {
    let text = text_of(path)?;
    let malformed = |line: usize, expected: &'static str, found: &str| Error::Malformed {
        path: path.to_owned(),
        line,
        expected,
        found: found.chars().take(60).collect(),
    };
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let words = match header.split(' ').map(str::parse).collect::<Result<Vec<usize>, _>>() {
        Ok(numbers) if numbers.len() == 2 && numbers[1] == DIMENSIONS => numbers[0],
        _ => return Err(malformed(1, "the number of words and 100 dimensions", header)),
    };
    let (mut names, mut vectors) = (Vec::new(), Vec::new());
    for (i, line) in lines.enumerate() {
        let mut fields = line.trim_end().split(' ');
        let name = fields.next().unwrap_or_default();
        let numbers: Result<Vec<f32>, _> = fields.map(str::parse).collect();
        let vector = numbers.ok().and_then(|numbers| <[f32; DIMENSIONS]>::try_from(numbers).ok());
        vectors.push(vector.ok_or_else(|| malformed(i + 2, "a word and 100 numbers", line))?);
        names.push((name.to_owned(), 0));
    }
    if names.len() != words {
        let found = format!("{} words", names.len());
        return Err(malformed(1, "as many words as the first line says", &found));
    }
    Ok(WordVectors::new(Vocabulary::from_counts(names), vectors))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::word_vectors::tests::vectors;

    #[test]
    fn what_was_exported_is_read_back_to_the_bit() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let vectors = vectors(&[("HashMap", &[0.1, -1e-30, 3.4e38]), ("ü", &[1.0 / 3.0])]);
        export(&vectors, file.path()).unwrap();
        let read = import(file.path()).unwrap();
        assert_eq!(read.raw(), vectors.raw());
        assert_eq!(read.vocabulary().words(), vectors.vocabulary().words());
    }

    #[test]
    fn truncated_files_are_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let vectors = vectors(&[("a", &[1.0]), ("b", &[2.0])]);
        export(&vectors, file.path()).unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        let after_one_word = text.match_indices('\n').nth(1).unwrap().0;
        for length in [0, 3, 10, after_one_word, text.len() - 20] {
            std::fs::write(file.path(), &text[..length]).unwrap();
            assert!(matches!(import(file.path()), Err(Error::Malformed { .. })), "{length}");
        }
    }
}
