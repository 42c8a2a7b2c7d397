//! The book's own program: weaves the pages, serves them, runs the chapters.
fn main() {}
