//! The data of chapters 2 to 6: pictures that have names, and everything that is made of them.
//!
//! No download is needed: the pictures are compiled in. This page is a tour.
//!
//! # Pictures and names
//!
//! [`emoji`] has 1,425 drawn pictures, each with a human name. A name is a handful of words, and
//! many names share words:
//!
//! ```
//! use emoji_world::emoji;
//!
//! let heart = emoji::find("blue heart").unwrap();
//! assert_eq!(heart.character, "💙");
//! assert_eq!(heart.words, ["blue", "heart"]);
//! assert_eq!(emoji::all().len(), 1425);
//! assert_eq!(emoji::vocabulary().len(), 1275);
//! ```
//!
//! A [`Sprite`] is such a picture at any size, with transparency. An [`Augmentation`] puts it on a
//! canvas, each time a little differently: turned, scaled, shifted, tinted, on another background,
//! with noise. The result is a [`Picture`]: plain numbers from 0 to 1, ready for a network.
//!
//! ```
//! use emoji_world::augmentation::{Augmentation, pictures};
//!
//! // Three pictures of 32 × 32; the third is another view of the first one's emoji.
//! let batch = pictures(&[0, 1, 0], 32, &Augmentation::default(), 7);
//! assert_eq!(batch.len(), 3 * 32 * 32 * 3);
//! ```
//!
//! [`split::held_out_names`] keeps some names for the test, so that every one of their words is
//! known from training, and only the combination is new.

pub mod augmentation;
mod bounding_box;
mod description;
pub mod emoji;
mod error;
mod kind;
pub mod picture;
pub mod question;
pub mod relation;
pub mod scene;
mod seeded;
pub mod sentence;
pub mod split;
pub mod sprite;

pub use augmentation::Augmentation;
pub use bounding_box::BoundingBox;
pub use description::{Description, Mention};
pub use emoji::Emoji;
pub use error::Error;
pub use kind::{Backdrop, Colour, Kind};
pub use picture::Picture;
pub use question::{Answer, Question, QuestionType};
pub use relation::{Place, Relation};
pub use scene::{Object, Scene, SceneConfig, Size};
pub use seeded::rng;
pub use sentence::Form;
pub use sprite::Sprite;
