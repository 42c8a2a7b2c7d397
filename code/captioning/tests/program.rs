//! The chapter's program as a reader runs it: what it prints, and what it says to bad input.

use emoji_world::Picture;
use program_test::{MadeUp, Program, Twice, path, text};
use record::{Record, Tier};
use std::path::Path;

const PROGRAM: Program = Program::new(env!("CARGO_BIN_EXE_captioning"));

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
    let output = PROGRAM.run(&["--score", &hypotheses, &references]).success().get_output().stdout.clone();
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
    let tokenised = PROGRAM.run(&["--score", &hypotheses, &references, "--tokenised"]).success();
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
    let run = || {
        PROGRAM.run(&["--json", "--score", &hypotheses, &references]).success().get_output().stdout.clone()
    };
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
    let assert = PROGRAM.run(&["--score", &hypotheses, &references]).success();
    let output = text(&assert.get_output().stdout);
    assert!(output.contains("BLEU-4 1.0000 ROUGE-L 1.0000 CIDEr 0.0000 CIDEr weighs words"), "{output}");
}

#[test]
fn bad_input_is_answered_with_what_was_expected_and_what_to_do() {
    let files = Files::new();
    let (hypotheses, references) = files.good();
    let with_hypotheses =
        |file: &str, about: &[&str]| PROGRAM.complains(&["--score", file, &references], 1, about);
    with_hypotheses("no/such/file.json", &["cannot read no/such/file.json", "Check the name"]);
    with_hypotheses(
        &files.write("broken.json", "[{\"image_id\": 1,\n\"caption\": \"a"),
        &["broken.json:2:13: EOF while parsing a string", "Expected COCO's results"],
    );
    with_hypotheses(&files.write("empty.json", ""), &["empty.json holds no captions", "image_id"]);
    with_hypotheses(
        &files.write("latin1.json", b"[\n\"caf\xe9\"]"),
        &["latin1.json:2: expected UTF-8", "iconv"],
    );
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
    PROGRAM.complains(
        &["--score", &hypotheses, &hypotheses],
        1,
        &["hypotheses.json:1:", "COCO's annotations"],
    );
    let folder = files.folder.path().to_str().unwrap();
    PROGRAM.complains(&["--score", folder, &references], 1, &["cannot read"]);
}

#[test]
fn the_command_line_is_explained_where_it_is_wrong() {
    PROGRAM.complains(&["--json"], 2, &["--score <HYPOTHESES> <REFERENCES>", "required"]);
    PROGRAM.complains(&["--steps", "0"], 2, &["--steps"]);
    PROGRAM.complains(
        &["--full-size"],
        1,
        &["compiled for larger pictures", "run captioning --device cuda --full-size"],
    );
    PROGRAM.complains(&["--batch", "1"], 2, &["--batch", "2 or more"]);
    PROGRAM.complains(&["--quik"], 2, &["--quick"]);
    PROGRAM.complains(&["--score", "one.json"], 2, &["2 values required"]);
    PROGRAM.complains(&["--score", "a", "b", "--score", "c", "d"], 2, &["cannot be used multiple times"]);
    PROGRAM.complains(&["--scor", "a", "b"], 2, &["--score"]);
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_told_and_is_no_panic() {
    let files = Files::new();
    let (hypotheses, references) = files.good();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_captioning"))
        .args(["--score", &hypotheses, &references])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(1));
    let error = text(&done.stderr);
    assert!(error.contains("cannot print"), "{error}");
}

#[test]
fn a_quick_run_writes_a_whole_record_and_repeats_to_the_number() {
    let Twice { first, .. } = PROGRAM.repeats(&["--quick", "--fresh"]);
    assert_eq!(first.tier, Tier::Quick);
    assert!(first.values["attention_loss_last"].number < first.values["attention_loss_first"].number);
    let (plain, attention) =
        (first.values["plain_parameters"].number, first.values["attention_parameters"].number);
    assert!((plain / attention - 1.0).abs() < 0.1, "{plain} and {attention} parameters");
}

#[test]
fn photographs_with_captions_are_trained_on_and_measured() {
    let data = MadeUp::new();
    let run = |name: &str| {
        let record = data.path(name);
        let assert = PROGRAM.run(&data.arguments(&record, &["--steps", "20"])).success();
        (Record::load(&record).unwrap(), text(&assert.get_output().stdout))
    };
    let (first, said) = run("first");
    let number = |name: &str| first.values[name].number;
    assert_eq!(
        [number("train_pictures"), number("test_pictures"), number("missing_pictures")],
        [8.0, 2.0, 0.0]
    );
    assert!(number("words") > 10.0 && number("loss_last") < number("loss_first"), "{said}");
    assert!(
        said.contains("8 + 2 photographs") && said.contains("BLEU-4") && said.contains("reference:"),
        "{said}"
    );
    let (second, _) = run("second");
    for (name, value) in first.values.iter().filter(|(_, v)| v.tolerance != record::Tolerance::Machine) {
        assert_eq!(value.number, second.values[name].number, "{name}");
    }
    assert_eq!(first.outputs["captions"], second.outputs["captions"]);
}

#[test]
fn bad_photographs_are_answered_with_file_and_line() {
    let data = MadeUp::new();
    let record = data.path("record");
    let complains = |about: &[&str]| PROGRAM.complains(&data.arguments(&record, &["--quick"]), 1, about);
    let whole = std::fs::read(data.path("Images/3.png")).unwrap();
    data.write("Images/3.png", &whole[..60]);
    complains(&["3.png", "PNG or JPEG"]);
    data.write("Images/3.png", whole);
    data.write("Flickr_8k.trainImages.txt", "0.png\n1.png\n77.png\n");
    complains(&["trainImages.txt:3", "77.png"]);
    data.write("Flickr_8k.trainImages.txt", "0.png\n");
    complains(&["at least 2 pictures to train on", "found 1 and 2"]);
    data.write("captions.txt", "image,caption\n0.png,a dog\n1.png,a dog, a cat\n");
    complains(&["captions.txt:3", "two fields", "in quotes"]);
    for part in ["train", "dev", "test"] {
        std::fs::remove_file(data.path(&format!("Flickr_8k.{part}Images.txt"))).unwrap();
    }
    let captions = (0..12).map(|i| format!("{i}.png,...\n")).collect::<String>();
    data.write("captions.txt", format!("image,caption\n{captions}"));
    complains(&["captions with words"]);
    std::fs::remove_dir_all(data.path("Images")).unwrap();
    complains(&["Images"]);
    assert!(!data.path("record").join(record::FILE_NAME).exists(), "no record of a run that failed");
}

#[test]
fn a_bad_picture_is_answered_before_anything_is_trained() {
    let folder = tempfile::tempdir().unwrap();
    PROGRAM.complains(&["--caption", "no/such/picture.png"], 1, &["cannot read", "no/such/picture.png"]);
    let broken = folder.path().join("broken.png");
    std::fs::write(&broken, &Picture::filled(9, 9, [0.5; 3]).to_png()[..50]).unwrap();
    PROGRAM.complains(&["--caption", path(&broken)], 1, &["broken.png", "PNG or JPEG"]);
}

#[test]
fn a_scene_is_drawn_that_can_be_written_about() {
    let folder = tempfile::tempdir().unwrap();
    let scene = folder.path().join("scene.png");
    let drawn = |seed| {
        let done = PROGRAM.run(&["--scene", path(&scene), "--seed", seed]).success();
        text(&done.get_output().stdout)
    };
    let (first, second) = (drawn("1"), drawn("2"));
    assert!(first.contains("scene.png: ") && first.contains("; or: "), "{first}");
    assert_ne!(first, second);
    let picture = Picture::open(&scene).unwrap();
    assert_eq!((picture.width, picture.height), (captioning::SIDE, captioning::SIDE));
}

#[test]
fn ctrl_c_ends_the_run_with_130_and_leaves_the_old_record() {
    let data = MadeUp::new();
    let record = data.path("record");
    PROGRAM.run(&data.arguments(&record, &["--steps", "2"])).success();
    let before = std::fs::read(record.join(record::FILE_NAME)).unwrap();
    // The line is printed when all pictures are read; training begins.
    PROGRAM.stops_after(&data.arguments(&record, &["--steps", "60000"]), "8 + 2 photographs");
    assert_eq!(std::fs::read(record.join(record::FILE_NAME)).unwrap(), before);
}
