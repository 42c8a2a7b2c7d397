//! The program from outside.

use record::{Record, Tier};

#[test]
fn a_quick_run_writes_a_whole_record_and_again_one_of_the_same_names() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str| {
        let record = folder.path().join(name);
        let mut program = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("making-it-fast"));
        program.args(["--quick", "--record"]).arg(&record).assert().success();
        Record::load(&record).unwrap()
    };
    let (first, second) = (run("first"), run("second"));
    assert_eq!(first.tier, Tier::Quick);
    assert_eq!(first.outputs["sums"], second.outputs["sums"]);
    assert_eq!(first.values.keys().collect::<Vec<_>>(), second.values.keys().collect::<Vec<_>>());
    for (name, figure) in &first.figures {
        assert!(folder.path().join("first").join(&figure.file).is_file(), "{name}");
        assert!(figure.alt.len() > 40, "{}", figure.alt);
    }
}
