//! Before chapter 1: enough Rust to read the book's code, and dfdx in one sitting.
//!
//! Two halves for two kinds of readers. [`numbers`], [`words`], [`loss`] and [`matrix`] are Rust without any library;
//! [`tensors`] and [`exclusive_or`] are deep learning with dfdx; [`exercises`] holds the solutions.

pub mod chapter;
mod error;
pub mod exclusive_or;
pub mod exercises;
pub mod figures;
pub mod loss;
pub mod matrix;
pub mod numbers;
pub mod tensors;
pub mod words;

pub use error::Error;
pub use lab;
pub use lab::AnyDevice;
