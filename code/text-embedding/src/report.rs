//! The chapter's tables, as text.

use crate::analogies::{Score, total};
use crate::bias::{self, Lean};
use crate::context_words::top;
use crate::one_hot::{cosine, one_hot};
use crate::skip_gram::by_hand;
use crate::toy::{self, Toy};
use crate::vocabulary::Vocabulary;
use crate::word_vectors::WordVectors;
use crate::{Error, corpus};
use lab::table::left as table;

/// The words that the vocabulary has, of those that are wanted; for a text about something else, the
/// 20 words after the 50 most frequent ones.
pub fn known<'a>(vocabulary: &'a Vocabulary, wanted: &[&'a str]) -> Vec<&'a str> {
    let known: Vec<&str> = wanted.iter().copied().filter(|word| vocabulary.get(word).is_some()).collect();
    if known.len() >= 2 {
        return known;
    }
    vocabulary.words().iter().skip(50).chain(vocabulary.words()).take(20).map(String::as_str).collect()
}

fn strings<const N: usize>(row: [&str; N]) -> Vec<String> {
    row.map(str::to_owned).to_vec()
}

/// One-hot vectors of three words and their cosines.
pub fn one_hot_table() -> String {
    let words = ["i32", "u32", "thread"];
    let vectors: Vec<[f32; 3]> = (0..3).map(one_hot::<3>).collect();
    let mut text = String::new();
    for (word, vector) in words.iter().zip(&vectors) {
        text.push_str(&format!("{word:<7} {vector:?}\n"));
    }
    for (i, j) in [(0, 1), (0, 2)] {
        text.push_str(&format!(
            "cosine({}, {}) = {}\n",
            words[i],
            words[j],
            cosine(&vectors[i], &vectors[j])
        ));
    }
    text
}

/// What the tokenizer makes of a few lines.
pub fn token_table() -> String {
    let prose =
        ["The HashMap doesn't keep its keys in order.", "Call `sort_by_key` on a Vec<u8>; see RFC 2119."];
    let code = ["let mut map: HashMap<&str, i32> = HashMap::new(); // An Empty Map."];
    let mut rows = Vec::new();
    for text in prose {
        rows.push(format!("prose  {text}\n       {}", corpus::prose_tokens(text).join(" | ")));
    }
    for text in code {
        rows.push(format!("code   {text}\n       {}", corpus::code_tokens(text).join(" | ")));
    }
    rows.join("\n")
}

/// The example that can be checked by hand.
pub fn by_hand_table() -> String {
    let example = by_hand::example();
    let list = |numbers: &[f32]| numbers.iter().map(|x| format!("{x:>7.4}")).collect::<Vec<_>>().join(" ");
    format!(
        "scores        {}\nprobabilities {}\nloss          {:>7.4}\ngradient of u {}",
        list(&example.scores),
        list(&example.probabilities),
        example.loss,
        list(&example.gradient),
    )
}

/// The toy model's guesses for the words around *cat*.
pub fn toy_table(toy: &Toy) -> String {
    let words = toy::words();
    let mut order: Vec<usize> = (0..words.len()).collect();
    order.sort_by(|&a, &b| toy.around_cat[b].total_cmp(&toy.around_cat[a]));
    let guesses = order.iter().take(6).map(|&i| format!("{:<8} {:.2}", words[i], toy.around_cat[i]));
    format!(
        "{} pairs, loss {:.2} → {:.2} nats a pair\nwords around cat:\n{}",
        toy.pairs,
        toy.losses[0],
        toy.losses[1],
        guesses.collect::<Vec<_>>().join("\n"),
    )
}

/// The most frequent words with their counts and how often subsampling keeps them, and some others.
pub fn vocabulary_table(vocabulary: &Vocabulary, keep: &[f32]) -> String {
    let mut rows = vec![strings(["rank", "word", "count", "kept"])];
    let words = vocabulary.len();
    for rank in [1, 2, 3, 10, 30, 100, 300, 1000, 3000].into_iter().filter(|rank| *rank <= words) {
        let id = rank as u32 - 1;
        rows.push(vec![
            format!("{rank:>4}"),
            vocabulary.word(id).to_owned(),
            format!("{:>6}", vocabulary.counts()[rank - 1]),
            format!("{:>3.0} %", 100.0 * keep[rank - 1]),
        ]);
    }
    table(&rows)
}

/// For some words: the words that really stand around them, and those that the model says.
pub fn context_table(
    vocabulary: &Vocabulary,
    words: &[&str],
    predicted: &[Vec<f64>],
    counted: &[Vec<f64>],
) -> String {
    let names = |ids: Vec<u32>| ids.iter().map(|&id| vocabulary.word(id)).collect::<Vec<_>>().join(" ");
    let mut lines = Vec::new();
    for ((word, predicted), counted) in words.iter().zip(predicted).zip(counted) {
        lines.push(format!("{word}\n  counted    {}", names(top(counted, 8))));
        lines.push(format!("  predicted  {}", names(top(predicted, 8))));
    }
    lines.join("\n")
}

/// Words and their nearest neighbours.
///
/// # Errors
///
/// If a word is unknown.
pub fn neighbour_table(vectors: &WordVectors, words: &[&str]) -> Result<String, Error> {
    let mut rows = Vec::new();
    for word in words {
        let mut row = vec![word.to_string()];
        row.extend(
            vectors.neighbours(word, 4)?.into_iter().map(|(other, cosine)| format!("{other} {cosine:.2}")),
        );
        rows.push(row);
    }
    Ok(table(&rows))
}

/// A few analogies with their three best answers.
pub fn analogy_examples(vectors: &WordVectors) -> String {
    let questions = [
        ["HashMap", "HashSet", "BTreeMap"],
        ["u8", "u16", "i8"],
        ["is", "are", "was"],
        ["read", "reads", "write"],
        ["split", "rsplit", "find"],
        ["minimum", "maximum", "lower"],
    ];
    let mut rows = Vec::new();
    for [a, b, c] in questions {
        if let Ok(answers) = vectors.analogy(a, b, c, 3) {
            let mut row = vec![format!("{a} : {b} :: {c} : ?")];
            row.extend(answers.into_iter().map(|(word, cosine)| format!("{word} {cosine:.2}")));
            rows.push(row);
        }
    }
    table(&rows)
}

/// Scores of all relations, and how parallel the arrows of each are.
pub fn analogy_table(scores: &[Score], parallel: &[Option<f64>], mismatched: &[Option<f64>]) -> String {
    let mut rows = vec![strings(["relation", "right", "of", "", "cosine", "mismatched"])];
    let number = |cosine: Option<f64>| cosine.map_or("     –".into(), |cosine| format!("{cosine:>6.2}"));
    let row = |score: &Score, a, b| {
        vec![
            score.name.clone(),
            format!("{:>5}", score.right),
            format!("{:>3}", score.covered),
            format!("{:>3.0} %", score.percent()),
            a,
            b,
        ]
    };
    let all = scores.iter().zip(parallel).zip(mismatched);
    // A corpus about other things lacks the words of some relations.
    for ((score, &parallel), &mismatched) in all.filter(|((score, _), _)| score.covered > 0) {
        rows.push(row(score, number(parallel), number(mismatched)));
    }
    rows.push(row(&total(scores), String::new(), String::new()));
    table(&rows)
}

/// The words that lean most to Unix and most to Windows, by their vectors.
pub fn bias_table(leans: &[Lean]) -> String {
    if leans.is_empty() {
        return format!("The vocabulary lacks {} or {}: nothing to measure.", bias::UNIX, bias::WINDOWS);
    }
    let mut sorted: Vec<&Lean> = leans.iter().collect();
    sorted.sort_by(|a, b| b.vectors.total_cmp(&a.vectors));
    let mut rows = vec![strings(["word", "vectors", "corpus"])];
    let row = |lean: &Lean| {
        vec![lean.word.clone(), format!("{:>+7.2}", lean.vectors), format!("{:>+6.2}", lean.corpus)]
    };
    let shown = sorted.len().min(6);
    rows.extend(sorted[..shown].iter().map(|lean| row(lean)));
    rows.push(strings(["…"]));
    rows.extend(sorted[sorted.len() - shown..].iter().map(|lean| row(lean)));
    table(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_the_vocabulary_lacks_are_replaced_by_some_it_has() {
        let vocabulary = Vocabulary::from_counts((0..80).map(|i| (format!("w{i}"), 100 - i)));
        assert_eq!(known(&vocabulary, &["w3", "HashMap", "w5"]), ["w3", "w5"]);
        assert_eq!(known(&vocabulary, &["HashMap"])[0], "w50");
    }
}
