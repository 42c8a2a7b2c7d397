//! The program from outside.

use record::Record;

#[test]
fn a_run_writes_a_whole_record_and_repeats_to_the_number() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str| {
        let record = folder.path().join(name);
        let mut program = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("first-steps"));
        program.arg("--record").arg(&record).assert().success();
        Record::load(&record).unwrap()
    };
    let (first, second) = (run("first"), run("second"));
    let differences = record::compare(&first, &second);
    assert!(differences.is_empty(), "{differences:?}");
    assert_eq!(first.values["last_loss"].number, second.values["last_loss"].number);
    for (name, figure) in &first.figures {
        assert!(folder.path().join("first").join(&figure.file).is_file(), "{name}");
        assert!(figure.alt.len() > 40, "{}", figure.alt);
    }
}
