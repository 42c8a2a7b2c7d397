//! Weaving: a page as it is written becomes a page as mdBook renders it.
//!
//! Listings come from the sources, numbers, outputs, figures and sounds from the records, formulas
//! from KaTeX. All that a page gets wrong is gathered, not only the first mistake.

mod block;
mod directive;
mod glossary;
mod index;
mod page;
mod preprocessor;
mod svg;

pub use block::escaped;
pub use directive::{Detail, Directive, Kind, find as directives};
pub use glossary::{FILE as GLOSSARY, Glossary, Term};
pub use page::{Prose, Use, Weaver, Woven};
pub(crate) use page::{in_tex, label, markdown};
pub use preprocessor::{Preprocess, preprocess};
