//! The chapter's program as a reader runs it: what it writes, and what it says to bad input.

use program_test::{Program, Twice, path, text};
use record::{Record, Tier};
use std::path::Path;

const PROGRAM: Program = Program::new(env!("CARGO_BIN_EXE_text-embedding"));

#[test]
fn a_quick_run_writes_a_whole_record_and_repeats_to_the_number() {
    let Twice { first, .. } = PROGRAM.repeats(&["--quick", "--fresh"]);
    assert_eq!(first.tier, Tier::Quick);
    assert!(first.values["loss_last"].number < first.values["loss_first"].number);
    assert!(
        first.values["context_precision"].number > 2.0 * first.values["context_precision_of_counts"].number
    );
}

#[test]
fn any_text_can_be_embedded_and_its_vectors_exported_and_scored() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let corpus: String =
        (0..400).map(|i| format!("the w{} likes the w{} of w{}\n", i % 19, i % 7, i % 11)).collect();
    std::fs::write(file("corpus.txt"), corpus).unwrap();
    std::fs::write(file("questions.txt"), ": made up\nw1 w2 w3 w4\nw1 w2 nobody w4\n").unwrap();
    std::fs::write(file("pairs.txt"), "w1 w2 3.5\nw3,w4,1.0\nthe of 2\n").unwrap();
    let (corpus, vectors) = (file("corpus.txt"), file("vectors.txt"));
    let train = ["--data", path(&corpus), "--export", path(&vectors), "--epochs", "2"];
    let output = text(&PROGRAM.run(&train).success().get_output().stdout);
    assert!(output.contains("words/s: "), "{output}");
    let (questions, pairs) = (file("questions.txt"), file("pairs.txt"));
    let score = ["--vectors", path(&vectors), "--questions", path(&questions), "--pairs", path(&pairs)];
    let output = text(&PROGRAM.run(&score).success().get_output().stdout);
    assert!(
        output.contains("made up:") && output.contains("2 asked") && output.contains("of 3 pairs"),
        "{output}"
    );
    let asked = ["--vectors", path(&vectors), "--near", "w1", "the", "--analogy", "w1", "w2", "w3"];
    let output = text(&PROGRAM.run(&asked).success().get_output().stdout);
    assert!(output.contains("w1 : w2 :: w3: "), "{output}");
    assert_eq!(output.matches(", ").count(), 7 + 7 + 2, "{output}");
    PROGRAM.complains(&["--vectors", path(&vectors), "--near", "w111"], 1, &["w111", "the nearest is"]);
    PROGRAM.complains(&["--analogy", "w1", "w2"], 2, &["3 values required"]);
    let record = file("record");
    PROGRAM.run(&["--data", path(&corpus), "--record", path(&record), "--epochs", "1", "--fresh"]).success();
    let record = Record::load(&record).unwrap();
    assert_eq!(record.data.keys().next().map(String::as_str), Some(path(&corpus)));
    // The chapter's own examples tell nothing about somebody else's text.
    assert!(record.outputs.contains_key("neighbours") && !record.outputs.contains_key("toy"));
}

#[test]
fn bad_input_is_answered_with_what_was_expected_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let file = folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        path(&file).to_owned()
    };
    let record = path(&folder.path().join("record")).to_owned();
    let with_data =
        |file: &str, about: &[&str]| PROGRAM.complains(&["--data", file, "--record", &record], 1, about);
    with_data("no/such/file.txt", &["cannot read", "no/such/file.txt"]);
    with_data(path(folder.path()), &["expected a text file, found the folder", "cat"]);
    with_data(&write("empty.txt", b""), &["holds no words"]);
    with_data(&write("latin1.txt", b"caf\xe9 au lait"), &["not UTF-8", "byte 3", "iconv"]);
    with_data(&write("short.txt", b"one two three"), &["occur at least 5 times", "Give a longer text"]);
    let three = write("three.txt", b": r\na b c\n");
    PROGRAM.complains(&["--questions", &three], 1, &["three.txt:2", "expected four words", "a b c"]);
    let pairs = write("pairs.txt", b"a b\n");
    PROGRAM.complains(&["--pairs", &pairs], 1, &["pairs.txt:1", "two words and a number"]);
    let vectors = write("vectors.txt", b"2 100\nword 1 2 3\n");
    PROGRAM.complains(&["--vectors", &vectors, "--questions", &three], 1, &["three.txt:2"]);
    PROGRAM.complains(
        &["--vectors", &vectors, "--pairs", &write("ok.txt", b"a b 1\n")],
        1,
        &["vectors.txt:2"],
    );
    PROGRAM.complains(&["--quik"], 2, &["--quick"]);
    PROGRAM.complains(&["--epochs", "0"], 2, &["--epochs"]);
    let below_a_file = format!("{three}/vectors.txt");
    PROGRAM.complains(&["--export", &below_a_file], 1, &["cannot write", "vectors.txt"]);
    with_data(&write("lines.txt", b"one\ntwo\nthree\n"), &["no words to learn from"]);
}

#[test]
fn a_checkpoint_that_is_broken_is_not_gone_on_with_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    // Its own seed, so that no other test has the same checkpoint.
    let seed = ["--quick", "--seed", "7001", "--record", path(&record)];
    PROGRAM.run(&[&seed[..], &["--fresh"]].concat()).success();
    let before = std::fs::read(record.join(record::FILE_NAME)).unwrap();
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let checkpoint = book.join("target/checkpoints/text-embedding-quick-seed7001.safetensors");
    std::fs::write(&checkpoint, b"not a checkpoint").unwrap();
    PROGRAM.complains(&seed, 1, &["is not a whole checkpoint", "--fresh"]);
    assert_eq!(std::fs::read(record.join(record::FILE_NAME)).unwrap(), before);
    PROGRAM.run(&[&seed[..], &["--fresh"]].concat()).success();
    assert!(!checkpoint.exists(), "a finished run leaves no checkpoint");
}

#[cfg(unix)]
#[test]
fn without_documentation_the_small_corpus_stands_in_and_the_remedy_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    // A compiler that has no documentation.
    let rustc = folder.path().join("rustc");
    std::fs::write(&rustc, format!("#!/bin/sh\necho {}\n", folder.path().display())).unwrap();
    std::fs::set_permissions(&rustc, std::fs::Permissions::from_mode(0o755)).unwrap();
    let record = folder.path().join("record");
    let path_variable = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let assert = PROGRAM
        .command()
        .env("PATH", path_variable)
        .args(["--epochs", "1", "--seed", "7005", "--fresh", "--record", path(&record)])
        .assert()
        .success();
    let said = text(&assert.get_output().stderr);
    assert!(said.contains("rustup component add rust-docs") && said.contains("small corpus"), "{said}");
    let record = Record::load(&record).unwrap();
    assert!(record.data.contains_key("built-in small corpus"), "{:?}", record.data);
}

#[test]
fn a_record_folder_that_cannot_be_written_is_noticed_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    // A file where a folder is wanted: also the administrator cannot write there.
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let record = file.join("record");
    PROGRAM.complains(&["--quick", "--record", path(&record)], 1, &["cannot write", "--record DIR"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_run_with_130_and_the_next_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    let seed = ["--quick", "--seed", "7003", "--epochs", "40", "--record", path(&record)];
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    for seed in [7003, 7004] {
        // What an earlier test run may have left.
        let checkpoint = format!("target/checkpoints/text-embedding-quick-seed{seed}.safetensors");
        let _ = std::fs::remove_file(book.join(checkpoint));
    }
    // "seed 7003: …" is printed when the first seed is done and its checkpoint written.
    PROGRAM.stops_after(&seed, "seed 7003:");
    assert!(!record.join(record::FILE_NAME).exists(), "no half record");
    let output = text(&PROGRAM.run(&seed).success().get_output().stdout);
    assert!(output.contains("seed 7003: going on after epoch 40"), "{output}");
    assert!(record.join(record::FILE_NAME).exists());
}

#[test]
fn an_exported_model_can_be_read_back_with_the_same_scores() {
    let folder = tempfile::tempdir().unwrap();
    let (vectors, questions) = (folder.path().join("vectors.txt"), folder.path().join("questions.txt"));
    std::fs::write(&questions, ": sign\ni16 u16 i32 u32\ni32 u32 i16 u16\n").unwrap();
    let train = ["--quick", "--export", path(&vectors), "--questions", path(&questions)];
    let trained = text(&PROGRAM.run(&train).success().get_output().stdout);
    let read = text(
        &PROGRAM
            .run(&["--vectors", path(&vectors), "--questions", path(&questions)])
            .success()
            .get_output()
            .stdout,
    );
    let scores = |output: &str| output[output.find("sign:").unwrap()..].to_owned();
    assert_eq!(scores(&trained), scores(&read));
}
