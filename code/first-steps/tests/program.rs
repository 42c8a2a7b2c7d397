//! The program from outside.

use program_test::Program;

const PROGRAM: Program = Program::new(env!("CARGO_BIN_EXE_first-steps"));

#[test]
fn a_run_writes_a_whole_record_and_repeats_to_the_number() {
    let twice = PROGRAM.repeats(&[]);
    // The network of the page has learned its four answers.
    assert!(twice.first.values["last_loss"].number < 0.1, "{:?}", twice.first.values["last_loss"]);
}

#[test]
fn data_is_refused_where_none_is_read() {
    PROGRAM.complains(&["--data", "text.txt"], 2, &["--data", "reads no data"]);
}
