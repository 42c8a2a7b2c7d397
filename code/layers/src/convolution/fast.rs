//! The convolution as one differentiable operation on the CPU.
//!
//! Nothing the size of the matrix of patches is ever built: that matrix would be $K²$ times as large as the
//! picture. A few rows of the picture at a time are copied into a band with the padding around them, small
//! enough for the cache, and the innermost loops read the patches from there; a patch's line of $K · I$
//! numbers lies in the band in one piece, since channels come last.
//!
//! The gradient with respect to the input is a convolution of the same kind, of the padded upstream
//! gradient with the weights turned around. With a stride $S$ there is one for each remainder of row and
//! column divided by $S$: each remainder meets its own part of the kernel's rows and columns.
//!
//! Pictures are spread over threads. Each chunk of the batch (their number depends on the batch alone) has
//! its own sum for the weights' gradient, and these are added in the order of the chunks: the result is the
//! same for any number of threads.

use super::Geometry;
use crate::lanes::add;
use crate::micro_kernel::{self, Destination, LANES, Lanes, Packed, Patches, whole_panels};
use crate::numbers::numbers;
use crate::operations::Activations;
use crate::{Error, Grid};
use dfdx::prelude::*;
use multiversion::multiversion;
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// The most numbers in a band (128 KiB), if it has more than one line of patches.
const BAND: usize = 1 << 15;

/// The most chunks that the batch is divided into for the weights' gradient.
const CHUNKS: usize = 16;

/// Numbers of the weights' gradient that a thread adds up at a time, for all chunks.
const PIECE: usize = 1 << 12;

/// The [convolution](mod@crate::convolution), with bias and (leaky) ReLU in the same pass.
///
/// # Errors
///
/// If `x` does not fit the geometry's input grid, the slope is not from 0 to 1, or the device fails.
pub fn fast<const IN: usize, const OUT: usize, const KERNEL: usize, T: Tape<f32, Cpu>>(
    x: Activations<IN, Cpu, T>,
    weight: &Tensor<Rank4<KERNEL, KERNEL, IN, OUT>, f32, Cpu>,
    bias: &Tensor<Rank1<OUT>, f32, Cpu>,
    geometry: Geometry,
) -> Result<Activations<OUT, Cpu, T>, Error> {
    let (batch, locations, _) = *x.shape();
    geometry.input.check("convolution", locations)?;
    Error::check_slope(geometry.negative_slope)?;
    let (x, mut tape) = x.try_contiguous().map_err(Error::dfdx)?.split_tape();
    let convolution = Convolution { geometry, inputs: IN, outputs: OUT };

    let pictures = numbers(&x);
    let weights = numbers(weight);
    let mut outputs = vec![0.0; batch * geometry.output.locations() * OUT];
    let bends = geometry.negative_slope != 1.0;
    let mut positive = vec![0; if bends && T::OWNS_TAPE { outputs.len() } else { 0 }];
    convolution.forward(&pictures, &weights, &numbers(bias), &mut outputs, &mut positive);
    let shape = (batch, geometry.output.locations(), Const::<OUT>);
    let y = x.device().try_tensor_from_vec(outputs, shape).map_err(Error::dfdx)?;

    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        let (weight_ghost, bias_ghost) = (weight.ghost(), bias.ghost());
        tape.add_backward_op(move |gradients| {
            // Two gradients cannot be borrowed at once: they are taken out, and put back.
            let upstream = std::mem::take(&mut **gradients.get_or_alloc_mut(&y_ghost)?);
            let mut input = match geometry.input_gradient {
                true => std::mem::take(&mut **gradients.get_or_alloc_mut(&x_ghost)?),
                false => vec![],
            };
            let sums = convolution.backward(&pictures, &weights, &upstream, &positive, &mut input);
            if geometry.input_gradient {
                **gradients.get_or_alloc_mut(&x_ghost)? = input;
            }
            **gradients.get_or_alloc_mut(&y_ghost)? = upstream;
            if let Some((weight_sum, bias_sum)) = sums {
                weight_sum.add_to(gradients.get_or_alloc_mut(&weight_ghost)?);
                add(gradients.get_or_alloc_mut(&bias_ghost)?, &bias_sum);
            }
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

/// What is to be convolved, apart from the numbers.
#[derive(Clone, Copy)]
struct Convolution {
    geometry: Geometry,
    inputs: usize,
    outputs: usize,
}

impl Convolution {
    fn patch(&self) -> usize {
        self.geometry.kernel * self.geometry.kernel * self.inputs
    }

    fn forward(
        &self,
        pictures: &[f32],
        weights: &[f32],
        bias: &[f32],
        outputs: &mut [f32],
        positive: &mut [u8],
    ) {
        let plan = Plan::forward(self);
        let matrix = Packed::of(weights, self.patch(), self.outputs, |row| (row * self.outputs, 1));
        let bias = Packed::of(bias, 1, self.outputs, |_| (0, 1)).panels;
        let input = self.geometry.input.locations() * self.inputs;
        let output = self.geometry.output.locations() * self.outputs;
        let one = |(picture, outputs): (&[f32], &mut [f32]), band: &mut Vec<f32>| {
            for part in &plan.bands {
                plan.copy(part, picture, band);
                plan.multiply(
                    part,
                    band,
                    std::slice::from_ref(&matrix),
                    outputs,
                    (&bias, self.geometry.negative_slope),
                );
            }
        };
        let pairs = pictures.par_chunks(input.max(1)).zip(outputs.par_chunks_mut(output.max(1)));
        if positive.is_empty() {
            pairs.for_each_init(Vec::new, |band, pair| one(pair, band));
        } else {
            pairs.zip(positive.par_chunks_mut(output)).for_each_init(
                Vec::new,
                |band, ((picture, out), mask)| {
                    one((picture, out), band);
                    positives(out, mask);
                },
            );
        }
    }

    /// Adds the input's gradient to `input`, unless that is empty, and returns those of weights and bias, if they are
    /// wanted.
    fn backward(
        &self,
        pictures: &[f32],
        weights: &[f32],
        upstream: &[f32],
        positive: &[u8],
        input: &mut [f32],
    ) -> Option<(Packed, Vec<f32>)> {
        let task = Backward {
            convolution: *self,
            forward: Plan::forward(self),
            backward: Plan::backward(self),
            matrices: if input.is_empty() { vec![] } else { self.turned_around(weights) },
        };
        let picture = self.geometry.input.locations() * self.inputs;
        let output = self.geometry.output.locations() * self.outputs;
        let batch = pictures.len() / picture.max(1);
        let chunk = batch.div_ceil(CHUNKS).max(1);
        let mut input_chunks = input.chunks_mut(chunk * picture);
        let mut positive_chunks = positive.chunks(chunk * output);
        let chunks: Vec<_> = pictures
            .chunks(chunk * picture)
            .zip(upstream.chunks(chunk * output))
            .map(|(pictures, upstream)| Chunk {
                pictures,
                upstream,
                positive: positive_chunks.next().unwrap_or_default(),
                input: input_chunks.next().unwrap_or_default(),
            })
            .collect();
        if !self.geometry.weight_gradient {
            chunks.into_par_iter().for_each(|chunk| drop(task.chunk(chunk)));
            return None;
        }
        let sums: Vec<_> = chunks.into_par_iter().filter_map(|chunk| task.chunk(chunk)).collect();
        let mut weight = Packed::zeros(self.patch(), self.outputs);
        let pieces = weight.panels.as_flattened_mut().par_chunks_mut(PIECE).enumerate();
        pieces.for_each(|(index, total)| {
            for (weight, _) in &sums {
                add(total, &weight.panels.as_flattened()[index * PIECE..][..total.len()]);
            }
        });
        let mut bias = vec![0.0; self.outputs];
        sums.iter().for_each(|(_, sum)| add(&mut bias, sum));
        keep(sums.into_iter().map(|(weight, _)| weight));
        Some((weight, bias))
    }

    /// The weights for the input's gradient: for every part of the [backward plan](Plan::backward), its rows
    /// and columns of the kernel in reverse order, with the channels of the output as rows.
    fn turned_around(&self, weights: &[f32]) -> Vec<Packed> {
        let Geometry { kernel, stride, .. } = self.geometry;
        let mut matrices = Vec::new();
        for row in 0..stride.min(kernel) {
            for column in 0..stride.min(kernel) {
                let (high, wide) = ((kernel - row).div_ceil(stride), (kernel - column).div_ceil(stride));
                matrices.push(Packed::of(weights, high * wide * self.outputs, self.inputs, |index| {
                    let (place, output) = (index / self.outputs, index % self.outputs);
                    let u = row + stride * (high - 1 - place / wide);
                    let v = column + stride * (wide - 1 - place % wide);
                    ((u * kernel + v) * self.inputs * self.outputs + output, self.outputs)
                }));
            }
        }
        matrices
    }
}

/// The chunks' sums of the weights' gradients that are no longer needed. The next training step needs the same ones,
/// and fresh memory would be cleared first.
static FREE: Mutex<Vec<Packed>> = Mutex::new(Vec::new());

/// Sums that are kept at most: those of more layers than a network has.
const MOST: usize = 32 * CHUNKS;

/// A sum with whatever was in it.
fn sum_of_any_value(rows: usize, columns: usize) -> Packed {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    let place = free.iter().rposition(|sum| (sum.rows, sum.columns) == (rows, columns));
    let kept = place.map(|place| free.remove(place));
    drop(free);
    kept.unwrap_or_else(|| Packed::zeros(rows, columns))
}

/// Keeps sums for the next step, the oldest of all no longer if there are too many.
fn keep(sums: impl ExactSizeIterator<Item = Packed>) {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    let too_many = (free.len() + sums.len()).saturating_sub(MOST).min(free.len());
    free.drain(..too_many);
    free.extend(sums);
}

/// What the backward step needs for every chunk.
struct Backward {
    convolution: Convolution,
    forward: Plan,
    backward: Plan,
    matrices: Vec<Packed>,
}

/// A part of the batch.
struct Chunk<'a> {
    pictures: &'a [f32],
    upstream: &'a [f32],
    /// 1 where the output was positive; empty where all numbers are treated alike.
    positive: &'a [u8],
    /// The gradient with respect to the pictures; empty if it is not needed.
    input: &'a mut [f32],
}

impl Backward {
    /// Adds the chunk's input gradient, and returns its sums for the weights and the bias, if they are wanted.
    fn chunk(&self, chunk: Chunk<'_>) -> Option<(Packed, Vec<f32>)> {
        let Convolution { geometry, inputs, outputs } = self.convolution;
        let mut sums = geometry
            .weight_gradient
            .then(|| (sum_of_any_value(self.convolution.patch(), outputs), vec![0.0; outputs]));
        let mut fresh = true;
        let (mut band, mut bent, mut widened) = (Vec::new(), Vec::new(), Vec::new());
        let picture = geometry.input.locations() * inputs;
        let output = geometry.output.locations() * outputs;
        for (index, upstream) in chunk.upstream.chunks_exact(output).enumerate() {
            let upstream = match chunk.positive.get(index * output..(index + 1) * output) {
                Some(positive) if geometry.negative_slope != 1.0 => {
                    bent.resize(output, 0.0);
                    bend(upstream, positive, geometry.negative_slope, &mut bent);
                    &bent
                }
                _ => upstream,
            };
            if let Some((weight, bias)) = &mut sums {
                add_rows(upstream, bias);
                for part in &self.forward.bands {
                    self.forward.copy(part, &chunk.pictures[index * picture..][..picture], &mut band);
                    let to = &part.products[0].to;
                    let (first, rows) = (to[0], to.len());
                    let rows = &upstream[first..][..rows * outputs];
                    let rows = whole_panels(rows, outputs, &mut widened);
                    let patches = self.forward.patches(&part.products[0], &band);
                    micro_kernel::add_transposed_product(patches, rows, weight, fresh);
                    fresh = false;
                }
            }
            if !chunk.input.is_empty() {
                let input = &mut chunk.input[index * picture..][..picture];
                for part in &self.backward.bands {
                    self.backward.copy(part, upstream, &mut band);
                    self.backward.multiply(part, &band, &self.matrices, input, (&[], 1.0));
                }
            }
        }
        sums
    }
}

/// Which rows of a picture to copy with padding, and which products to compute of them.
struct Plan {
    /// The picture.
    picture: Grid,
    channels: usize,
    /// Columns of padding on the left, and of a whole padded row.
    left: usize,
    width: usize,
    bands: Vec<Band>,
    /// For each product: where the patch's stretches begin, and how long they are.
    stretches: Vec<(Vec<usize>, usize)>,
    /// Whether results are added to what is there.
    add: bool,
}

/// A few rows of the padded picture.
struct Band {
    /// The first row of the picture; negative in the padding.
    first: isize,
    rows: usize,
    products: Vec<Product>,
}

/// A product of patches with one of the matrices.
struct Product {
    matrix: usize,
    /// Where each patch begins in the band.
    patches: Vec<usize>,
    /// Where each result begins in the picture of results.
    to: Vec<usize>,
}

impl Plan {
    fn forward(convolution: &Convolution) -> Self {
        let Convolution { geometry, inputs, outputs } = *convolution;
        let Geometry { input, output, kernel, stride, padding, .. } = geometry;
        let width = (output.width - 1) * stride + kernel;
        let high = ((BAND / (width * inputs)).saturating_sub(kernel) / stride + 1).min(output.height);
        let band = |first: usize| {
            let lines = high.min(output.height - first);
            let locations = || (0..lines).flat_map(|i| (0..output.width).map(move |j| (i, j)));
            let patches = locations().map(|(i, j)| (i * width + j) * stride * inputs).collect();
            let to = locations().map(|(i, j)| ((first + i) * output.width + j) * outputs).collect();
            Band {
                first: (first * stride) as isize - padding as isize,
                rows: (lines - 1) * stride + kernel,
                products: vec![Product { matrix: 0, patches, to }],
            }
        };
        Self {
            picture: input,
            channels: inputs,
            left: padding,
            width,
            bands: (0..output.height).step_by(high).map(band).collect(),
            stretches: vec![((0..kernel).map(|u| u * width * inputs).collect(), kernel * inputs)],
            add: false,
        }
    }

    /// The input's gradient. Input row $k$ meets the kernel's row $u$ and output row $(k + P - u) / S$: with
    /// $k + P = S q + r$ those are $u = r + S t$ and output row $q - t$. The same holds for the columns.
    fn backward(convolution: &Convolution) -> Self {
        let Convolution { geometry, inputs, outputs } = *convolution;
        let Geometry { input, output, kernel, stride, padding, .. } = geometry;
        // For any remainder, t is at most `before`: so many rows and columns of padding come first.
        let before = kernel.div_ceil(stride) - 1;
        let quotients = |length: usize| padding / stride..(length - 1 + padding) / stride + 1;
        let (rows, columns) = (quotients(input.height), quotients(input.width));
        let width = columns.end + before;
        let high = (BAND / (width * outputs)).saturating_sub(before).clamp(1, rows.len());
        let remainders = stride.min(kernel);
        let steps = |remainder: usize| (kernel - remainder).div_ceil(stride);
        let mut stretches = Vec::new();
        for row in 0..remainders {
            for column in 0..remainders {
                let begins = (0..steps(row)).map(|i| i * width * outputs).collect();
                stretches.push((begins, steps(column) * outputs));
            }
        }
        let band = |first: usize| {
            let end = (first + high).min(rows.end);
            let mut products = Vec::new();
            for row in 0..remainders {
                for column in 0..remainders {
                    let mut product = Product { matrix: products.len(), patches: vec![], to: vec![] };
                    for q in first..end {
                        for r in columns.clone() {
                            // Outside the picture, the subtraction wraps to a large number.
                            let k = (stride * q + row).wrapping_sub(padding);
                            let l = (stride * r + column).wrapping_sub(padding);
                            if k < input.height && l < input.width {
                                let (above, beside) = (before + 1 - steps(row), before + 1 - steps(column));
                                let place = (q - first + above) * width + r + beside;
                                product.patches.push(place * outputs);
                                product.to.push((k * input.width + l) * inputs);
                            }
                        }
                    }
                    products.push(product);
                }
            }
            Band { first: first as isize - before as isize, rows: end - first + before, products }
        };
        Self {
            picture: output,
            channels: outputs,
            left: before,
            width,
            bands: rows.clone().step_by(high).map(band).collect(),
            stretches,
            add: true,
        }
    }

    /// Copies the rows of a picture into the band, with zeros where there is no picture.
    fn copy(&self, part: &Band, picture: &[f32], band: &mut Vec<f32>) {
        let Self { channels, picture: Grid { height, width }, .. } = *self;
        let row = self.width * channels;
        // The innermost loops may read a little beyond the end.
        band.resize(part.rows * row + LANES, 0.0);
        let begin = self.left * channels;
        let copied = (width * channels).min(row.saturating_sub(begin));
        for (index, to) in band.chunks_exact_mut(row).take(part.rows).enumerate() {
            match usize::try_from(part.first + index as isize) {
                Ok(from) if from < height => {
                    to[..begin.min(row)].fill(0.0);
                    if copied > 0 {
                        to[begin..][..copied].copy_from_slice(&picture[from * width * channels..][..copied]);
                        to[begin + copied..].fill(0.0);
                    }
                }
                _ => to.fill(0.0),
            }
        }
    }

    fn patches<'a>(&'a self, product: &'a Product, band: &'a [f32]) -> Patches<'a> {
        let (stretches, length) = &self.stretches[product.matrix];
        Patches { numbers: band, begins: &product.patches, stretches, length: *length }
    }

    fn multiply(
        &self,
        part: &Band,
        band: &[f32],
        matrices: &[Packed],
        to: &mut [f32],
        (bias, negative_slope): (&[Lanes], f32),
    ) {
        for product in &part.products {
            let patches = self.patches(product, band);
            let mut to =
                Destination { numbers: to, begins: &product.to, add: self.add, bias, negative_slope };
            micro_kernel::multiply(patches, &matrices[product.matrix], &mut to);
        }
    }
}

/// 1 for every number above zero, 0 for the others.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn positives(numbers: &[f32], positive: &mut [u8]) {
    for (positive, number) in positive.iter_mut().zip(numbers) {
        *positive = u8::from(*number > 0.0);
    }
}

/// The numbers whose mark is 1, and the others times the slope.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn bend(numbers: &[f32], positive: &[u8], negative_slope: f32, bent: &mut [f32]) {
    for ((bent, number), positive) in bent.iter_mut().zip(numbers).zip(positive) {
        let small = if negative_slope == 0.0 { 0.0 } else { negative_slope * number };
        *bent = if *positive == 1 { *number } else { small };
    }
}

/// Adds every row to the sum.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_rows(rows: &[f32], sum: &mut [f32]) {
    for row in rows.chunks_exact(sum.len()) {
        for (sum, number) in sum.iter_mut().zip(row) {
            *sum += number;
        }
    }
}
