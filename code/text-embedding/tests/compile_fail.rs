//! Programs that must not compile, and what the compiler says of them.
//!
//! `BLESS=1 cargo test -p text-embedding --test compile_fail` records the messages anew.

#[test]
fn shape_errors_are_those_on_the_pages() {
    program_test::compile_fail(env!("CARGO_MANIFEST_DIR"));
}
