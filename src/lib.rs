//! The book's own program: weaves the pages, serves them, runs the chapters, writes the notebooks.

mod bibliography;
pub mod build_book;
pub mod check;
pub mod doctor;
pub mod finding;
pub mod house;
mod in_words;
pub mod listing;
mod maths;
mod nearest;
pub mod notebooks;
pub mod print;
pub mod records;
pub mod run;
mod say;
pub mod serve;
mod source_pages;
mod warnings;
pub mod weave;
