//! From the words of a name to a vector: their vectors added up.
//!
//! Every word has a row of a table $E$ (words × $D$). A name in which word $w$ stands $n_w$ times becomes
//!
//! $$ v = \sum_w n_w E_w, $$
//!
//! a *bag of words*: their order is lost. What one name teaches about *blue* is at once true of all
//! names with *blue*, and a name that was never seen has a vector too.

use crate::DIMENSIONS;
use crate::similarity::Rows;
use dfdx::prelude::*;
use layers::collection;
use num_traits::Float;
use rand_distr::{Distribution, Normal, StandardNormal};
use rayon::prelude::*;

/// The standard deviation of a fresh table's numbers.
const DEVIATION: f32 = 0.1;

// ANCHOR: table
/// A table of word vectors: `WORDS` rows of [`DIMENSIONS`] numbers.
#[derive(Clone, Debug)]
pub struct WordEncoder<const WORDS: usize, E: Dtype = f32, D: Storage<E> = Cpu> {
    /// A row for every word.
    pub table: Tensor<Rank2<WORDS, DIMENSIONS>, E, D>,
}
// ANCHOR_END: table

/// A device that adds up the rows of a table: fast on the CPU, by a matrix product elsewhere.
pub trait BagOfWords: Device<f32> {
    /// See [`plain`].
    fn bag_of_words<const WORDS: usize>(
        table: &Tensor<Rank2<WORDS, DIMENSIONS>, f32, Self>,
        names: &[&[u32]],
    ) -> Rows<DIMENSIONS, Self, OwnedTape<f32, Self>>;
}

impl<const WORDS: usize, D: BagOfWords> WordEncoder<WORDS, f32, D> {
    /// The vectors of names, each given as the numbers of its words: → (names, [`DIMENSIONS`]).
    pub fn forward(&self, names: &[&[u32]]) -> Rows<DIMENSIONS, D, OwnedTape<f32, D>> {
        D::bag_of_words(&self.table, names)
    }
}

// ANCHOR: plain
/// A matrix of counts (names × words) times the table (words × [`DIMENSIONS`]).
pub fn plain<const WORDS: usize, D: Device<f32>>(
    table: &Tensor<Rank2<WORDS, DIMENSIONS>, f32, D>,
    names: &[&[u32]],
) -> Rows<DIMENSIONS, D, OwnedTape<f32, D>> {
    let mut counts = vec![0.0; names.len() * WORDS];
    for (name, counts) in names.iter().zip(counts.chunks_exact_mut(WORDS)) {
        name.iter().for_each(|&word| counts[word as usize] += 1.0);
    }
    let counts = table.device().tensor_from_vec(counts, (names.len(), Const::<WORDS>));
    counts.leaky_trace().matmul(table.clone())
}
// ANCHOR_END: plain

// ANCHOR: fast
/// The same without the zeros: each name's few rows are added up, and the gradient of a name goes to
/// the rows of its words.
pub fn fast<const WORDS: usize>(
    table: &Tensor<Rank2<WORDS, DIMENSIONS>, f32, Cpu>,
    names: &[&[u32]],
) -> Rows<DIMENSIONS, Cpu, OwnedTape<f32, Cpu>> {
    let mut rows = vec![0.0; WORDS * DIMENSIONS];
    table.copy_into(&mut rows);
    let (rows, _) = rows.as_chunks::<DIMENSIONS>();
    let mut sums = vec![[0.0; DIMENSIONS]; names.len()];
    sums.par_iter_mut().zip(names).for_each(|(sum, name)| {
        name.iter().for_each(|&word| add_row(sum, &rows[word as usize]));
    });
    let vectors = table.device().tensor_from_vec(sums.into_flattened(), (names.len(), Const));

    let (table, vectors_ghost) = (table.ghost(), vectors.ghost());
    let names: Vec<Vec<u32>> = names.iter().map(|name| name.to_vec()).collect();
    let mut tape = OwnedTape::default();
    tape.add_backward_op(move |gradients| {
        let upstream = gradients.get_or_alloc_mut(&vectors_ghost)?.clone();
        let (gradient, _) = gradients.get_or_alloc_mut(&table)?.as_chunks_mut::<DIMENSIONS>();
        for (name, upstream) in names.iter().zip(upstream.as_chunks::<DIMENSIONS>().0) {
            name.iter().for_each(|&word| add_row(&mut gradient[word as usize], upstream));
        }
        Ok(())
    });
    vectors.put_tape(tape)
}
// ANCHOR_END: fast

#[multiversion::multiversion(targets("x86_64+avx2+fma"))]
fn add_row(sum: &mut [f32; DIMENSIONS], row: &[f32; DIMENSIONS]) {
    for (sum, x) in sum.iter_mut().zip(row) {
        *sum += x;
    }
}

impl BagOfWords for Cpu {
    fn bag_of_words<const WORDS: usize>(
        table: &Tensor<Rank2<WORDS, DIMENSIONS>, f32, Self>,
        names: &[&[u32]],
    ) -> Rows<DIMENSIONS, Self, OwnedTape<f32, Self>> {
        fast(table, names)
    }
}

#[cfg(feature = "cuda")]
impl BagOfWords for Cuda {
    fn bag_of_words<const WORDS: usize>(
        table: &Tensor<Rank2<WORDS, DIMENSIONS>, f32, Self>,
        names: &[&[u32]],
    ) -> Rows<DIMENSIONS, Self, OwnedTape<f32, Self>> {
        plain(table, names)
    }
}

/// Fresh rows, from a normal distribution of the standard deviation [`DEVIATION`].
fn fresh_rows<S: Shape, E: Dtype + Float, D: Device<E>>(table: &mut Tensor<S, E, D>) -> Result<(), D::Err>
where
    StandardNormal: Distribution<E>,
{
    let deviation = E::from_f32(DEVIATION).expect("f32 fits any dtype");
    table.try_fill_with_distr(Normal::new(E::zero(), deviation).expect("finite and positive"))
}

collection!(WordEncoder<WORDS> { table: fresh_rows });
