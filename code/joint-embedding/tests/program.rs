//! The chapter's program as a reader runs it: what it writes, and what it says to bad input.

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use emoji_world::{Augmentation, Picture, Sprite, emoji, rng};
use record::{Record, Tier};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn program(arguments: &[&str]) -> Assert {
    Command::cargo_bin("joint-embedding").expect("cargo built the program").args(arguments).assert()
}

fn text(bytes: &[u8]) -> String {
    // Long messages are wrapped for the terminal.
    String::from_utf8_lossy(bytes).replace("│", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn complains(arguments: &[&str], about: &[&str]) {
    let assert = program(arguments).failure();
    let error = text(&assert.get_output().stderr);
    for part in about {
        assert!(error.contains(part), "{arguments:?}: expected {part:?} in {error}");
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

/// A data set of twelve small pictures in Flickr8k's layout: eight to train on, two for the test.
struct MadeUp {
    folder: TempDir,
}

impl MadeUp {
    fn new() -> Self {
        let made_up = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(made_up.path("Images")).unwrap();
        let mut captions = "image,caption\n".to_owned();
        for (i, emoji) in emoji::all().iter().step_by(110).take(12).enumerate() {
            let picture = Augmentation::default().apply(&Sprite::of(emoji.id, 48), 48, &mut rng(7, i as u64));
            // Wider than high, as photographs are.
            let png = picture.resized(60, 44).to_png();
            std::fs::write(made_up.path(&format!("Images/{i}.png")), png).unwrap();
            for words in ["A picture of", "\"This one, look,\" is", "Here is"] {
                captions += &format!("{i}.png,\"{} {}.\"\n", words.replace('"', "\"\""), emoji.name);
            }
        }
        std::fs::write(made_up.path("captions.txt"), captions).unwrap();
        let part = |from: usize, to: usize| (from..to).map(|i| format!("{i}.png\n")).collect::<String>();
        for (name, from, to) in [("train", 0, 8), ("dev", 8, 10), ("test", 10, 12)] {
            let list = made_up.path(&format!("Flickr_8k.{name}Images.txt"));
            std::fs::write(list, part(from, to)).unwrap();
        }
        made_up
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), content).unwrap();
        self
    }

    /// Trains on it; the record goes to `record` beside the pictures.
    fn arguments<'a>(&'a self, record: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
        let batch: &[&str] = if more.contains(&"--batch") { &[] } else { &["--batch", "4"] };
        [&["--data", path(self.folder.path()), "--record", path(record)], batch, more].concat()
    }

    fn complains(&self, more: &[&str], about: &[&str]) {
        complains(&self.arguments(&self.path("record"), more), about);
    }
}

#[test]
fn a_quick_run_writes_a_whole_record_and_repeats_to_the_number() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str| {
        let record = folder.path().join(name);
        program(&["--quick", "--fresh", "--record", path(&record)]).success();
        Record::load(&record).unwrap()
    };
    let (first, second) = (run("first"), run("second"));
    assert_eq!(first.tier, Tier::Quick);
    assert!(first.values["loss_last"].number < first.values["loss_first"].number);
    let differences = record::compare(&first, &second);
    assert!(differences.is_empty(), "{differences:?}");
    for figure in first.figures.values() {
        assert!(folder.path().join("first").join(&figure.file).is_file());
        assert!(figure.alt.len() > 40, "{}", figure.alt);
    }
    for name in ["loss_last", "seen_to_names_at_1", "held_to_pictures_at_10"] {
        assert_eq!(first.values[name].number, second.values[name].number, "{name}");
    }
}

#[test]
fn photographs_with_captions_are_trained_on_and_measured_both_ways() {
    let data = MadeUp::new();
    let run = |name: &str, more: &[&str]| {
        let record = data.path(name);
        let assert = program(&data.arguments(&record, more)).success();
        (Record::load(&record).unwrap(), text(&assert.get_output().stdout))
    };
    let (first, said) = run("first", &["--epochs", "12"]);
    let number = |name: &str| first.values[name].number;
    assert_eq!(
        [number("train_pictures"), number("test_pictures"), number("test_sentences")],
        [8.0, 2.0, 6.0]
    );
    assert_eq!([number("epochs"), number("batch"), number("missing_pictures")], [12.0, 4.0, 0.0]);
    assert!(number("loss_last") < number("loss_first"), "{said}");
    // The names of the test pictures were never read.
    assert!(number("unknown_words") > 0.0 && number("words") > 10.0);
    for way in ["to_sentences", "to_pictures"] {
        let [at_1, at_5, at_10] = [1, 5, 10].map(|k| number(&format!("{way}_at_{k}")));
        assert!((0.0..=100.0).contains(&at_1) && at_1 <= at_5 && at_5 <= at_10, "{said}");
        assert_eq!(number(&format!("{way}_at_10_blind")), 100.0, "of six sentences and two pictures");
        assert!(number(&format!("{way}_median")) >= 1.0);
    }
    assert_eq!(number("to_sentences_at_1_blind"), 50.0);
    assert!(said.contains("2 photographs, 6 sentences") && said.contains("official split"), "{said}");
    assert!(said.contains("sentence → photographs") && said.contains("median rank"), "{said}");
    let (second, _) = run("second", &["--epochs", "12"]);
    for (name, value) in first.values.iter().filter(|(_, v)| v.tolerance != record::Tolerance::Machine) {
        assert_eq!(value.number, second.values[name].number, "{name}");
    }
    assert_eq!(first.outputs["examples"], second.outputs["examples"]);
    let (quick, _) = run("quick", &["--quick"]);
    assert_eq!((quick.tier, quick.values["epochs"].number), (Tier::Quick, 2.0));
}

#[test]
fn bad_photographs_are_answered_with_file_and_line_and_what_to_do() {
    let none = tempfile::tempdir().unwrap();
    complains(&["--data", path(none.path()), "--record", path(&none.path().join("record"))], &["Images"]);
    complains(
        &["--data", "no/such/folder", "--record", path(&none.path().join("record"))],
        &["Images", "no/such"],
    );

    let data = MadeUp::new();
    data.complains(&["--batch", "9"], &["a batch of 9", "the 8 pairs", "--batch"]);
    data.complains(&["--batch", "1"], &["--batch"]);
    let whole = std::fs::read(data.path("Images/3.png")).unwrap();
    data.write("Images/3.png", &whole[..60]);
    data.complains(&[], &["3.png", "PNG or JPEG"]);
    data.write("Images/3.png", whole);
    data.write("Flickr_8k.trainImages.txt", "0.png\n1.png\n77.png\n");
    data.complains(&[], &["trainImages.txt:3", "77.png"]);
    data.write("Flickr_8k.trainImages.txt", "0.png\n");
    data.complains(&[], &["at least 2 pictures to train on", "found 1 and 2"]);
    data.write("captions.txt", "image,caption\n0.png,a dog\n1.png,a dog, a cat\n");
    data.complains(&[], &["captions.txt:3", "two fields", "in quotes"]);
    for part in ["train", "dev", "test"] {
        std::fs::remove_file(data.path(&format!("Flickr_8k.{part}Images.txt"))).unwrap();
    }
    let captions = (0..12).map(|i| format!("{i}.png,...\n")).collect::<String>();
    data.write("captions.txt", format!("image,caption\n{captions}"));
    data.complains(&[], &["captions with words"]);
    assert!(!data.path("record").join(record::FILE_NAME).exists(), "no record of a run that failed");
}

#[test]
fn bad_questions_are_answered_before_anything_is_trained() {
    let folder = tempfile::tempdir().unwrap();
    complains(&["--words", "red aple"], &["\"aple\"", "\"apple\""]);
    complains(&["--words", " - "], &["holds no word"]);
    complains(&["--picture", "no/such/picture.png"], &["cannot read", "no/such/picture.png"]);
    let broken = folder.path().join("broken.png");
    std::fs::write(&broken, &Picture::filled(9, 9, [0.5; 3]).to_png()[..50]).unwrap();
    complains(&["--picture", path(&broken)], &["broken.png", "PNG or JPEG"]);
    std::fs::write(&broken, "not a picture").unwrap();
    complains(&["--words", "red apple", "--picture", path(&broken)], &["broken.png", "PNG or JPEG"]);
    complains(&["--epochs", "0"], &["--epochs"]);
    complains(
        &["--quick", "--batch", "5000", "--record", path(&folder.path().join("record"))],
        &["5000", "--batch"],
    );
    complains(&["--quik"], &["--quick"]);
}

#[cfg(unix)]
#[test]
fn a_record_folder_that_cannot_be_written_is_noticed_before_the_work() {
    let data = MadeUp::new();
    // A file where a folder is wanted: also the administrator cannot write there.
    data.write("file", "");
    let record = data.path("file").join("record");
    complains(&["--quick", "--record", path(&record)], &["cannot write", "--record DIR"]);
    complains(&data.arguments(&record, &[]), &["cannot write", "--record DIR"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_run_with_130_and_leaves_the_old_record() {
    use std::io::{BufRead, BufReader};
    let data = MadeUp::new();
    let record = data.path("record");
    program(&data.arguments(&record, &["--epochs", "1"])).success();
    let before = std::fs::read(record.join(record::FILE_NAME)).unwrap();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("joint-embedding"))
        .args(data.arguments(&record, &["--epochs", "60000"]))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Printed when all pictures are read; training begins.
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("8 + 2 photographs")));
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(std::fs::read(record.join(record::FILE_NAME)).unwrap(), before);
}
