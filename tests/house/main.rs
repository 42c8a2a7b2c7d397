//! The book's own program on a small book: weaving, checking, serving, and mdBook's protocol.

mod faults;
mod fixture;
mod protocol;
mod serving;
mod woven;
