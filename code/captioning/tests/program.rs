//! The chapter's program as a reader runs it: what it prints, and what it says to bad input.

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use std::path::Path;

fn program(arguments: &[&str]) -> Assert {
    Command::cargo_bin("captioning").expect("cargo built the program").args(arguments).assert()
}

fn text(bytes: &[u8]) -> String {
    // Long messages are wrapped for the terminal.
    String::from_utf8_lossy(bytes).replace("│", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn complains(arguments: &[&str], code: i32, about: &[&str]) {
    let assert = program(arguments).code(code);
    let error = text(&assert.get_output().stderr);
    assert!(assert.get_output().stdout.is_empty(), "{arguments:?}");
    for part in about {
        // A long word such as a path may be broken too.
        let (error, part) = (error.replace(' ', ""), part.replace(' ', ""));
        assert!(error.contains(&part), "{arguments:?}: expected {part:?} in {error}");
    }
}

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let file = self.folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        Path::to_str(&file).expect("temporary folders have plain names").to_owned()
    }

    /// Four images as hypotheses and references.
    fn good(&self) -> (String, String) {
        let hypotheses = r#"[{"image_id": 1, "caption": "A dog runs on the grass."},
            {"image_id": 2, "caption": "two cats sleep"}, {"image_id": "c.png", "caption": ""},
            {"image_id": 7, "caption": "The bird isn't here!"}]"#;
        let references = r#"{"images": [], "annotations": [
            {"id": 1, "image_id": 1, "caption": "a dog runs on the grass"},
            {"id": 2, "image_id": 2, "caption": "Two cats are sleeping."},
            {"id": 3, "image_id": 2, "caption": "Two cats, asleep"},
            {"id": 4, "image_id": "c.png", "caption": "a bus"},
            {"id": 5, "image_id": 7, "caption": "the bird is n't here"}]}"#;
        (self.write("hypotheses.json", hypotheses), self.write("references.json", references))
    }
}

#[test]
fn captions_are_scored_in_a_table() {
    let files = Files::new();
    let (hypotheses, references) = files.good();
    let output = program(&["--score", &hypotheses, &references]).success().get_output().stdout.clone();
    let output = String::from_utf8(output).unwrap();
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines[0], "images 4, references 5");
    let names: Vec<&str> = lines[1..].iter().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(names, ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr"]);
    // 13 of 14 words match; the references of closest length have 16, "two cats asleep" among them:
    // 13/14 · exp(1 − 16/14).
    assert_eq!(lines[1], format!("BLEU-1   {:.4}", 13.0 / 14.0 * f64::exp(1.0 - 16.0 / 14.0)));
}

#[test]
fn captions_that_are_tokens_already_are_taken_as_they_are() {
    let files = Files::new();
    let (hypotheses, references) = files.good();
    let tokenised = program(&["--score", &hypotheses, &references, "--tokenised"]).success();
    let output = String::from_utf8_lossy(&tokenised.get_output().stdout).into_owned();
    // "A" is not "a" and "grass." is not "grass": of 13 words dog, runs, on, the, cats and bird match.
    assert!(
        output.contains(&format!("BLEU-1   {:.4}", 6.0 / 13.0 * f64::exp(1.0 - 16.0 / 13.0))),
        "{output}"
    );
}

#[test]
fn json_has_every_image_and_repeats_to_the_last_digit() {
    let files = Files::new();
    let (hypotheses, references) = files.good();
    // Every start of the program has its own hash seeds.
    let run =
        || program(&["--json", "--score", &hypotheses, &references]).success().get_output().stdout.clone();
    let first = run();
    for _ in 0..5 {
        assert_eq!(run(), first);
    }
    let report: serde_json::Value = serde_json::from_slice(&first).unwrap();
    let ids: Vec<String> =
        report["images"].as_array().unwrap().iter().map(|image| image["image_id"].to_string()).collect();
    assert_eq!(ids, ["1", "2", "7", "\"c.png\""]);
    assert!((report["images"][0]["cider"].as_f64().unwrap() - 10.0).abs() < 1e-12);
    assert!((report["images"][2]["bleu"][3].as_f64().unwrap() - 1.0).abs() < 1e-8);
    assert_eq!(report["images"][3]["rouge_l"], 0.0);
    assert_eq!(report["corpus"]["bleu"].as_array().unwrap().len(), 4);
}

#[test]
fn a_single_image_has_a_note_that_its_cider_is_nothing() {
    let files = Files::new();
    let hypotheses = files.write("h.json", r#"[{"image_id": 1, "caption": "a dog runs fast"}]"#);
    let caption = r#"{"annotations": [{"image_id": 1, "caption": "A dog runs fast."}]}"#;
    let references = files.write("r.json", caption);
    let assert = program(&["--score", &hypotheses, &references]).success();
    let output = text(&assert.get_output().stdout);
    assert!(output.contains("BLEU-4 1.0000 ROUGE-L 1.0000 CIDEr 0.0000 CIDEr weighs words"), "{output}");
}

#[test]
fn bad_input_is_answered_with_what_was_expected_and_what_to_do() {
    let files = Files::new();
    let (hypotheses, references) = files.good();
    let with_hypotheses = |file: &str, about: &[&str]| complains(&["--score", file, &references], 1, about);
    with_hypotheses("no/such/file.json", &["cannot read no/such/file.json", "Check the name"]);
    with_hypotheses(
        &files.write("broken.json", "[{\"image_id\": 1,\n\"caption\": \"a"),
        &["broken.json:2:13: EOF while parsing a string", "Expected COCO's results"],
    );
    with_hypotheses(&files.write("empty.json", ""), &["empty.json holds no captions", "image_id"]);
    with_hypotheses(&files.write("latin1.json", b"[\"caf\xe9\"]"), &["not UTF-8", "byte 5", "iconv"]);
    with_hypotheses(
        &files.write("twice.json", "[{\"image_id\":1,\"caption\":\"\"},\n{\"image_id\":1,\"caption\":\"\"}]"),
        &["twice.json:2:", "image 1 has a second caption"],
    );
    with_hypotheses(
        &files.write("few.json", r#"[{"image_id": 2, "caption": "x"}]"#),
        &["references.json has captions of image 1,", "few.json has none, and 2 more such images"],
    );
    with_hypotheses(
        &files.write("other.json", r#"[{"image_id": "2", "caption": "x"}]"#),
        &["other.json has a caption of image \"2\"", "references.json has none. Score captions only"],
    );
    with_hypotheses(&references, &["references.json:1:", "expected a list of captions"]);
    complains(&["--score", &hypotheses, &hypotheses], 1, &["hypotheses.json:1:", "COCO's annotations"]);
    let folder = files.folder.path().to_str().unwrap();
    complains(&["--score", folder, &references], 1, &["cannot read"]);
}

#[test]
fn the_command_line_is_explained_where_it_is_wrong() {
    complains(
        &[],
        2,
        &["--score <HYPOTHESES> <REFERENCES>", "The model that writes captions is still to come"],
    );
    complains(&["--json"], 2, &["--score <HYPOTHESES> <REFERENCES>", "required"]);
    complains(&["--score", "one.json"], 2, &["2 values required"]);
    complains(&["--score", "a", "b", "--score", "c", "d"], 2, &["cannot be used multiple times"]);
    complains(&["--scor", "a", "b"], 2, &["--score"]);
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_told_and_is_no_panic() {
    let files = Files::new();
    let (hypotheses, references) = files.good();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let done = std::process::Command::new(assert_cmd::cargo::cargo_bin!("captioning"))
        .args(["--score", &hypotheses, &references])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(1));
    let error = text(&done.stderr);
    assert!(error.contains("cannot print the scores"), "{error}");
}
