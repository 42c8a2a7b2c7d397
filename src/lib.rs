//! The book's own program: weaves the pages, serves them, runs the chapters, writes the notebooks.

pub mod listing;
