//! What a page becomes.

use crate::fixture::Fixture;
use multimodal_book::build_book::build;
use multimodal_book::check::check;
use multimodal_book::house::House;

fn built(fixture: &Fixture) -> String {
    let house = House::find_from(fixture.path()).unwrap();
    let warnings = build(&house, &fixture.path().join("book")).unwrap();
    assert_eq!(warnings, [""; 0]);
    let html = fixture.read("book/1-alpha/index.html");
    let main = html.split("<main>").nth(1).and_then(|html| html.split("</main>").next()).unwrap();
    main.to_owned()
}

/// The text of `html`, as a reader sees it.
fn text(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<').skip(1) {
        text.push_str(part.split_once('>').map_or("", |(_, text)| text));
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn assert_contains(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(html.contains(part), "the page has no {part}:\n{html}");
    }
}

#[test]
fn the_fixture_is_sound() {
    let fixture = Fixture::new();
    let report = check(&House::find_from(fixture.path()).unwrap()).unwrap();
    let found: Vec<String> = report.all().iter().map(ToString::to_string).collect();
    assert_eq!(found, [""; 0]);
}

#[test]
fn values_come_from_the_record_with_and_without_their_unit() {
    let html = built(&Fixture::new());
    assert_contains(
        &html,
        &[
            r#"<span class="recorded">61.4&nbsp;%</span>"#.replace("&nbsp;", "\u{a0}").as_str(),
            r#"<td><span class="recorded">61.4</span></td>"#,
            "1,503,222\u{a0}words",
        ],
    );
}

#[test]
fn money_and_code_are_no_formulas() {
    let html = built(&Fixture::new());
    assert_contains(&html, &["A price of $5 and <code>$x$</code>;", "<math ", r#"class="katex-html""#]);
    assert!(!html.contains("$\\lVert"), "{html}");
}

#[test]
fn a_listing_is_the_code_with_its_file_and_a_link_that_leads_to_its_line() {
    let fixture = Fixture::new();
    let html = built(&fixture);
    assert_contains(
        &html,
        &[
            r##"<a href="../source/alpha/src/lib.rs.html#L4">code/alpha/src/lib.rs</a>"##,
            "lines 4–8",
            "/// Twice `x`, less than `Vec&lt;i64&gt;` can hold.\npub fn double(x: i64) -&gt; i64 {\n\n    2 * x\n}",
            r#"<span class="label">Step</span>"#,
            "println!(\"{}\", 1);</code>",
            r#"<span class="label">Does not compile</span>"#,
            "What the compiler says",
            "error[E0308]: mismatched types",
        ],
    );
    let source = fixture.read("book/source/alpha/src/lib.rs.html");
    assert_contains(
        &source,
        &[r##"<a id="L4" href="#L4">4</a>"##, "Vec&lt;i64&gt;", r#"href="../../../css/general.css""#],
    );
}

#[test]
fn a_listing_of_another_language_names_its_file() {
    let fixture = Fixture::new();
    fixture.write(
        "code/alpha/Cargo.toml",
        "# ANCHOR: features\n[features]\ncuda = []\n# ANCHOR_END: features\n",
    );
    let fence = "```toml\n{{#include ../../code/alpha/Cargo.toml:features}}\n```\n\nSee [";
    fixture.change("chapters/1-alpha/index.md", "See [", fence);
    let html = built(&fixture);
    assert_contains(
        &html,
        &[
            r#"<span class="file">code/alpha/Cargo.toml</span> <span class="lines">lines 2–3</span>"#,
            "<code class=\"language-toml\">[features]\ncuda = []",
        ],
    );
}

#[test]
fn an_output_is_shown_as_printed() {
    let html = built(&Fixture::new());
    assert!(text(&html).contains("a *b*\n\n  <c> {{#value alpha:rate}}"), "{html}");
}

#[test]
fn a_figure_is_inlined_with_its_text_its_caption_and_its_own_ids() {
    let fixture = Fixture::new();
    fixture.change("chapters/1-alpha/index.md", "# Alpha\n", "# Alpha\n\n{{#figure alpha:map}}\n");
    let html = built(&fixture);
    assert_contains(
        &html,
        &[
            r#"style="--width: 640px" role="img" aria-label="One &quot;word&quot;""#,
            "*word*",
            "<em>map</em>",
            r#"id="alpha-map-1-c""#,
            "url(#alpha-map-1-c)",
            r#"id="alpha-map-2-c""#,
        ],
    );
    assert!(!html.contains("aria-label=\"\""));
}

#[test]
fn a_sound_has_a_player_a_description_and_an_address_that_leads_to_it() {
    let fixture = Fixture::new();
    let html = built(&fixture);
    assert_contains(
        &html,
        &[
            r#"<audio controls="" preload="metadata" src="../1-alpha/audio/chirp.wav" aria-label="A tone that rises">"#,
        ],
    );
    assert_eq!(fixture.read("book/1-alpha/audio/chirp.wav"), "RIFF");
    assert!(fixture.read("book/print.html").contains(r#"src="1-alpha/audio/chirp.wav""#));
}

#[test]
fn blocks_stand_in_lists_quotations_and_folds() {
    let fixture = Fixture::new();
    fixture.change(
        "chapters/1-alpha/index.md",
        "See [",
        "1. First\n\n   {{#output alpha:table}}\n\n   ```rust\n   {{#include ../../code/alpha/src/lib.rs:double}}\n   ```\n\n2. Second\n\n\
         > Said\n>\n> {{#output alpha:table}}\n> and more\n\nSee [",
    );
    let html = built(&fixture);
    let flat = html.replace('\n', "");
    assert_contains(
        &flat,
        &[
            r#"<ol><li><p>First</p><figure class="output">"#,
            r#"</figure></li><li><p>Second</p></li></ol>"#,
            r#"<blockquote><p>Said</p><figure class="output">"#,
            r#"</figure><p>and more</p></blockquote>"#,
            r#"<details><summary>Solution</summary><figure class="listing" id="listing-alpha-examples-steps-one">"#,
            r#"</figure></details>"#,
        ],
    );
}

#[test]
fn a_formula_takes_values() {
    let fixture = Fixture::new();
    fixture.change("chapters/1-alpha/index.md", "$x_1 < 2$", "$n = {{#value alpha:words}}$");
    let html = built(&fixture);
    assert_contains(&html, &["<mn>1</mn>", "503"]);
    assert!(!html.contains("{{#value alpha:words"), "{html}");
}

#[test]
fn nothing_but_the_output_folder_is_written() {
    let fixture = Fixture::new();
    let before = fixture.snapshot();
    built(&fixture);
    std::fs::remove_dir_all(fixture.path().join("book")).unwrap();
    assert_eq!(fixture.snapshot(), before);
}
