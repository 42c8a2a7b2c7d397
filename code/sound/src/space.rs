//! Sounds, pictures and words in one space, of which only the pictures were ever beside both others.
//!
//! [Chapter 2](joint_embedding) brings pictures and names into one space. Here a network for sounds learns to place them
//! beside pictures, which stay where they are. That a sound then lies near a *name* was never trained: it follows, since
//! both lie near the same pictures (Girdhar et al. 2023, *ImageBind: one embedding space to bind them all*,
//! arXiv:2305.05665).

use crate::Error;
use crate::sound_encoder::SoundEncoder;
use crate::synthesis::Kind;
use emoji_world::emoji;
use joint_embedding::DIMENSIONS;
use joint_embedding::model::Model;
use joint_embedding::space::{Vector, unit};
use joint_embedding::views;
use rand::Rng;
use rand::seq::IndexedRandom;

/// The vectors of some pictures of each class.
#[derive(Clone, Debug, PartialEq)]
pub struct Pictures<const N: usize> {
    classes: Vec<Vec<[f32; N]>>,
}

impl<const N: usize> Pictures<N> {
    /// From the vectors of each class, of length 1.
    ///
    /// # Errors
    ///
    /// If there is no class, or one has no picture.
    pub fn new(classes: Vec<Vec<[f32; N]>>) -> Result<Self, Error> {
        match classes.iter().position(Vec::is_empty) {
            Some(class) => {
                Err(Error::shape("pictures", "a picture of each class", format!("none of class {class}")))
            }
            None if classes.is_empty() => Err(Error::shape("pictures", "a class or more", "none")),
            None => Ok(Self { classes }),
        }
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.classes.len()
    }

    /// One picture of each class: classes × `N` numbers.
    pub fn one_of_each(&self, rng: &mut impl Rng) -> Vec<f32> {
        let one = |class: &Vec<[f32; N]>| *class.choose(rng).expect("no class is empty");
        self.classes.iter().flat_map(one).collect()
    }
}

/// Some views of the picture of each kind, as chapter 2's network places them. The views are drawn as in its training;
/// `seed` chooses them.
///
/// # Errors
///
/// If no view of each is asked for.
// ANCHOR: pictures
pub fn pictures(model: &mut Model, each: usize, seed: u64) -> Result<Pictures<DIMENSIONS>, Error> {
    let emoji = Kind::ALL.map(|kind| kind.emoji().id);
    let mut classes = vec![Vec::with_capacity(each); emoji.len()];
    for view in 0..each as u64 {
        let vectors = model.embed_pictures(&views::training(&emoji, seed, view, 0.0));
        classes.iter_mut().zip(vectors).for_each(|(class, vector)| class.push(vector));
    }
    Pictures::new(classes)
}
// ANCHOR_END: pictures

/// The names of the kinds' emoji, as chapter 2's network places them, in the order of [`Kind::ALL`].
///
/// # Errors
///
/// If a name has no word that the network knows.
pub fn names(model: &Model) -> Result<Vec<Vector>, Error> {
    let vocabulary = emoji::vocabulary();
    let number = |word: &String| vocabulary.binary_search(&word.as_str()).ok().map(|place| place as u32);
    let bag = |kind: Kind| -> Result<Vec<u32>, Error> {
        let bag: Vec<u32> = kind.emoji().words.iter().filter_map(number).collect();
        let known = || Error::shape("names", "a name with a word of chapter 2", kind.emoji().name);
        if bag.is_empty() { Err(known()) } else { Ok(bag) }
    };
    let bags: Vec<Vec<u32>> = Kind::ALL.into_iter().map(bag).collect::<Result<_, _>>()?;
    let bags: Vec<&[u32]> = bags.iter().map(Vec::as_slice).collect();
    Ok(model.embed_names(&bags))
}

/// Where a network places sounds, given their pictures of [`FRAMES`](crate::features::FRAMES) ×
/// [`MELS`](crate::features::MELS): vectors of length 1.
pub fn sounds(ear: &mut SoundEncoder<DIMENSIONS>, pictures: &[f32]) -> Vec<Vector> {
    ear.hear(pictures).as_chunks::<DIMENSIONS>().0.iter().map(unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augmentation::Augmentation;
    use crate::train::Examples;

    #[test]
    fn all_three_senses_have_a_place_for_every_kind() {
        let mut model = Model::new(1, 0.05);
        let pictures = pictures(&mut model, 2, 1).unwrap();
        assert_eq!(pictures.classes(), Kind::ALL.len());
        let drawn = pictures.one_of_each(&mut emoji_world::rng(1, 1));
        assert_eq!(drawn.len(), Kind::ALL.len() * DIMENSIONS);
        let mut ear = SoundEncoder::new(&lab::device(1), 1);
        let heard = Examples::of_emoji(1, &Augmentation::NONE, 1).unwrap();
        let (sounds, names) = (sounds(&mut ear, &heard.pictures), names(&model).unwrap());
        assert_eq!((sounds.len(), names.len()), (Kind::ALL.len(), Kind::ALL.len()));
        for vector in sounds.iter().chain(&names) {
            assert!((vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-4);
        }
    }

    #[test]
    fn a_class_without_a_picture_is_refused() {
        let error = Pictures::<3>::new(vec![vec![[1.0, 0.0, 0.0]], vec![]]).unwrap_err().to_string();
        assert!(error.contains("class 1"), "{error}");
        assert!(Pictures::<3>::new(vec![]).is_err());
    }
}
