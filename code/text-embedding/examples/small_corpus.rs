//! Makes `data/small-corpus.txt`, the corpus for readers who have no documentation installed, from a
//! few pages of the installed one: `cargo run --release -p text-embedding --example small_corpus`.

use std::path::{Path, PathBuf};
use text_embedding::corpus::Corpus;

/// Pages about numbers, strings and collections, and chapters of The Rust Programming Language.
const PAGES: [&str; 22] = [
    "book/ch04-01-what-is-ownership.html",
    "book/ch04-02-references-and-borrowing.html",
    "book/ch04-03-slices.html",
    "book/ch08-01-vectors.html",
    "book/ch08-02-strings.html",
    "book/ch08-03-hash-maps.html",
    "reference/types/numeric.html",
    "std/collections/index.html",
    "std/collections/struct.BTreeMap.html",
    "std/collections/struct.BTreeSet.html",
    "std/collections/struct.HashMap.html",
    "std/collections/struct.HashSet.html",
    "std/collections/struct.VecDeque.html",
    "std/option/enum.Option.html",
    "std/primitive.i16.html",
    "std/primitive.i32.html",
    "std/primitive.slice.html",
    "std/primitive.str.html",
    "std/primitive.u16.html",
    "std/primitive.u32.html",
    "std/string/struct.String.html",
    "std/vec/struct.Vec.html",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sysroot = std::process::Command::new("rustc").args(["--print", "sysroot"]).output()?.stdout;
    let html = Path::new(String::from_utf8(sysroot)?.trim()).join("share/doc/rust/html");
    let pages: Vec<PathBuf> = PAGES.iter().map(|page| html.join(page)).collect();
    let corpus = Corpus::of_pages(pages)?;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/small-corpus.txt");
    record::write_atomically(&file, (corpus.sentences.join("\n") + "\n").as_bytes())?;
    println!("{}: {} sentences, {} tokens", file.display(), corpus.sentences.len(), corpus.token_count());
    Ok(())
}
