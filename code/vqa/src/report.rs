//! Tables as text.

use crate::evaluate::Accuracy;
use crate::eye::Called;
use crate::words;
use emoji_world::QuestionType;
use emoji_world::question::Example;

/// What eyes call shapes in new colours.
pub fn new_colours(names: &Called) -> String {
    let mut rows = vec![["", "kind right, %", "colour too, %", "else mostly"].map(str::to_owned).to_vec()];
    for ((colour, kind), names) in names {
        let (shape, kind) = (format!("{colour} {kind}"), kind.to_string());
        let all: usize = names.values().sum();
        let share = |wanted: &dyn Fn(&str) -> bool| {
            let right: usize = names.iter().filter(|(name, _)| wanted(name)).map(|(_, count)| count).sum();
            format!("{:.1}", 100.0 * right as f64 / all as f64)
        };
        let other = names.iter().filter(|(name, _)| **name != shape).max_by_key(|(_, count)| **count);
        rows.push(vec![
            shape.clone(),
            share(&|name| name.split(' ').next_back() == Some(&kind)),
            share(&|name| name == shape),
            other.map_or("–", |(name, _)| name).to_owned(),
        ]);
    }
    lab::table::right(&rows)
}

/// A type of questions in words.
pub fn title(kind: QuestionType) -> &'static str {
    match kind {
        QuestionType::WhatIsIt => "what is it",
        QuestionType::WhatColour => "what colour",
        QuestionType::IsThere => "is there",
        QuestionType::HowMany => "how many",
        QuestionType::IsRelated => "is A left of B",
        QuestionType::WhatIsRelated => "what is left of B",
        QuestionType::AreThereMore => "more A than B",
        QuestionType::SameKind => "same kind",
    }
}

fn percent(shares: &[f64]) -> String {
    if shares.is_empty() { "–".to_owned() } else { format!("{:.1}", 100.0 * record::mean(shares)) }
}

/// Shares of right answers in percent: a row a type of questions, a column a network; means over the seeds.
pub fn by_type(columns: &[(&str, Vec<&Accuracy>)]) -> String {
    let mut rows = vec![
        std::iter::once("right, %")
            .chain(columns.iter().map(|(name, _)| *name))
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    ];
    for kind in QuestionType::ALL {
        let shares = |all: &[&Accuracy]| {
            percent(&all.iter().filter_map(|one| one.types.get(&kind).copied()).collect::<Vec<_>>())
        };
        rows.push(
            std::iter::once(title(kind).to_owned())
                .chain(columns.iter().map(|(_, all)| shares(all)))
                .collect(),
        );
    }
    let overall = |all: &[&Accuracy]| percent(&all.iter().map(|one| one.overall).collect::<Vec<_>>());
    rows.push(std::iter::once("all".to_owned()).chain(columns.iter().map(|(_, all)| overall(all))).collect());
    lab::table::right(&rows)
}

/// Questions as the network reads them.
pub fn pieces(questions: &[&str]) -> String {
    let rows: Vec<Vec<String>> = questions
        .iter()
        .map(|question| vec![(*question).to_owned(), words::read(question).join(" · ")])
        .collect();
    lab::table::left(&rows)
}

/// Questions beside their complements.
pub fn complements(pairs: &[(Example, Example)]) -> String {
    let said = |example: &Example| format!("{} {}", example.question.text, example.question.answer);
    let rows: Vec<Vec<String>> = pairs.iter().map(|(one, other)| vec![said(one), said(other)]).collect();
    lab::table::left(&rows)
}

/// The first few questions that were answered wrongly, one of each type: what was said, and what is right.
pub fn wrong(asked: &[Example], said: &[usize], most: usize) -> String {
    let names = words::answer_names();
    let mut kinds = Vec::new();
    let mut rows = vec![["question", "said", "right"].map(str::to_owned).to_vec()];
    for (one, said) in asked.iter().zip(said) {
        let (kind, right) = (one.question.meaning.question_type(), one.question.answer);
        if words::answer_number(right) != *said && !kinds.contains(&kind) && rows.len() <= most {
            kinds.push(kind);
            rows.push(vec![one.question.text.clone(), names[*said].clone(), right.to_string()]);
        }
    }
    lab::table::left(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use emoji_world::{Colour, Kind};

    #[test]
    fn names_of_shapes_are_counted_by_kind_and_by_both() {
        let names = [("green heart", 6), ("heart", 1), ("brown heart", 2), ("nothing", 1)];
        let names = names.map(|(name, count)| (name.to_owned(), count)).into();
        let table = new_colours(&[((Colour::Green, Kind::named("heart").unwrap()), names)].into());
        let cells: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(cells, ["green", "heart", "90.0", "60.0", "brown", "heart"]);
    }
}
