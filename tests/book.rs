//! The book as it is: nothing is wrong with its pages, notation, listings, records, numbers, links and texts.
//!
//! `cargo run --release -- check` tells the same findings.

use multimodal_book::check::{Report, check};
use multimodal_book::finding::Finding;
use multimodal_book::house::House;
use std::path::Path;
use std::sync::OnceLock;

/// The findings; the book is built once for all tests.
fn report() -> &'static Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT.get_or_init(|| {
        let house = House::find_from(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the book's folder");
        check(&house).expect("the book can be built")
    })
}

fn none(findings: &[Finding]) {
    let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "\n{}\n", told.join("\n"));
}

#[test]
fn pages_ask_for_what_is_there() {
    none(&report().pages);
}

#[test]
fn letters_and_the_notation_go_together() {
    none(&report().notation);
}

#[test]
fn listings_are_sound_compiled_and_shown() {
    none(&report().listings);
}

#[test]
fn records_are_whole_full_fresh_and_shown() {
    none(&report().records);
}

#[test]
fn recorded_numbers_are_not_typed_by_hand() {
    none(&report().numbers);
}

#[test]
fn commands_of_the_readme_are_tried() {
    none(&report().readme);
}

#[test]
fn links_lead_somewhere_and_pictures_have_a_text() {
    // The book is built only when its pages can be woven.
    none(&report().pages);
    none(&report().site);
}
