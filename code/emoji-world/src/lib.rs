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
//!
//! # Scenes
//!
//! A [`Scene`] is a few objects on a canvas, of 43 kinds of things and of circles, squares and hearts
//! in nine colours. Everything about it is known, down to the box of every object's visible pixels.
//! [`sentence`] says in English what is there, in several ways, and [`Description`] reads such
//! sentences back and tells whether they are so, which is how captions are judged:
//!
//! ```
//! use emoji_world::sentence::{Form, sentences};
//! use emoji_world::{Description, Scene, SceneConfig};
//!
//! let scene = Scene::sample(&SceneConfig::default(), 8);
//! let picture = scene.render();
//! assert_eq!((picture.width, picture.height), (56, 56));
//! for sentence in sentences(&scene, &Form::ALL, 5, 1) {
//!     assert!(Description::parse(&sentence)?.is_true_of(&scene));
//! }
//! # Ok::<(), emoji_world::Error>(())
//! ```
//!
//! [`question`] asks: what is it, what colour, is there, how many, is this left of that. Answers can be
//! balanced, so that only the picture tells, or unbalanced on purpose:
//!
//! ```
//! use emoji_world::question::{QuestionConfig, QuestionType, answer};
//!
//! let counting = QuestionConfig { types: vec![QuestionType::HowMany], ..QuestionConfig::default() };
//! let example = counting.example(None, 1, 0)?;
//! assert_eq!(answer(&example.question.text, &example.scene)?, example.question.answer);
//! # Ok::<(), emoji_world::Error>(())
//! ```
//!
//! [`split::SceneSplit`] decides which scenes training may show: pairs of kinds, colours of shapes and
//! contents that are held out never occur in it.
//!
//! # Data sets that readers have
//!
//! [`flickr8k`] reads photographs with captions, [`idx`] the files of MNIST. What is malformed gets an error that names the file, the line or
//! byte, what was expected and what was found.

pub mod augmentation;
mod bounding_box;
mod description;
pub mod emoji;
mod error;
pub mod flickr8k;
pub mod idx;
mod kind;
pub mod picture;
pub mod question;
pub mod relation;
pub mod scene;
mod seeded;
pub mod sentence;
pub mod split;
pub mod sprite;
pub mod text_file;

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
pub use seeded::{rng, two_normal};
pub use sentence::Form;
pub use sprite::Sprite;
