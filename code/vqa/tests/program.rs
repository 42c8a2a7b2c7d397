//! The program from outside: its record, its tools, and what it says where something is wrong.

use program_test::{Program, Twice, path, text, turn};
use record::{Record, Tier};

const PROGRAM: Program = Program::new(env!("CARGO_BIN_EXE_vqa"));

#[test]
fn a_quick_run_writes_a_whole_record_and_repeats_to_the_number() {
    let _turn = turn();
    let Twice { first, .. } = PROGRAM.repeats(&["--quick", "--steps", "20", "--fresh"]);
    assert_eq!(first.tier, Tier::Quick);
}

#[test]
fn a_question_is_answered_and_the_looks_are_drawn() {
    let _turn = turn();
    let folder = tempfile::tempdir().unwrap();
    let (picture, looks) = (folder.path().join("grey.png"), folder.path().join("looks.png"));
    std::fs::write(&picture, emoji_world::Picture::filled(80, 60, [0.5; 3]).to_png()).unwrap();
    let ask = ["--quick", "--steps", "10", "--fresh", "--ask", path(&picture), "how many dogs are there?"];
    let done = PROGRAM.run(&[&ask[..], &["--looks", path(&looks)]].concat()).success();
    let output = text(&done.get_output().stdout);
    assert!(output.contains("how many dogs are there?") && output.contains("looks.png"), "{output}");
    let sheet = emoji_world::Picture::open(&looks).unwrap();
    assert_eq!((sheet.width, sheet.height), (896, 672));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside it");

    // The network was kept, and is taken up again: the same question gets the same answer.
    let again =
        PROGRAM.run(&["--quick", "--steps", "10", "--ask", path(&picture), "how many dogs are there?"]);
    let again = text(&again.success().get_output().stdout);
    assert!(output.starts_with(&again), "{output} {again}");

    // One that was trained otherwise is not taken for it.
    let other =
        PROGRAM.run(&["--quick", "--steps", "5", "--ask", path(&picture), "how many dogs are there?"]);
    let error = text(&other.success().get_output().stderr);
    assert!(error.contains("training one anew"), "{error}");
}

#[test]
fn what_cannot_be_asked_is_said_before_anything_is_trained() {
    PROGRAM.complains(&["--ask", "no-such.png", "is there a dog?"], 1, &["no-such.png"]);
    PROGRAM.complains(
        &["--ask", "no-such.png", "is there a unicorn?"],
        1,
        &["unicorn", "Ask as training does"],
    );
    let folder = tempfile::tempdir().unwrap();
    let scene = folder.path().join("scene.png");
    let drawn = text(&PROGRAM.run(&["--scene", path(&scene)]).success().get_output().stdout);
    assert!(drawn.contains("the right answer is ") && drawn.contains("--ask"), "{drawn}");
    let picture = emoji_world::Picture::open(&scene).unwrap();
    assert_eq!((picture.width, picture.height), (vqa::SIDE, vqa::SIDE));
    PROGRAM.complains(&["--ask", "is there a dog?", path(&scene)], 1, &["file and then a question", "Swap"]);
    PROGRAM.complains(&["--ask", "one.png"], 2, &["FILE", "QUESTION"]);
    PROGRAM.complains(&["--looks", "x.png"], 2, &["--ask"]);
    PROGRAM.complains(&["--ask", "a.png", "is there a dog?", "--looks", "x.jpg"], 2, &["ends in .png"]);
    let picture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../chapters/book.png");
    PROGRAM.complains(
        &["--ask", picture, "is there a dog?", "--looks", "no/such/folder/x.png"],
        1,
        &["no/such/folder"],
    );
    PROGRAM.complains(&["--batch", "1"], 2, &["2 or more"]);
    PROGRAM.complains(
        &["--full-size"],
        1,
        &["compiled for larger pictures", "run vqa --device cuda --full-size"],
    );
    PROGRAM.complains(&["--data", "no-such-folder"], 1, &["no-such-folder"]);
}

/// A set of pictures that are red or blue, and questions about them, in the format of VQA v2.
fn folder_of_colours() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (part, count) in [("train", 24), ("val", 8)] {
        std::fs::create_dir(folder.path().join(part)).unwrap();
        let (mut questions, mut annotations) = (Vec::new(), Vec::new());
        for i in 0..count {
            let (colour, name) =
                if i % 2 == 0 { ([0.9, 0.1, 0.1], "red") } else { ([0.1, 0.1, 0.9], "blue") };
            let file = folder.path().join(part).join(format!("{i}.png"));
            std::fs::write(file, emoji_world::Picture::filled(56, 56, colour).to_png()).unwrap();
            questions.push(format!(
                r#"{{"question_id": {i}, "image_id": {i}, "question": "Which colour is it?"}}"#
            ));
            annotations.push(format!(r#"{{"question_id": {i}, "multiple_choice_answer": "{name}"}}"#));
        }
        let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
        let questions = questions.join(",");
        write(
            &format!("{part}_questions.json"),
            format!(r#"{{"data_subtype": "{part}", "questions": [{questions}]}}"#),
        );
        write(
            &format!("{part}_annotations.json"),
            format!(r#"{{"annotations": [{}]}}"#, annotations.join(",")),
        );
    }
    folder
}

#[test]
fn questions_of_ones_own_are_learned() {
    let folder = folder_of_colours();
    let record = folder.path().join("record");
    PROGRAM
        .run(&["--steps", "30", "--batch", "16", "--data", path(folder.path()), "--record", path(&record)])
        .success();
    let record = Record::load(&record).unwrap();
    let accuracy = |name: &str| record.values[&format!("{name}_accuracy")].number;
    assert_eq!(accuracy("majority"), 50.0);
    assert_eq!(accuracy("question"), 50.0);
    assert!(accuracy("both") > 80.0, "{}", accuracy("both"));
}

#[test]
fn a_broken_picture_is_told_before_anything_is_trained() {
    let folder = folder_of_colours();
    std::fs::write(folder.path().join("train/23.png"), "broken").unwrap();
    let done = PROGRAM.run(&["--steps", "1", "--batch", "2", "--data", path(folder.path())]).code(1);
    let output = done.get_output();
    let error = String::from_utf8_lossy(&output.stderr).replace(['\n', ' ', '│'], "");
    assert!(error.contains("23.pngisnotapicture"), "{error}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "", "a table was printed");
}
