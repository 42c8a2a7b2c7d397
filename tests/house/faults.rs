//! What is wrong with a book is told: where, what, and what to do.

use crate::fixture::Fixture;
use assert_cmd::Command;
use multimodal_book::build_book::{self, BuildError};
use multimodal_book::check::{Report, check};
use multimodal_book::house::House;

const PAGE: &str = "chapters/1-alpha/index.md";

fn report(fixture: &Fixture) -> Report {
    check(&House::find_from(fixture.path()).unwrap()).unwrap()
}

/// The only finding of the book, as it is told.
fn only(fixture: &Fixture) -> String {
    let report = report(fixture);
    let found: Vec<String> = report.all().iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].clone()
}

/// Breaks the page in one place and returns what is told of it, its place taken off.
fn page_with(from: &str, to: &str, line: usize) -> String {
    let fixture = Fixture::new();
    fixture.change(PAGE, from, to);
    let report = report(&fixture);
    let place = format!("{PAGE}:{line}: ");
    let found: Vec<String> = report.pages.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].strip_prefix(&place).unwrap_or_else(|| panic!("{} is not at {place}", found[0])).to_owned()
}

fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}

#[test]
fn an_unknown_value_names_the_nearest_and_where_records_come_from() {
    let message = page_with("alpha:rate}} of", "alpha:rates}} of", 3);
    assert_says(
        &message,
        &["no value `rates`", "the nearest is `rate`", "record.json", "cargo run --release -- run alpha"],
    );
}

#[test]
fn an_unknown_record_names_the_nearest_and_how_to_make_one() {
    let message = page_with("{{#output alpha:table", "{{#output alhpa:table", 9);
    assert_says(&message, &["no record `alhpa`", "nearest is `alpha`", "run CHAPTER"]);
}

#[test]
fn an_unknown_figure_output_and_sound_are_told() {
    assert_says(&page_with("figure alpha:map", "figure alpha:mop", 11), &["no figure `mop`", "`map`"]);
    assert_says(&page_with("output alpha:table", "output alpha:tables", 9), &["no output `tables`"]);
    assert_says(&page_with("audio alpha:chirp", "audio alpha:chrip", 13), &["no audio `chrip`", "`chirp`"]);
}

#[test]
fn a_directive_that_is_none_is_told() {
    assert_says(
        &page_with("{{#value alpha:rate}} of", "{{#valeu alpha:rate}} of", 3),
        &["the nearest is `value`"],
    );
    assert_says(&page_with("{{#figure alpha:map}}", "See {{#figure alpha:map}}", 11), &["line of its own"]);
}

#[test]
fn an_anchor_that_is_missing_is_told() {
    let message = page_with("lib.rs:double}}", "lib.rs:duoble}}", 5);
    assert_says(&message, &["code/alpha/src/lib.rs has no `// ANCHOR: duoble`", "the nearest is `double`"]);
    let message = page_with("src/lib.rs:double}}", "src/library.rs:double}}", 5);
    assert_says(&message, &["cannot read", "code/alpha/src/library.rs"]);
}

#[test]
fn rust_typed_by_hand_is_refused() {
    let message = page_with("{{#include ../../code/alpha/src/lib.rs:double}}", "let x = 1;", 5);
    assert_says(&message, &["Rust typed by hand", "ANCHOR"]);
    assert_says(&page_with("src/lib.rs:double}}", "src/lib.rs}}", 5), &["name an anchor"]);
    assert_says(&page_with("```rust\n", "```rust,ignore\n", 5), &["no `ignore`"]);
    assert_says(&page_with("```rust,compile_fail", "```rust", 19), &["call the fence `rust,compile_fail`"]);
    assert_says(&page_with("```rust\n", "```rust,compile_fail\n", 5), &["is compiled"]);
    assert_says(&page_with("```rust\n", "```\n", 5), &["names no language"]);
}

#[test]
fn a_formula_that_is_not_tex_is_told() {
    assert_says(&page_with("$x_1 < 2$", r"$\frac{1}$", 3), &["the formula `\\frac{1}`"]);
    assert_says(&page_with("$x_1 < 2$", r"$\frac{1$", 3), &["a `$` that no formula takes"]);
    assert_says(&page_with(r"\lVert v \rVert", "|v|", 17), &[r"write `\vert`"]);
}

#[test]
fn letters_that_the_notation_does_not_explain_are_told() {
    const NOTATION: &str = "chapters/notation.md";
    let fixture = Fixture::new();
    fixture.change("chapters/SUMMARY.md", "- [Later]()", "- [Notation](notation.md)\n- [Later]()");
    fixture.write(
        NOTATION,
        "# Notation\n\n| letter | meaning |\n| --- | --- |\n| $x_1$ | a number |\n\n\
         | letter | [alpha](1-alpha/index.md) |\n| --- | --- |\n| $v$ | a vector |\n",
    );
    assert_eq!(report(&fixture), Report::default());
    fixture.change(NOTATION, "a vector", "");
    assert_says(&only(&fixture), &["index.md:17: a formula has the letter `v`", "line 9", "fill the cell"]);
    fixture.change(NOTATION, "| $v$ |  |", "| $v$ | a vector |");
    fixture.change(PAGE, "$x_1 < 2$", "$\\theta < 2$");
    let found: Vec<String> = report(&fixture).notation.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_says(&found[0], &[PAGE, ":3: a formula has the letter `\\theta`", "no row for it"]);
    assert_says(&found[1], &[NOTATION, ":5: no formula of a chapter has the letter `x`", "take the row out"]);
}

#[test]
fn a_figure_without_alt_text_is_told() {
    let fixture = Fixture::new();
    fixture.record(|record| record.figures.get_mut("map").unwrap().alt.clear());
    assert_says(&report(&fixture).pages[0].to_string(), &["index.md:11: ", "no alt text"]);
}

#[test]
fn all_mistakes_of_a_book_are_told_at_once() {
    let fixture = Fixture::new();
    fixture.change(PAGE, "alpha:rate}} of", "alpha:rat}} of");
    fixture.change(PAGE, "alpha:words", "alpha:word");
    fixture.change("chapters/introduction.md", "Words.", "{{#value beta:x}}");
    let house = House::find_from(fixture.path()).unwrap();
    let Err(BuildError::Pages(findings)) = build_book::build(&house, &fixture.path().join("book")) else {
        panic!("a page asks for what is not there, and the book was built")
    };
    assert_eq!(findings.0.len(), 3, "{findings}");
}

#[test]
fn an_anchor_that_no_page_shows_is_told_with_its_line() {
    let fixture = Fixture::new();
    fixture.change(
        "code/lab/src/lib.rs",
        "//! Lab.\n",
        "//! Lab.\n// ANCHOR: lab\nfn f() {}\n// ANCHOR_END: lab\n",
    );
    fixture.record(|_| {});
    assert_says(&only(&fixture), &["code/lab/src/lib.rs:2: no page shows the anchor `lab`"]);
}

#[test]
fn broken_anchors_are_told_though_no_page_shows_them() {
    let fixture = Fixture::new();
    fixture
        .write("code/lab/src/lib.rs", "//! Lab.\n// ANCHOR: a\n// ANCHOR_END: a\n// ANCHOR: b\nfn f() {}\n");
    fixture.record(|_| {});
    let found: Vec<String> = report(&fixture).listings.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_says(&found[0], &["code/lab/src/lib.rs:2: the anchor `a` holds no code"]);
    assert_says(&found[1], &["code/lab/src/lib.rs:4: the anchor `b` is opened, and no"]);
}

#[test]
fn a_listing_that_is_not_compiled_is_told() {
    let fixture = Fixture::new();
    fixture.write("Cargo.toml", "[workspace]\nmembers = [\"code/lab\"]\n");
    let found = report(&fixture).listings;
    assert_eq!(found.len(), 3, "{found:#?}");
    assert_says(&found[1].to_string(), &["code/alpha/src/lib.rs:1: ", "in no crate of the workspace"]);

    let fixture = Fixture::new();
    fixture.write("code/alpha/src/orphan.rs", "// ANCHOR: o\nfn o() {}\n// ANCHOR_END: o\n");
    fixture.change(PAGE, "See [", "```rust\n{{#include ../../code/alpha/src/orphan.rs:o}}\n```\n\nSee [");
    fixture.record(|_| {});
    assert_says(&only(&fixture), &["orphan.rs:1: ", "no module declares `mod orphan;`"]);
    fixture.change("code/alpha/src/lib.rs", "//! Alpha.\n", "//! Alpha.\nmod orphan;\n");
    fixture.record(|_| {});
    assert_eq!(report(&fixture), Report::default());

    let fixture = Fixture::new();
    std::fs::remove_file(fixture.path().join("code/alpha/tests/compile_fail/shape.stderr")).unwrap();
    assert_says(&report(&fixture).listings[0].to_string(), &["shape.rs:1: ", "no `.stderr` beside it"]);
}

#[test]
fn a_stale_record_names_the_command_that_refreshes_it() {
    let fixture = Fixture::new();
    fixture.change("code/alpha/src/lib.rs", "2 * x", "x + x");
    assert_says(
        &only(&fixture),
        &[
            "chapters/1-alpha/record.json:5: is stale",
            "`cargo run --release -- run alpha --pages` writes it anew",
        ],
    );
}

#[test]
fn a_comparison_with_other_sources_is_told_and_is_not_wrong() {
    let fixture = Fixture::new();
    let comparison = fixture.read("chapters/1-alpha/record.json");
    fixture.write("chapters/1-alpha/peers.json", &comparison);
    assert_eq!(report(&fixture).notes, []);
    fixture.change("code/alpha/src/lib.rs", "2 * x", "x + x");
    let notes = report(&fixture).notes;
    assert_says(&notes[0].to_string(), &["peers.json:1: was measured on ", "tools/peers"]);
    assert_eq!(notes.len(), 1);
}

#[test]
fn a_quick_record_and_one_of_another_chapter_are_told() {
    let fixture = Fixture::new();
    fixture.record(|record| record.tier = record::Tier::Quick);
    assert_says(&only(&fixture), &["record.json:4: is a quick run"]);
    fixture.record(|record| record.chapter = "beta".into());
    assert_says(&only(&fixture), &["record.json:3: holds the chapter `beta`"]);
}

#[test]
fn a_run_that_takes_more_memory_than_a_chapter_may_is_told() {
    let fixture = Fixture::new();
    fixture.record(|record| record.peak_memory_bytes = 1_000_000_000);
    assert_eq!(report(&fixture), Report::default());
    fixture.record(|record| record.peak_memory_bytes = 1_200_000_000);
    let found = only(&fixture);
    assert_says(&found, &["chapters/1-alpha/record.json:", "took 1200 MB of memory", "may take 1000 MB"]);
}

#[test]
fn what_is_recorded_and_not_shown_is_told() {
    let fixture = Fixture::new();
    fixture.change(PAGE, "{{#figure alpha:map}}\n", "");
    fixture.change(PAGE, "{{#output alpha:table}}\n", "");
    fixture.change(PAGE, " of {{#value alpha:words}}", "");
    let found: Vec<String> = report(&fixture).records.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 3, "{found:#?}");
    let all = found.join("\n");
    assert_says(&all, &["{{#figure alpha:map}}", "{{#output alpha:table}}", "{{#value alpha:words}}"]);
}

#[test]
fn a_truncated_record_is_told_with_the_remedy() {
    let fixture = Fixture::new();
    fixture.write("chapters/1-alpha/record.json", "{\"format\": 1, \"chapter\": \"al");
    let report = report(&fixture);
    assert_says(&report.records[0].to_string(), &["is not a whole record", "git checkout"]);
    assert_says(&report.pages[0].to_string(), &["is not a whole record"]);
}

#[test]
fn a_comparison_beside_the_run_is_named_with_a_slash() {
    let fixture = Fixture::new();
    let record = fixture.read("chapters/1-alpha/record.json");
    fixture.write("chapters/1-alpha/peers.json", &record);
    fixture.change(PAGE, "See [", "{{#value alpha/peers:rate}} See [");
    let found = report(&fixture).records;
    assert!(found.iter().all(|finding| finding.file.ends_with("peers.json")), "{found:#?}");
    let names: Vec<&str> = found.iter().filter_map(|f| f.message.split('`').nth(1)).collect();
    assert_eq!(names.len(), 4, "{found:#?}");
    assert!(!names.contains(&"{{#value alpha/peers:rate}}"), "{names:?}");
}

#[test]
fn a_recorded_number_typed_by_hand_is_told() {
    let fixture = Fixture::new();
    fixture.change(PAGE, "See [", "It is 61.4 of\n1503222 words, not 61, in 2013. See [");
    fixture.write("chapters/1-alpha/sources.md", "# Sources\n\nA journal of 2013, pages 61.4 to 70.\n");
    let found: Vec<String> = report(&fixture).numbers.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_says(&found[0], &["index.md:27: the number 61.4", "{{#value alpha:rate}}"]);
    assert_says(&found[1], &["index.md:28: the number 1503222", "{{#value alpha:words}}"]);
}

#[test]
fn links_that_lead_nowhere_are_told_at_their_line() {
    let fixture = Fixture::new();
    fixture.change(PAGE, "introduction.md#introduction", "introduction.md#introductoin");
    assert_says(&only(&fixture), &["index.md:27: ", "no id `introductoin`", "the nearest is `introduction`"]);
    let fixture = Fixture::new();
    fixture.change(PAGE, "introduction.md#introduction", "preface.md");
    assert_says(&only(&fixture), &["index.md:27: ", "the book has no preface.html"]);
    let fixture = Fixture::new();
    fixture.change(PAGE, "alpha/src/lib.rs).", "alpha/src/none.rs).");
    assert_says(&only(&fixture), &["index.md:27: ", "none.rs` leads nowhere"]);
}

#[test]
fn pictures_need_a_text_and_nothing_comes_from_the_network() {
    let fixture = Fixture::new();
    fixture.change(PAGE, "See [", "![](figures/map.svg)\n\nSee [");
    assert_says(&only(&fixture), &["index.md:1: a picture has no alt text"]);
    let fixture = Fixture::new();
    fixture.change(PAGE, "See [", "![A map](https://example.org/map.svg)\n\nSee [");
    assert_says(&only(&fixture), &["index.md:27: the page fetches `https://example.org/map.svg`"]);
}

#[test]
fn what_mdbook_warns_of_is_told() {
    let fixture = Fixture::new();
    fixture.change(PAGE, "See [", "A <b>bold word. See [");
    assert_says(&only(&fixture), &["index.md:1: mdBook warns: unclosed HTML tag `<b>`"]);
}

#[test]
fn a_page_outside_the_summary_and_a_summary_without_its_page_are_told() {
    let fixture = Fixture::new();
    fixture.write("chapters/1-alpha/lost.md", "# Lost\n");
    assert_says(&only(&fixture), &["chapters/1-alpha/lost.md:1: the page is not in chapters/SUMMARY.md"]);
    fixture.change("chapters/SUMMARY.md", "- [Later]()", "- [Lost](1-alpha/lost.md)\n- [Later](later.md)");
    assert_says(&only(&fixture), &["chapters/SUMMARY.md:7: the summary names `later.md`"]);
}

#[test]
fn a_command_that_nothing_tries_is_told() {
    let fixture = Fixture::new();
    fixture.change("README.md", "$ cd book", "$ cargo test  --workspace");
    assert_says(&only(&fixture), &["README.md:5: `.ci/run` does not run `cargo test --workspace`"]);
    fixture.change(".ci/run", "build\n", "build\nstage tests cargo test -q --workspace || exit\n");
    assert_eq!(report(&fixture), Report::default());
    fixture.change("README.md", "cargo test  --workspace", "cargo test --workspace FILE && cargo fmt");
    let told = only(&fixture);
    assert_says(&told, &["README.md:5: `.ci/run` does not run `cargo fmt`"]);
}

#[test]
fn a_picture_or_a_time_of_the_readme_that_is_no_longer_right_is_told() {
    let fixture = Fixture::new();
    fixture.change("chapters/introduction.md", "Words.", "{{#figure alpha:map detail 1 2 30 40 A dot.}}");
    fixture.write("chapters/thumbnails/alpha.png", "");
    let drawn_from = |file: &str| {
        fixture.write(
            "chapters/thumbnails/drawn-from.txt",
            &format!("alpha.png figures/{file}.svg 1 2 30 40\n"),
        );
    };
    drawn_from("map");
    assert_says(&only(&fixture), &["README.md:1: does not show `chapters/thumbnails/alpha.png`"]);
    let shown = "# Book\n\n<img src=\"chapters/thumbnails/alpha.png\" alt=\"A dot.\"> (`alpha`, 9 minutes)\n";
    fixture.change("README.md", "# Book\n", shown);
    assert_says(
        &only(&fixture),
        &["README.md:3: nobody knows how long `alpha` takes a reader", "run alpha --compare --confirm"],
    );
    fixture.record(|record| {
        record.confirmed = Some(record::Confirmed {
            fingerprint: record.fingerprint.clone(),
            machine: record.machine.clone(),
            date: record.date.clone(),
            duration_seconds: 9.0,
        });
    });
    assert_says(&only(&fixture), &["README.md:3: does not say how long a run takes: (`alpha`, 10 seconds)"]);
    fixture.change("README.md", "9 minutes", "10 seconds");
    assert_eq!(report(&fixture), Report::default());
    fixture.change("README.md", "A dot.", "A line.");
    assert_says(
        &only(&fixture),
        &["README.md:3: does not say of `chapters/thumbnails/alpha.png` what the introduction does: A dot."],
    );
    fixture.change("README.md", "A line.", "A dot.");
    assert_eq!(report(&fixture), Report::default());
    drawn_from("older");
    let told = only(&fixture);
    assert_says(
        &told,
        &["introduction.md:3: the README's picture of `alpha` is not drawn from this", "thumbnails.js"],
    );
}

#[test]
fn check_ends_with_a_list_and_an_exit_code() {
    let fixture = Fixture::new();
    let program = || {
        let mut command = Command::cargo_bin("multimodal-book").unwrap();
        command.current_dir(fixture.path());
        command
    };
    program().arg("check").assert().success();
    fixture.change(PAGE, "alpha:rate}} of", "alpha:rats}} of");
    let output = program().arg("check").assert().code(1).get_output().clone();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_says(&told, &["chapters/1-alpha/index.md:3: ", "the nearest is `rate`"]);
    let output = program().arg("build").assert().code(1).get_output().clone();
    assert_says(&String::from_utf8(output.stderr).unwrap(), &["chapters/1-alpha/index.md:3: ", "check"]);
}

#[test]
fn outside_a_book_the_program_says_where_to_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::cargo_bin("multimodal-book").unwrap();
    let output = command.current_dir(folder.path()).arg("build").assert().code(1).get_output().clone();
    assert_says(&String::from_utf8(output.stderr).unwrap(), &["no book.toml", "git clone"]);
}

#[test]
fn a_book_without_its_pages_says_which_folder_is_missing() {
    let fixture = Fixture::new();
    std::fs::remove_dir_all(fixture.path().join("chapters")).unwrap();
    let mut command = Command::cargo_bin("multimodal-book").unwrap();
    let output = command.current_dir(fixture.path()).arg("build").assert().code(1).get_output().clone();
    assert_says(&String::from_utf8(output.stderr).unwrap(), &["chapters", "git checkout"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_nothing_is_lost() {
    let fixture = Fixture::new();
    // A file in the folder's place refuses everybody, root included.
    fixture.write("book", "mine");
    let before = fixture.snapshot();
    let mut command = Command::cargo_bin("multimodal-book").unwrap();
    let output = command.current_dir(fixture.path()).arg("build").assert().code(1).get_output().clone();
    assert_says(&String::from_utf8(output.stderr).unwrap(), &["cannot write the book to", "writable"]);
    assert_eq!(fixture.snapshot(), before);
}
