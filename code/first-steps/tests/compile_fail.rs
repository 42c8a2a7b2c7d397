//! Programs that must not compile, checked as those of chapter 1 are.
//!
//! `BLESS=1 cargo test -p first-steps --test compile_fail` records the messages anew.

#[path = "../../text-embedding/tests/compile_fail.rs"]
mod of_chapter_1;
