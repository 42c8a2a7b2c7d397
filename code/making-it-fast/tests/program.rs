//! The program from outside.

use program_test::{Program, Twice};
use record::Tier;

const PROGRAM: Program = Program::new(env!("CARGO_BIN_EXE_making-it-fast"));

#[test]
fn a_quick_run_writes_a_whole_record_and_again_one_of_the_same_names() {
    let Twice { first, second, .. } = PROGRAM.run_twice(&["--quick"]);
    assert_eq!(first.tier, Tier::Quick);
    assert_eq!(first.outputs["sums"], second.outputs["sums"]);
}

#[test]
fn data_is_refused_where_none_is_read() {
    PROGRAM.complains(&["--data", "text.txt"], 2, &["--data", "reads no data"]);
}
