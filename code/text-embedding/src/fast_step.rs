//! The fast step: the negative-sampling loss of a whole batch as one differentiable operation.
//!
//! For a block of $G$ centres with rows $\mathbf{U}$ ($G × D$), the context words' rows $v_c$, and $N$
//! shared negative samples with rows $\mathbf{V}$ ($N × D$):
//!
//! $$ \mathcal{L} = -\sum_{(i,c)} \log σ(u_i · v_c) - \sum_i λ_i \sum_n \log σ(-(\mathbf{U} \mathbf{V}ᵀ)_{in}),
//! \qquad λ_i = K C_i / N $$
//!
//! where centre $i$ has $C_i$ context words. The weight $λ_i$ makes the shared samples count as
//! much as $K$ samples a pair would: in expectation it is the loss of Mikolov et al. (2013b),
//! equation 4. Sharing turns $N·G$ separate dot products into one matrix product (Ji et al. 2016).
//!
//! The operation computes loss and gradients in one pass over the batch; the backward step only
//! hands the gradients over. It is deterministic for any number of threads: blocks are computed on
//! their own, and every row's contributions are added in the order of the blocks.

use crate::batches::Block;
use dfdx::prelude::*;
use rayon::prelude::*;

/// The rows of the two tables that a batch needs, each once, and the batch in terms of them.
#[derive(Clone, Debug, Default)]
pub struct Indexed {
    /// Word ids whose input vectors the batch needs, in order of first use.
    pub inputs: Vec<u32>,
    /// Word ids whose output vectors the batch needs, in order of first use.
    pub outputs: Vec<u32>,
    blocks: Vec<IndexedBlock>,
}

#[derive(Clone, Debug)]
struct IndexedBlock {
    /// Row in `inputs` of each centre.
    centres: Vec<u32>,
    /// (index of the centre in `centres`, row in `outputs` of its context word).
    pairs: Vec<(u32, u32)>,
    /// Row in `outputs` of each negative sample.
    negatives: Vec<u32>,
    /// How much each centre's negative terms count: $λ_i$.
    weights: Vec<f32>,
}

/// Gives every word of a batch the number of its row.
#[derive(Debug)]
pub struct Indexer {
    inputs: Rows,
    outputs: Rows,
}

/// Which row each word has, if it was seen in the present batch.
#[derive(Debug)]
struct Rows {
    /// By word id: (batch in which it was last seen, row).
    seen: Vec<(u64, u32)>,
    batch: u64,
}

impl Rows {
    fn new(words: usize) -> Self {
        Self { seen: vec![(0, 0); words], batch: 0 }
    }

    fn row_of(&mut self, word: u32, order: &mut Vec<u32>) -> u32 {
        let (batch, row) = &mut self.seen[word as usize];
        if *batch != self.batch {
            *batch = self.batch;
            *row = order.len() as u32;
            order.push(word);
        }
        *row
    }
}

impl Indexer {
    /// An indexer for a vocabulary of so many words.
    pub fn new(words: usize) -> Self {
        Self { inputs: Rows::new(words), outputs: Rows::new(words) }
    }

    /// The batch in terms of its own rows. `negatives_a_pair` is the paper's $K$.
    pub fn index(&mut self, blocks: &[Block], negatives_a_pair: f32) -> Indexed {
        self.inputs.batch += 1;
        self.outputs.batch += 1;
        let mut indexed = Indexed::default();
        for block in blocks {
            let Indexed { inputs, outputs, blocks } = &mut indexed;
            blocks.push(IndexedBlock {
                centres: block.centres.iter().map(|&word| self.inputs.row_of(word, inputs)).collect(),
                pairs: block
                    .pairs()
                    .map(|(centre, word)| (centre as u32, self.outputs.row_of(word, outputs)))
                    .collect(),
                negatives: block.negatives.iter().map(|&word| self.outputs.row_of(word, outputs)).collect(),
                weights: (0..block.centres.len())
                    .map(|i| negatives_a_pair * block.contexts_of(i) as f32 / block.negatives.len() as f32)
                    .collect(),
            });
        }
        indexed
    }
}

impl Indexed {
    /// How many (centre, context) pairs the batch has.
    pub fn pair_count(&self) -> usize {
        self.blocks.iter().map(|block| block.pairs.len()).sum()
    }
}

// ANCHOR: operation
/// The negative-sampling loss of a batch, summed over its pairs, as one operation on the tape.
///
/// `inputs` has a row of $D$ numbers for every word id in `batch.inputs`, `outputs` one for every
/// word id in `batch.outputs`. Gradients flow to both.
pub fn negative_sampling_loss<const D: usize, T, S>(
    inputs: Tensor<(usize, Const<D>), f32, Cpu, T>,
    outputs: Tensor<(usize, Const<D>), f32, Cpu, S>,
    batch: &Indexed,
) -> Tensor<Rank0, f32, Cpu, T>
where
    T: Tape<f32, Cpu> + Merge<S>,
    S: Tape<f32, Cpu>,
{
    let (inputs, tape) = inputs.split_tape();
    let (outputs, other_tape) = outputs.split_tape();
    let mut tape = tape.merge(other_tape);

    let (input_rows, output_rows) = (numbers(&inputs), numbers(&outputs));
    let results: Vec<BlockResult<D>> = batch
        .blocks
        .par_iter()
        .map(|block| block.forward_and_gradients(as_rows(&input_rows), as_rows(&output_rows)))
        .collect();
    let loss: f64 = results.iter().map(|result| result.loss).sum();
    let loss = inputs.device().tensor(loss as f32);

    if T::OWNS_TAPE || S::OWNS_TAPE {
        let (input_ghost, output_ghost, loss_ghost) = (inputs.ghost(), outputs.ghost(), loss.ghost());
        let (input_gradient, output_gradient) = batch.add_up(&results, as_rows(&input_rows));
        tape.add_backward_op(move |gradients| {
            let upstream = gradients.get_or_alloc_mut(&loss_ghost)?[0];
            add_scaled(gradients.get_or_alloc_mut(&input_ghost)?, upstream, &input_gradient);
            add_scaled(gradients.get_or_alloc_mut(&output_ghost)?, upstream, &output_gradient);
            Ok(())
        });
    }
    loss.put_tape(tape)
}
// ANCHOR_END: operation

impl Indexed {
    // ANCHOR: composed
    /// The same loss composed of dfdx's own operations, block by block: what the fast form is
    /// checked against.
    pub fn composed_loss<const D: usize>(
        &self,
        inputs: &Tensor<(usize, Const<D>), f32, Cpu>,
        outputs: &Tensor<(usize, Const<D>), f32, Cpu>,
    ) -> Tensor<Rank0, f32, Cpu, OwnedTape<f32, Cpu>> {
        let device = inputs.device();
        let ids = |rows: Vec<u32>| {
            let rows: Vec<usize> = rows.into_iter().map(|row| row as usize).collect();
            let count = rows.len();
            device.tensor_from_vec(rows, (count,))
        };
        let log_sigmoid = |x: Tensor<(usize,), f32, Cpu, OwnedTape<f32, Cpu>>| x.sigmoid().ln();
        let mut total = device.zeros::<Rank0>().leaky_trace();
        for block in &self.blocks {
            // The right words.
            let centres = block.pairs.iter().map(|&(i, _)| block.centres[i as usize]).collect();
            let u = inputs.leaky_trace().gather(ids(centres)); // pairs × D
            let v = outputs.leaky_trace().gather(ids(block.pairs.iter().map(|pair| pair.1).collect()));
            let right = log_sigmoid((u * v).sum::<(usize,), Axis<1>>());
            // Every centre with every negative sample, weighted.
            let (mut centres, mut negatives, mut weights) = (Vec::new(), Vec::new(), Vec::new());
            for (&centre, &weight) in block.centres.iter().zip(&block.weights) {
                for &negative in &block.negatives {
                    centres.push(centre);
                    negatives.push(negative);
                    weights.push(weight);
                }
            }
            let weights = device.tensor_from_vec(weights, (centres.len(),));
            let u = inputs.leaky_trace().gather(ids(centres)); // (centres × samples) × D
            let n = outputs.leaky_trace().gather(ids(negatives));
            let wrong = log_sigmoid((u * n).sum::<(usize,), Axis<1>>().negate()) * weights;
            total = total - right.sum::<Rank0, _>() - wrong.sum::<Rank0, _>();
        }
        total
    }
    // ANCHOR_END: composed
}

/// What one block gives: its loss, and its gradients.
struct BlockResult<const D: usize> {
    loss: f64,
    /// For every centre of the block.
    centres: Vec<[f32; D]>,
    /// For every negative sample of the block.
    negatives: Vec<[f32; D]>,
    /// For every pair, the derivative of the loss with respect to its dot product.
    pairs: Vec<f32>,
}

impl IndexedBlock {
    // ANCHOR: block
    fn forward_and_gradients<const D: usize>(
        &self,
        inputs: &[[f32; D]],
        outputs: &[[f32; D]],
    ) -> BlockResult<D> {
        let centres: Vec<[f32; D]> = self.centres.iter().map(|&row| inputs[row as usize]).collect();
        let negatives: Vec<[f32; D]> = self.negatives.iter().map(|&row| outputs[row as usize]).collect();
        let mut result = BlockResult {
            loss: 0.0,
            centres: vec![[0.0; D]; centres.len()],
            negatives: vec![[0.0; D]; negatives.len()],
            pairs: vec![0.0; self.pairs.len()],
        };

        // The right words: -log σ(x), with derivative σ(x) - 1.
        for (&(centre, row), x) in self.pairs.iter().zip(&mut result.pairs) {
            *x = dot(&centres[centre as usize], &outputs[row as usize]);
        }
        result.loss += log_sigmoid_and_error(&mut result.pairs, 1.0);
        for (&(centre, row), &error) in self.pairs.iter().zip(&result.pairs) {
            add_row(&mut result.centres[centre as usize], error, &outputs[row as usize]);
        }

        // The negative samples: -log σ(-x) for all centres × samples at once, with derivative σ(x).
        let mut errors = vec![0.0; centres.len() * negatives.len()];
        multiply(&centres, &negatives, &mut errors);
        for (row, &weight) in errors.chunks_exact_mut(negatives.len()).zip(&self.weights) {
            result.loss += f64::from(weight) * log_sigmoid_and_error(row, 0.0);
            row.iter_mut().for_each(|error| *error *= weight);
        }
        add_product(&errors, &negatives, &mut result.centres);
        add_transposed_product(&errors, &centres, &mut result.negatives);
        result
    }
    // ANCHOR_END: block
}

impl Indexed {
    /// The gradients with respect to the batch's input and output rows, every block's contribution
    /// added in the order of the blocks.
    fn add_up<const D: usize>(
        &self,
        results: &[BlockResult<D>],
        inputs: &[[f32; D]],
    ) -> (Vec<f32>, Vec<f32>) {
        let input_gradient = || {
            let mut sum = vec![[0.0; D]; self.inputs.len()];
            for (block, result) in self.blocks.iter().zip(results) {
                for (&row, gradient) in block.centres.iter().zip(&result.centres) {
                    add_row(&mut sum[row as usize], 1.0, gradient);
                }
            }
            sum.into_flattened()
        };
        let output_gradient = || {
            let mut sum = vec![[0.0; D]; self.outputs.len()];
            // Each task owns a range of rows and passes over all contributions for those.
            let range = self.outputs.len().div_ceil(2).max(1);
            sum.par_chunks_mut(range).enumerate().for_each(|(part, sum)| {
                let first = part * range;
                let own = |row: u32| (row as usize).wrapping_sub(first);
                for (block, result) in self.blocks.iter().zip(results) {
                    for (&(centre, row), &error) in block.pairs.iter().zip(&result.pairs) {
                        if let Some(sum) = sum.get_mut(own(row)) {
                            let centre = block.centres[centre as usize];
                            add_row(sum, error, &inputs[centre as usize]);
                        }
                    }
                    for (&row, gradient) in block.negatives.iter().zip(&result.negatives) {
                        if let Some(sum) = sum.get_mut(own(row)) {
                            add_row(sum, 1.0, gradient);
                        }
                    }
                }
            });
            sum.into_flattened()
        };
        rayon::join(input_gradient, output_gradient)
    }
}

/// The numbers of a contiguous tensor, copied in one piece: `as_vec` walks through every index.
fn numbers<const D: usize>(tensor: &Tensor<(usize, Const<D>), f32, Cpu>) -> Vec<f32> {
    let mut numbers = vec![0.0; tensor.shape().num_elements()];
    tensor.copy_into(&mut numbers);
    numbers
}

fn as_rows<const D: usize>(numbers: &[f32]) -> &[[f32; D]] {
    numbers.as_chunks().0
}

/// $x · y$
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
pub(crate) fn dot<const D: usize>(x: &[f32; D], y: &[f32; D]) -> f32 {
    // Eight sums side by side, so that the compiler can use vector instructions.
    let mut sums = [0.0_f32; 8];
    let (xs, x_rest) = x.as_chunks::<8>();
    let (ys, y_rest) = y.as_chunks::<8>();
    for (x, y) in xs.iter().zip(ys) {
        for i in 0..8 {
            sums[i] += x[i] * y[i];
        }
    }
    sums.iter().sum::<f32>() + x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum::<f32>()
}

/// $s \mathrel{+}= a x$
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn add_row<const D: usize>(sum: &mut [f32; D], a: f32, x: &[f32; D]) {
    for (sum, x) in sum.iter_mut().zip(x) {
        *sum += a * x;
    }
}

#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn add_scaled(sum: &mut [f32], a: f32, x: &[f32]) {
    for (sum, x) in sum.iter_mut().zip(x) {
        *sum += a * x;
    }
}

/// Replaces every dot product $x$ by the derivative $σ(x) - y$ of the logistic loss for label $y$
/// (1: a right word, 0: a negative sample), and returns the summed loss.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma"
))]
fn log_sigmoid_and_error(dots: &mut [f32], label: f32) -> f64 {
    let (whole, rest) = dots.as_chunks_mut::<LANES>();
    let mut loss: f64 = whole.chunks_mut(FACTORS).map(|dots| losses_and_errors(dots, label)).sum();
    if !rest.is_empty() {
        // Filled up with dot products whose loss is 0.
        let mut last = [[if label == 1.0 { f32::INFINITY } else { f32::NEG_INFINITY }; LANES]];
        last[0][..rest.len()].copy_from_slice(rest);
        loss += losses_and_errors(&mut last, label);
        rest.copy_from_slice(&last[0][..rest.len()]);
    }
    loss
}

/// Numbers side by side, so that the compiler can use vector instructions.
const LANES: usize = 16;

/// The sum of ln(1 + e^(-|x|)) is the logarithm of a product. Of so many rows, 512 numbers from 1 to 2, it is at most
/// 2⁵¹², which is within the range of double precision.
const FACTORS: usize = 32;

#[inline(always)]
fn losses_and_errors(dots: &mut [[f32; LANES]], label: f32) -> f64 {
    let (mut products, mut wrong_side) = ([1.0_f64; LANES], [0.0_f32; LANES]);
    for dots in dots {
        for i in 0..LANES {
            let x = dots[i];
            // e^(-|x|) never overflows; both σ(x) and ln σ(±x) follow from it.
            let small = exp_of_minus(x.abs());
            let sigmoid = if x >= 0.0 { 1.0 } else { small } / (1.0 + small);
            let wrong = if label == 1.0 { -x } else { x };
            wrong_side[i] += if wrong < 0.0 { 0.0 } else { wrong };
            products[i] *= 1.0 + f64::from(small);
            dots[i] = sigmoid - label;
        }
    }
    products.iter().product::<f64>().ln() + f64::from(wrong_side.iter().sum::<f32>())
}

/// $\mathrm{e}^{-a}$ for $a ≥ 0$ with a relative error below 5e-7, in arithmetic that the compiler can turn
/// into vector instructions; the library's `exp` is a call a number.
///
/// $\mathrm{e}^{-a} = 2^n 2^f$ with $n$ a whole number and $|f| ≤ ½$: $2^n$ is put together from its bits, and
/// $2^f = \mathrm{e}^{f \ln 2}$ is the beginning of its Taylor series.
#[inline(always)]
fn exp_of_minus(a: f32) -> f32 {
    /// Adding 1.5 · 2²³ leaves no bit for a fraction: the sum holds the rounded number in its last bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts, so that whole multiples of the first are exact (Cody and Waite 1980).
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let a = if a > 87.0 { 87.0 } else { a }; // unlike min, this keeps what is not a number
    let rounded = ROUND - a * std::f32::consts::LOG2_E;
    let n = rounded - ROUND;
    let f = (-a - n * LN_2[0]) - n * LN_2[1];
    let power = f32::from_bits(rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23);
    let series = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    power * series.iter().fold(0.0, |sum, c| sum * f + c)
}

/// $\mathbf{S} = \mathbf{U} \mathbf{V}ᵀ$
fn multiply<const D: usize>(u: &[[f32; D]], v: &[[f32; D]], product: &mut [f32]) {
    let (u, v) = (u.as_flattened(), v.as_flattened());
    gemm([u.len() / D, D, v.len() / D], (u, [D, 1]), (v, [1, D]), product);
}

/// What the rows of $\mathbf{U}$ get: $\mathrel{+}= \bar{\mathbf{S}} \mathbf{V}$
fn add_product<const D: usize>(errors: &[f32], v: &[[f32; D]], sum: &mut [[f32; D]]) {
    gemm([sum.len(), v.len(), D], (errors, [v.len(), 1]), (v.as_flattened(), [D, 1]), sum.as_flattened_mut());
}

/// What the rows of $\mathbf{V}$ get: $\mathrel{+}= \bar{\mathbf{S}}ᵀ \mathbf{U}$
fn add_transposed_product<const D: usize>(errors: &[f32], u: &[[f32; D]], sum: &mut [[f32; D]]) {
    gemm(
        [sum.len(), u.len(), D],
        (errors, [1, sum.len()]),
        (u.as_flattened(), [D, 1]),
        sum.as_flattened_mut(),
    );
}

/// $C \mathrel{+}= A B$ for an $m × k$ matrix $A$, a $k × n$ matrix $B$ (each with row and column
/// stride) and an $m × n$ matrix $C$ stored row by row.
fn gemm([m, k, n]: [usize; 3], (a, sa): (&[f32], [usize; 2]), (b, sb): (&[f32], [usize; 2]), c: &mut [f32]) {
    let reach = |rows: usize, columns: usize, [row, column]: [usize; 2]| {
        if rows == 0 || columns == 0 { 0 } else { (rows - 1) * row + (columns - 1) * column + 1 }
    };
    assert!(reach(m, k, sa) <= a.len() && reach(k, n, sb) <= b.len() && m * n <= c.len());
    // SAFETY: the assertion shows that every index the product touches lies inside its slice; `c` is
    // borrowed exclusively and its rows do not overlap (row stride n, column stride 1).
    #[allow(unsafe_code)]
    unsafe {
        matrixmultiply::sgemm(
            m,
            k,
            n,
            1.0,
            a.as_ptr(),
            sa[0] as isize,
            sa[1] as isize,
            b.as_ptr(),
            sb[0] as isize,
            sb[1] as isize,
            1.0,
            c.as_mut_ptr(),
            n as isize,
            1,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const D: usize = 12;
    const K: f32 = 5.0;

    prop_compose! {
        fn any_blocks()(
            centres in prop::collection::vec((0_u32..30, prop::collection::vec(0_u32..30, 1..6)), 1..40),
            negatives in prop::collection::vec(0_u32..30, 1..20),
            length in 1_usize..9,
        ) -> Vec<Block> {
            let block = |centres: &[(u32, Vec<u32>)]| {
                let mut block = Block { negatives: negatives.clone(), ..Block::default() };
                for (centre, contexts) in centres {
                    block.centres.push(*centre);
                    block.contexts.extend(contexts);
                    block.ends.push(block.contexts.len());
                }
                block
            };
            centres.chunks(length).map(block).collect()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn loss_and_gradients_are_those_of_the_composed_form(blocks in any_blocks(), seed in 0_u64..1000) {
            let device = Cpu::seed_from_u64(seed);
            let batch = Indexer::new(30).index(&blocks, K);
            let inputs: Tensor<(usize, Const<D>), f32, _> =
                device.sample_normal_like(&(batch.inputs.len(), Const));
            let outputs: Tensor<(usize, Const<D>), f32, _> =
                device.sample_normal_like(&(batch.outputs.len(), Const));
            let expected = batch.composed_loss(&inputs, &outputs);
            let loss = negative_sampling_loss(inputs.leaky_trace(), outputs.leaky_trace(), &batch);
            prop_assert!((loss.array() - expected.array()).abs() <= 1e-5 * expected.array().abs());
            let (gradients, expected) = (loss.backward(), expected.backward());
            for tensor in [&inputs, &outputs] {
                let (found, wanted) = (gradients.get(tensor).as_vec(), expected.get(tensor).as_vec());
                // Sums of up to some hundred terms in single precision, in another order.
                let scale = wanted.iter().fold(1.0_f32, |scale, x| scale.max(x.abs()));
                for (found, wanted) in found.iter().zip(&wanted) {
                    prop_assert!((found - wanted).abs() <= 1e-5 * scale, "{} {}", found, wanted);
                }
            }
        }
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let device = Cpu::seed_from_u64(11);
        let block = Block {
            centres: vec![0, 1, 0],
            contexts: vec![2, 3, 1, 1, 0],
            ends: vec![2, 3, 5],
            negatives: vec![4, 2],
        };
        let batch = Indexer::new(5).index(&[block], 3.0);
        let inputs: Tensor<(usize, Const<4>), f32, _> = device.sample_normal_like(&(2, Const));
        let outputs: Tensor<(usize, Const<4>), f32, _> = device.sample_normal_like(&(5, Const));
        let gradients =
            negative_sampling_loss(inputs.leaky_trace(), outputs.leaky_trace(), &batch).backward();
        let loss = |inputs: Vec<f32>, outputs: Vec<f32>| {
            let u = device.tensor_from_vec(inputs, (2, Const::<4>));
            let v = device.tensor_from_vec(outputs, (5, Const::<4>));
            f64::from(negative_sampling_loss(u, v, &batch).array())
        };
        // With a step of 2⁻⁷ the error is about h²/6 of the third derivative plus 2⁻²³ L / h ≈ 3e-4.
        let h = 1.0 / 128.0;
        let (u, v) = (inputs.as_vec(), outputs.as_vec());
        for (numbers, gradient, is_input) in
            [(&u, gradients.get(&inputs).as_vec(), true), (&v, gradients.get(&outputs).as_vec(), false)]
        {
            for (i, gradient) in gradient.iter().enumerate() {
                let shifted = |by: f32| {
                    let mut numbers = numbers.clone();
                    numbers[i] += by;
                    if is_input { loss(numbers, v.clone()) } else { loss(u.clone(), numbers) }
                };
                let slope = (shifted(h) - shifted(-h)) / f64::from(2.0 * h);
                assert!((slope - f64::from(*gradient)).abs() < 2e-3, "{i}: {slope} {gradient}");
            }
        }
    }

    #[test]
    fn the_exponential_is_right_to_single_precision() {
        for i in 0..=870_000 {
            let a = i as f32 * 1e-4;
            let expected = (-f64::from(a)).exp();
            assert!((f64::from(exp_of_minus(a)) / expected - 1.0).abs() < 5e-7, "{a}");
        }
        assert!(exp_of_minus(1e9) < 1e-37 && exp_of_minus(f32::INFINITY) < 1e-37);
    }

    #[test]
    fn any_number_of_dot_products_gives_the_loss_of_the_formula() {
        for count in [1, 15, 16, 17, 511, 512, 513, 1100] {
            for label in [0.0_f32, 1.0] {
                let x: Vec<f32> = (0..count).map(|i| 9.0 * (i as f32 * 12.9898).sin()).collect();
                let sign = if label == 1.0 { -1.0 } else { 1.0 };
                let wanted: f64 = x.iter().map(|&x| (sign * f64::from(x)).exp().ln_1p()).sum();
                let mut dots = x.clone();
                let found = log_sigmoid_and_error(&mut dots, label);
                assert!(
                    (found - wanted).abs() <= 1e-5 * wanted.max(1.0),
                    "{count}, {label}: {found} {wanted}"
                );
                for (x, error) in x.iter().zip(&dots) {
                    let wanted = 1.0 / (1.0 + (-f64::from(*x)).exp()) - f64::from(label);
                    assert!((f64::from(*error) - wanted).abs() < 1e-6, "{x}: {error}");
                }
            }
        }
        // As large as the product becomes.
        let loss = log_sigmoid_and_error(&mut [0.0; 1024], 1.0);
        assert!((loss - 1024.0 * std::f64::consts::LN_2).abs() < 1e-3, "{loss}");
        assert!(log_sigmoid_and_error(&mut [1.0, f32::NAN], 0.0).is_nan());
    }

    #[test]
    fn large_dot_products_give_finite_losses_and_errors() {
        let mut dots = [-200.0, -1.0, 0.0, 1.0, 200.0];
        let loss = log_sigmoid_and_error(&mut dots, 1.0);
        assert!((loss - (200.0 + 1.313_262 + std::f64::consts::LN_2 + 0.313_262)).abs() < 1e-3, "{loss}");
        assert!((dots[0] + 1.0).abs() < 1e-6 && dots[4].abs() < 1e-6, "{dots:?}");
        assert!((dots[2] + 0.5).abs() < 1e-6);
    }
}
