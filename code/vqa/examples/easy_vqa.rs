//! Turns easy-VQA (Victor Zhou, 2019) into the format of VQA v2.
//!
//! `cargo run --release -p vqa --example easy_vqa -- FROM TO`

use std::path::Path;
use vqa::vqa_v2::{Annotation, Annotations, QuestionEntry, Questions};

// ANCHOR: convert
fn convert(from: &Path, to: &Path, part: &str) -> Result<usize, Box<dyn std::error::Error>> {
    let list = from.join(part).join("questions.json");
    let text = std::fs::read(&list).map_err(|error| format!("cannot read {}: {error}", list.display()))?;
    let list: Vec<(String, String, u64)> = serde_json::from_slice(&text)?;
    let (mut questions, mut annotations) = (Vec::new(), Vec::new());
    for (question_id, (question, answer, image_id)) in (0..).zip(list) {
        questions.push(QuestionEntry { question_id, image_id, question });
        annotations.push(Annotation {
            question_id,
            answer_type: if answer == "yes" || answer == "no" { "yes/no" } else { "other" }.to_owned(),
            multiple_choice_answer: answer,
            answers: vec![],
        });
    }
    let count = questions.len();
    std::fs::create_dir_all(to.join(part))?;
    for picture in std::fs::read_dir(from.join(part).join("images"))? {
        let picture = picture?;
        std::fs::copy(picture.path(), to.join(part).join(picture.file_name()))?;
    }
    let questions = Questions { data_subtype: part.to_owned(), questions };
    std::fs::write(to.join(format!("{part}_questions.json")), serde_json::to_vec(&questions)?)?;
    let annotations = serde_json::to_vec(&Annotations { annotations })?;
    std::fs::write(to.join(format!("{part}_annotations.json")), annotations)?;
    Ok(count)
}
// ANCHOR_END: convert

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = &arguments[..] else {
        return Err("expected two folders: easy-VQA's `data`, and one to write into".into());
    };
    for part in ["train", "test"] {
        let count = convert(Path::new(from), Path::new(to), part).map_err(|error| error.to_string())?;
        println!("{part}: {count} questions");
    }
    Ok(())
}
