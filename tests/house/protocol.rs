//! A plain mdBook weaves the same pages.

use crate::fixture::Fixture;
use assert_cmd::Command;
use serde_json::{Value, json};

fn program() -> Command {
    Command::cargo_bin("multimodal-book").unwrap()
}

/// What mdBook 0.5 sends to a preprocessor.
fn input(fixture: &Fixture) -> String {
    let page = fixture.read("chapters/1-alpha/index.md");
    let chapter = json!({"Chapter": {
        "name": "Alpha", "content": page, "number": [1], "sub_items": [],
        "path": "1-alpha/index.md", "source_path": "1-alpha/index.md", "parent_names": [],
    }});
    let context = json!({
        "root": fixture.path(), "renderer": "html", "mdbook_version": "0.5.4",
        "config": {"book": {"src": "chapters"}},
    });
    json!([context, {"items": [chapter, "Separator"]}]).to_string()
}

#[test]
fn html_is_supported_and_nothing_else() {
    program().args(["preprocess", "supports", "html"]).assert().code(0);
    program().args(["preprocess", "supports", "epub"]).assert().code(1);
}

#[test]
fn a_book_goes_in_and_comes_out_woven() {
    let fixture = Fixture::new();
    let assert = program().arg("preprocess").write_stdin(input(&fixture)).assert().success();
    let book: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let content = book["items"][0]["Chapter"]["content"].as_str().unwrap();
    assert!(content.contains("61.4") || content.contains("61&#46;4"), "{content}");
    assert!(!content.contains("{{#include") && !content.contains("{{#figure"), "{content}");
    assert_eq!(book["items"][1], "Separator");
    let source = fixture.read("chapters/source/alpha/src/lib.rs.html");
    assert!(source.contains("pub fn double"), "{source}");
}

#[test]
fn a_plain_mdbook_builds_the_same_pages() {
    use mdbook_driver::MDBook;
    use multimodal_book::{build_book, house::House};
    let fixture = Fixture::new();
    let house = House::find_from(fixture.path()).unwrap();
    build_book::build(&house, &fixture.path().join("ours")).unwrap();
    // What `mdbook build` does, with the built program in place of `cargo run`.
    let program = assert_cmd::cargo::cargo_bin("multimodal-book");
    let command = format!("'{}' preprocess", program.display());
    fixture.change("book.toml", "\"cargo run --release --quiet -- preprocess\"", &format!("{command:?}"));
    MDBook::load(fixture.path()).unwrap().build().unwrap();
    for page in ["index.html", "1-alpha/index.html", "source/alpha/src/lib.rs.html"] {
        assert_eq!(fixture.read(&format!("ours/{page}")), fixture.read(&format!("book/{page}")), "{page}");
    }
}

#[test]
fn a_wrong_page_stops_mdbook_with_the_findings() {
    let fixture = Fixture::new();
    fixture.change("chapters/1-alpha/index.md", "alpha:rate}} of", "alpha:rats}} of");
    let assert = program().arg("preprocess").write_stdin(input(&fixture)).assert().code(1);
    let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(told.contains("chapters/1-alpha/index.md:3: ") && told.contains("`rate`"), "{told}");
    assert!(assert.get_output().stdout.is_empty());
}

#[test]
fn what_is_no_book_is_refused() {
    let assert = program().arg("preprocess").write_stdin("[{\"root\": ").assert().code(1);
    let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(told.contains("standard input holds no book") && told.contains("mdbook build"), "{told}");
}
