//! The chapter's program as a reader runs it: what it writes, and what it says to bad input.

use emoji_world::Picture;
use program_test::{MadeUp, Program, Twice, path, text};
use record::{Record, Tier};

const PROGRAM: Program = Program::new(env!("CARGO_BIN_EXE_joint-embedding"));

#[test]
fn a_quick_run_writes_a_whole_record_and_repeats_to_the_number() {
    let Twice { first, .. } = PROGRAM.repeats(&["--quick", "--fresh"]);
    assert_eq!(first.tier, Tier::Quick);
    assert!(first.values["loss_last"].number < first.values["loss_first"].number);
}

#[test]
fn photographs_with_captions_are_trained_on_and_measured_both_ways() {
    let data = MadeUp::new();
    let run = |name: &str, more: &[&str]| {
        let record = data.path(name);
        let assert = PROGRAM.run(&data.arguments(&record, more)).success();
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
    assert_eq!(first.outputs["examples"], second.outputs["examples"]);
    let (quick, _) = run("quick", &["--quick"]);
    assert_eq!((quick.tier, quick.values["epochs"].number), (Tier::Quick, 2.0));
}

#[test]
fn bad_photographs_are_answered_with_file_and_line_and_what_to_do() {
    let none = tempfile::tempdir().unwrap();
    PROGRAM.complains(
        &["--data", path(none.path()), "--record", path(&none.path().join("record"))],
        1,
        &["Images"],
    );
    PROGRAM.complains(
        &["--data", "no/such/folder", "--record", path(&none.path().join("record"))],
        1,
        &["expected a folder", "no/such"],
    );

    let data = MadeUp::new();
    let record = data.path("record");
    let complains =
        |more: &[&str], about: &[&str]| PROGRAM.complains(&data.arguments(&record, more), 1, about);
    complains(&["--batch", "9"], &["a batch of 9", "the 8 pairs", "--batch"]);
    PROGRAM.complains(&data.arguments(&record, &["--batch", "1"]), 2, &["--batch", "2 or more"]);
    let whole = std::fs::read(data.path("Images/3.png")).unwrap();
    data.write("Images/3.png", &whole[..60]);
    complains(&[], &["3.png", "PNG or JPEG"]);
    data.write("Images/3.png", whole);
    data.write("Flickr_8k.trainImages.txt", "0.png\n1.png\n77.png\n");
    complains(&[], &["trainImages.txt:3", "77.png"]);
    data.write("Flickr_8k.trainImages.txt", "0.png\n");
    complains(&[], &["at least 2 pictures to train on", "found 1 and 2"]);
    data.write("captions.txt", "image,caption\n0.png,a dog\n1.png,a dog, a cat\n");
    complains(&[], &["captions.txt:3", "two fields", "in quotes"]);
    for part in ["train", "dev", "test"] {
        std::fs::remove_file(data.path(&format!("Flickr_8k.{part}Images.txt"))).unwrap();
    }
    let captions = (0..12).map(|i| format!("{i}.png,...\n")).collect::<String>();
    data.write("captions.txt", format!("image,caption\n{captions}"));
    complains(&[], &["captions with words"]);
    assert!(!data.path("record").join(record::FILE_NAME).exists(), "no record of a run that failed");
}

#[test]
fn bad_questions_are_answered_before_anything_is_trained() {
    let folder = tempfile::tempdir().unwrap();
    PROGRAM.complains(&["--words", "red aple"], 1, &["\"aple\"", "\"apple\""]);
    PROGRAM.complains(&["--words", " - "], 1, &["holds no word"]);
    PROGRAM.complains(&["--picture", "no/such/picture.png"], 1, &["cannot read", "no/such/picture.png"]);
    let broken = folder.path().join("broken.png");
    std::fs::write(&broken, &Picture::filled(9, 9, [0.5; 3]).to_png()[..50]).unwrap();
    PROGRAM.complains(&["--picture", path(&broken)], 1, &["broken.png", "PNG or JPEG"]);
    std::fs::write(&broken, "not a picture").unwrap();
    PROGRAM.complains(
        &["--words", "red apple", "--picture", path(&broken)],
        1,
        &["broken.png", "PNG or JPEG"],
    );
    PROGRAM.complains(&["--epochs", "0"], 2, &["--epochs"]);
    PROGRAM.complains(
        &["--quick", "--batch", "5000", "--record", path(&folder.path().join("record"))],
        1,
        &["5000", "--batch"],
    );
    PROGRAM.complains(&["--quik"], 2, &["--quick"]);
}

#[test]
fn a_record_folder_that_cannot_be_written_is_noticed_before_the_work() {
    let data = MadeUp::new();
    // A file where a folder is wanted: also the administrator cannot write there.
    data.write("file", "");
    let record = data.path("file").join("record");
    PROGRAM.complains(&["--quick", "--record", path(&record)], 1, &["cannot write", "--record DIR"]);
    PROGRAM.complains(&data.arguments(&record, &[]), 1, &["cannot write", "--record DIR"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_run_with_130_and_leaves_the_old_record() {
    let data = MadeUp::new();
    let record = data.path("record");
    PROGRAM.run(&data.arguments(&record, &["--epochs", "1"])).success();
    let before = std::fs::read(record.join(record::FILE_NAME)).unwrap();
    // The line is printed when all pictures are read; training begins.
    PROGRAM.stops_after(&data.arguments(&record, &["--epochs", "60000"]), "8 + 2 photographs");
    assert_eq!(std::fs::read(record.join(record::FILE_NAME)).unwrap(), before);
}
