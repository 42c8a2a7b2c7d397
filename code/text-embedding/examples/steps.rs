//! The chapter's steps in the order of its pages, as one program; each is a cell of the notebook.
//!
//! `cargo run --release -p text-embedding --example text-embedding-steps`

use lab::Figure;
use text_embedding::train::{Model, Settings};
use text_embedding::vocabulary::Vocabulary;
use text_embedding::word_vectors::WordVectors;
use text_embedding::{analogies, bias, context_words, corpus, figures, report, skip_gram, toy};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // ANCHOR: one_hot
    println!("{}", report::one_hot_table());
    // ANCHOR_END: one_hot

    // ANCHOR: corpus
    let corpus = match corpus::Corpus::of_rust_documentation() {
        Ok(corpus) => corpus,
        Err(error) => {
            println!("{error}; going on with the small corpus");
            corpus::Corpus::small()
        }
    };
    println!("{} pages, {} sentences, {} tokens", corpus.files, corpus.sentences.len(), corpus.token_count());
    // ANCHOR_END: corpus

    // ANCHOR: vocabulary
    let settings = Settings { epochs: 5, ..Settings::default() };
    let vocabulary = Vocabulary::of(&corpus, settings.min_count)?;
    let encoded = vocabulary.encode(&corpus);
    println!("{} words, which cover {} tokens of the corpus", vocabulary.len(), encoded.token_count());
    // ANCHOR_END: vocabulary

    // ANCHOR: by_hand
    let example = skip_gram::by_hand::example();
    println!("{example:?}");
    // ANCHOR_END: by_hand

    // ANCHOR: toy
    let toy = toy::train(1)?;
    println!("{}", report::toy_table(&toy));
    figures::toy_map(&toy)?.show();
    // ANCHOR_END: toy

    // ANCHOR: train
    let mut model = Model::new(vocabulary.len(), settings.seed);
    model.train(&encoded, &vocabulary, &settings, None, |_| {})?;
    println!("loss {:?}, {:.0} words/s", model.losses, model.spent.words_per_second());
    // ANCHOR_END: train

    // ANCHOR: contexts
    let thread = vocabulary.id("thread")?;
    let predicted = context_words::predicted(&model, &vocabulary, thread);
    for id in context_words::top(&predicted, 8) {
        println!("{:10} {:.4}", vocabulary.word(id), predicted[id as usize]);
    }
    // ANCHOR_END: contexts

    // ANCHOR: neighbours
    let vectors = WordVectors::new(vocabulary.clone(), model.input.rows.clone());
    for (word, cosine) in vectors.neighbours("HashMap", 5)? {
        println!("{word:12} {cosine:.2}");
    }
    // ANCHOR_END: neighbours

    // ANCHOR: map
    let map: Figure = figures::principal_map(&vectors)?.0;
    map.show();
    // ANCHOR_END: map

    // ANCHOR: analogy
    for (word, cosine) in vectors.analogy("HashMap", "HashSet", "BTreeMap", 3)? {
        println!("{word:12} {cosine:.2}");
    }
    // ANCHOR_END: analogy

    // ANCHOR: analogies
    let scores = analogies::score(&vectors, &analogies::own_questions());
    println!(
        "{:.1} % of {} questions",
        analogies::total(&scores).percent(),
        analogies::total(&scores).covered
    );
    figures::relations(&scores)?.show();
    // ANCHOR_END: analogies

    // ANCHOR: bias
    let leans = bias::leans(&vectors, &encoded, &settings);
    println!("{}", report::bias_table(&leans));
    // ANCHOR_END: bias

    Ok(())
}
