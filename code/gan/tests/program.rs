//! The program from outside: its record, its tools, and what it says where something is wrong.

use program_test::{Program, Twice, path, text, turn};
use record::{Record, Tier};
use std::path::Path;

const PROGRAM: Program = Program::new(env!("CARGO_BIN_EXE_gan"));

#[test]
fn a_quick_run_writes_a_whole_record_and_repeats_to_the_number() {
    let _turn = turn();
    let Twice { first, .. } = PROGRAM.repeats(&["--quick", "--steps", "12", "--fresh"]);
    assert_eq!(first.tier, Tier::Quick);
    let believed = |name: &str| first.values[&format!("one_{name}_believed")].number;
    assert!(believed("leak") > believed("clean"), "{} {}", believed("leak"), believed("clean"));
}

#[test]
fn a_sentence_is_painted_and_the_discriminator_asked() {
    let _turn = turn();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hearts.png");
    let quick = ["--quick", "--steps", "6"];
    let painted = PROGRAM
        .run(&[&quick[..], &["--fresh", "--paint", "a red heart", "--out", path(&file)]].concat())
        .success();
    let output = text(&painted.get_output().stdout);
    assert!(
        output.contains("8 pictures of \"a red heart\"") && output.contains("the discriminator"),
        "{output}"
    );
    let sheet = emoji_world::Picture::open(&file).unwrap();
    assert_eq!((sheet.width, sheet.height), (512, 256));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");

    let nowhere = ["--paint", "a red heart", "--out", "no/such/folder/x.png"];
    PROGRAM.complains(&[&quick[..], &nowhere].concat(), 1, &["no/such/folder"]);

    // The players were kept, and are taken up again.
    let judged = PROGRAM
        .run(&[&quick[..], &["--believe", path(&file), "a tree on a pink background"]].concat())
        .success();
    let output = text(&judged.get_output().stdout);
    assert!(output.contains("with a probability of") && output.contains("believes most"), "{output}");
    assert!(!text(&judged.get_output().stderr).contains("training"), "{:?}", judged.get_output());
}

#[test]
fn what_cannot_be_painted_or_believed_is_told_before_any_game() {
    PROGRAM.complains(&["--paint", "two red hearts"], 1, &["two red hearts", "Write, for example"]);
    PROGRAM.complains(&["--paint", "a zebra"], 1, &["word 2", "zebra"]);
    PROGRAM.complains(&["--believe", "no/such.png", "a red heart"], 1, &["no/such.png"]);
    PROGRAM.complains(&["--believe", "one.png"], 2, &["2 values required"]);
    PROGRAM.complains(&["--out", "x.png"], 2, &["--paint"]);
    PROGRAM.complains(&["--steps", "0"], 2, &["--steps"]);
    PROGRAM.complains(
        &["--full-size"],
        1,
        &["compiled for larger pictures", "run gan --device cuda --full-size"],
    );
    PROGRAM.complains(&["--batch", "5"], 2, &["even number of 4 or more"]);
    PROGRAM.complains(&["--seeds", "0"], 2, &["--seeds"]);
    PROGRAM.complains(&["--pages", "--steps", "3"], 1, &["leave --pages out"]);
    PROGRAM.complains(&["--pages", "--quick"], 2, &["--pages", "--quick"]);
}

/// MNIST's files with a few digits, each a bar whose height tells which it is.
fn digits(folder: &Path, labels: &[u8]) {
    let idx = |sizes: &[u32], data: Vec<u8>| -> Vec<u8> {
        let sizes_bytes = sizes.iter().flat_map(|size| size.to_be_bytes());
        [0, 0, 8, sizes.len() as u8].into_iter().chain(sizes_bytes).chain(data).collect()
    };
    let picture = |label: &u8| {
        let dark = move |place: usize| if place / 28 < 2 + 2 * usize::from(*label) { 255 } else { 0 };
        (0..28 * 28).map(dark).collect::<Vec<u8>>()
    };
    let count = labels.len() as u32;
    for part in ["train", "t10k"] {
        let pictures = idx(&[count, 28, 28], labels.iter().flat_map(picture).collect());
        std::fs::write(folder.join(format!("{part}-images-idx3-ubyte")), pictures).unwrap();
        std::fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), idx(&[count], labels.to_vec()))
            .unwrap();
    }
}

#[test]
fn digits_are_learned_from_files_and_measured_by_their_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let labels: Vec<u8> = (0..40).map(|i| i % 10).collect();
    digits(folder.path(), &labels);
    let record = folder.path().join("record");
    PROGRAM
        .run(&["--quick", "--steps", "6", "--data", path(folder.path()), "--record", path(&record)])
        .success();
    let written = Record::load(&record).unwrap();
    assert_eq!(written.values["error_by_real"].number, 0.0, "the test digits are those of training");
    assert!((0.0..=100.0).contains(&written.values["error_by_painted"].number));
    assert!(written.figures.contains_key("digits"));
}

#[test]
fn folders_without_digits_are_answered_with_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    PROGRAM.complains(&["--quick", "--data", path(folder.path())], 1, &["train-images-idx3-ubyte"]);
    digits(folder.path(), &[0, 11]);
    let record = folder.path().join("record");
    let arguments = ["--quick", "--data", path(folder.path()), "--record", path(&record)];
    PROGRAM.complains(&arguments, 1, &["labels from 0 to 9", "found 11"]);
}
