//! The words of ordinary captions are those of COCO's tokeniser, as
//! `tools/peers/caption_metrics.py --write-tokens` recorded them.

use captioning::tokeniser::tokenise;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    caption: String,
    tokens: String,
}

#[test]
fn ordinary_captions_have_the_words_of_cocos_tokeniser() {
    let Fixture { cases } = serde_json::from_str(include_str!("data/tokens.json")).unwrap();
    assert!(cases.len() >= 40, "{}", cases.len());
    for Case { caption, tokens } in cases {
        assert_eq!(tokenise(&caption), tokens, "{caption:?}");
    }
}

#[test]
fn what_is_not_ordinary_differs_as_documented() {
    for (caption, ours, cocos) in [
        ("€3 and ½", "€ 3 and ½", "$ 3 and 1/2"),
        ("-5 or .5", "5 or 5", "-5 or .5"),
        (":)", "-rrb-", ":-rrb-"),
        ("src/main.rs", "src/main.rs", "src/main rs"),
        ("No. 5", "no 5", "no. 5"),
        ("He and I. Then", "he and i. then", "he and i then"),
        ("'tis", "tis", "'t is"),
    ] {
        assert_eq!(tokenise(caption), ours, "{caption:?}; COCO's is {cocos:?}");
    }
}

proptest! {
    #[test]
    fn any_text_becomes_words_with_single_blanks_between_them(caption in "\\PC*|[a-z'.!? (\\t\\n’-]*") {
        let tokens = tokenise(&caption);
        let words: Vec<&str> = tokens.split_whitespace().collect();
        prop_assert_eq!(words.join(" "), tokens);
    }
}
