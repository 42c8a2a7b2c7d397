//! The operations of `layers` in both forms: composed of dfdx's operations, and each as one operation of its own.

use crate::stopwatch::{Contender, in_turn};
use dfdx::prelude::*;
use dfdx::tensor::Tape as _;
use layers::additive_attention::{
    attention_weights_fast, attention_weights_plain, weighted_sum_fast, weighted_sum_plain,
};
use layers::batch_norm::{self, Normalisation};
use layers::convolution::{self, Geometry};
use layers::index_select::Entries;
use layers::recurrent::{gru, lstm};
use layers::{
    Activations, ConvolutionConfig, Error, Fixed, Grid, Gru, Lstm, LstmState, Rows, Sequence, cross_entropy,
    index_select, leaky_relu, pooling, upsampling,
};
use std::sync::Arc;

type Tape = OwnedTape<f32, Cpu>;

/// Forward and back in one form of an operation.
pub struct Work {
    work: Box<dyn Fn() -> Result<Gradients<f32, Cpu>, Error>>,
    rest: Box<dyn Fn() -> Gradients<f32, Cpu>>,
    read: Box<Read>,
}

/// Reads the gradient of the input.
type Read = dyn Fn(&Gradients<f32, Cpu>) -> Vec<f32>;

impl Work {
    /// Does it once: the gradients of all that the operation reads.
    ///
    /// # Errors
    ///
    /// If the operation does not fit its input.
    pub fn done(&self) -> Result<Gradients<f32, Cpu>, Error> {
        (self.work)()
    }

    /// Does once what [`done`](Self::done) does beside the operation: the tape, the cleared place for the gradient from
    /// above, and its copy.
    pub fn rest(&self) -> Gradients<f32, Cpu> {
        (self.rest)()
    }

    /// Does it once, and reads the gradient of the input.
    fn gradient(&self) -> Result<Vec<f32>, Error> {
        Ok((self.read)(&self.done()?))
    }
}

/// One operation in both forms.
pub struct Operation {
    /// What it does, on how much.
    pub name: &'static str,
    /// Composed of dfdx's operations.
    pub plain: Work,
    /// As one operation.
    pub fast: Work,
}

/// What was measured of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Its name.
    pub name: &'static str,
    /// The median milliseconds of the plain form.
    pub plain: f64,
    /// And of the fast one.
    pub fast: f64,
    /// The largest difference of the two gradients, divided by the largest number in them.
    pub apart: f64,
}

impl Measured {
    /// How many times as fast.
    pub fn ratio(&self) -> f64 {
        self.plain / self.fast
    }
}

/// A piece of work for either form of the same operation.
fn of<S: Shape, R: Shape>(
    x: &Tensor<S, f32, Cpu>,
    form: impl Fn(Tensor<S, f32, Cpu, Tape>) -> Result<Tensor<R, f32, Cpu, Tape>, Error> + 'static,
) -> Result<Work, Error> {
    let (x, same) = (x.clone(), x.clone());
    let (y, _) = form(x.leaky_trace())?.split_tape();
    let numbers = y.shape().num_elements();
    let from_above: Arc<[f32]> = (0..numbers).map(|i| (i * 7 % 13) as f32 / 13.0 - 0.5).collect();
    let from_above_too = Arc::clone(&from_above);
    Ok(Work {
        work: Box::new(move || Ok(below(form(x.leaky_trace())?, &from_above).backward())),
        rest: Box::new(move || below(y.leaky_trace(), &from_above_too).backward()),
        read: Box::new(move |gradients| gradients.get(&same).as_vec()),
    })
}

/// A loss that costs nothing itself: the gradient that comes from above to the numbers of `y` is given.
fn below<R: Shape>(y: Tensor<R, f32, Cpu, Tape>, from_above: &Arc<[f32]>) -> Tensor<Rank0, f32, Cpu, Tape> {
    let from_above = Arc::clone(from_above);
    let (y, mut tape) = y.split_tape();
    let loss: Tensor<Rank0, f32, Cpu> = y.device().zeros();
    let y = y.ghost();
    tape.add_backward_op(move |gradients| {
        gradients.get_or_alloc_mut(&y)?.copy_from_slice(&from_above);
        Ok(())
    });
    loss.put_tape(tape)
}

/// All operations.
///
/// # Errors
///
/// If an operation does not fit its input.
pub fn operations(batch: usize) -> Result<Vec<Operation>, Error> {
    let device = Cpu::seed_from_u64(1);
    let grid = Grid::new(28, 28);
    let map: Activations<32, Cpu, NoneTape> = device.sample_normal_like(&(batch, grid.locations(), Const));
    let mut all = Vec::new();
    let mut add = |name, plain, fast| all.push(Operation { name, plain, fast });

    let geometry = Geometry::new(grid, 3, ConvolutionConfig { stride: 1, padding: 1 })?;
    let geometry = Geometry { negative_slope: 0.0, ..geometry };
    let weight: Tensor<Rank4<3, 3, 32, 64>, f32, Cpu> = device.sample_normal();
    let bias: Tensor<Rank1<64>, f32, Cpu> = device.sample_normal();
    let (w, b) = (weight.clone(), bias.clone());
    add(
        "convolution, 32 → 64 channels",
        of(&map, move |x| convolution::plain(x, &w, &b, geometry))?,
        of(&map, move |x| convolution::fast(x, &weight, &bias, geometry))?,
    );
    let normalisation = || Normalisation {
        scale: Cpu::default().ones(),
        shift: Cpu::default().zeros(),
        given: None,
        epsilon: 1e-5,
        relu: true,
    };
    add(
        "batch normalisation and ReLU",
        of(&map, move |x| Ok(batch_norm::plain(x, normalisation())?.0))?,
        of(&map, move |x| Ok(batch_norm::fast(x, normalisation())?.0))?,
    );
    add(
        "largest of 2 × 2",
        of(&map, move |x| pooling::max_pool_2x2_plain(x, grid))?,
        of(&map, move |x| pooling::max_pool_2x2_fast(x, grid))?,
    );
    add(
        "twice as large",
        of(&map, move |x| upsampling::plain(x, grid))?,
        of(&map, move |x| upsampling::fast(x, grid))?,
    );
    let twice = |maps: usize| -> Entries<Cpu> {
        device.tensor_from_vec((0..2 * maps).map(|i| i / 2).collect(), (2 * maps,))
    };
    let (of_plain, of_fast) = (twice(batch), twice(batch));
    add(
        "each map twice, 28 × 28",
        of(&map, move |x| index_select::plain(x, &of_plain))?,
        of(&map, move |x| index_select::fast(x, &of_fast))?,
    );
    // As in the chapter on visual question answering: 64 questions, and 64 numbers a location.
    let small: Activations<64, Cpu, NoneTape> = device.sample_normal_like(&(batch, 7 * 7, Const));
    let (of_plain, of_fast) = (twice(batch), twice(batch));
    add(
        "each map twice, 7 × 7",
        of(&small, move |x| index_select::plain(x, &of_plain))?,
        of(&small, move |x| index_select::fast(x, &of_fast))?,
    );

    add(
        "leaky ReLU, 28 × 28",
        of(&map, |x| leaky_relu::plain(x, 0.2))?,
        of(&map, |x| leaky_relu::fast(x, 0.2))?,
    );
    // As in the chapter on GANs: where the discriminator has added what it sees and what it reads.
    let judged: Activations<96, Cpu, NoneTape> = device.sample_normal_like(&(batch, 4 * 4, Const));
    add(
        "leaky ReLU, 4 × 4",
        of(&judged, |x| leaky_relu::plain(x, 0.2))?,
        of(&judged, |x| leaky_relu::fast(x, 0.2))?,
    );

    let sentences: Sequence<128, Cpu, NoneTape> = device.sample_normal_like(&(batch, 16, Const));
    let (cell, same) = (Lstm::<128, 128>::new(&device, 1), Lstm::<128, 128>::new(&device, 1));
    let start = move || LstmState::zeros(&Cpu::default(), batch);
    add(
        "LSTM, 16 words",
        of(&sentences, move |x| Ok(lstm::plain(x, start(), &cell)?.0))?,
        of(&sentences, move |x| Ok(lstm::fast(x, start(), &same)?.0))?,
    );
    let (cell, same) = (Gru::<128, 128>::new(&device, 1), Gru::<128, 128>::new(&device, 1));
    let start = move || -> Rows<128, Cpu, Tape> {
        Cpu::default().zeros_like(&(batch, Const)).put_tape(Tape::default())
    };
    add(
        "GRU, 16 words",
        of(&sentences, move |x| Ok(gru::plain(x, start(), &cell)?.0))?,
        of(&sentences, move |x| Ok(gru::fast(x, start(), &same)?.0))?,
    );

    let features: Sequence<128, Cpu, NoneTape> = device.sample_normal_like(&(batch, 196, Const));
    let (keys, same_keys) = (Fixed::new(features.clone()).0, Fixed::new(features.clone()).0);
    let query: Rows<128, Cpu, NoneTape> = device.sample_normal_like(&(batch, Const));
    let v: Tensor<Rank1<128>, f32, Cpu> = device.sample_normal();
    let same_v = v.clone();
    add(
        "attention, weights of 196 places",
        of(&query, move |query| attention_weights_plain(&keys, query, &v))?,
        of(&query, move |query| attention_weights_fast(&same_keys, query, &same_v))?,
    );
    let weights: Tensor<(usize, usize), f32, Cpu> = device.sample_uniform_like(&(batch, 196));
    let (values, same_values) = (Fixed::new(features.clone()).0, Fixed::new(features).0);
    add(
        "attention, weighted sum",
        of(&weights, move |weights| weighted_sum_plain(weights, &values))?,
        of(&weights, move |weights| weighted_sum_fast(weights, &same_values))?,
    );

    let scores: Rows<500, Cpu, NoneTape> = device.sample_normal_like(&(16 * batch, Const));
    let targets: Vec<usize> = (0..16 * batch).map(|row| row % 500).collect();
    let (same_targets, ones) = (targets.clone(), vec![1.0; 16 * batch]);
    let same_ones = ones.clone();
    add(
        "cross entropy, 500 words",
        of(&scores, move |scores| cross_entropy::plain(scores, &targets, &ones))?,
        of(&scores, move |scores| cross_entropy::fast(scores, &same_targets, &same_ones))?,
    );
    Ok(all)
}

/// Measures all operations, the two forms of each in turn.
///
/// # Errors
///
/// If an operation does not fit its input.
pub fn measure(operations: &[Operation], turns: usize) -> Result<Vec<Measured>, Error> {
    let measured = |Operation { name, plain, fast }: &Operation| {
        let (a, b) = (plain.gradient()?, fast.gradient()?);
        let largest = a.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        let difference = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0_f32, f32::max);
        let times = in_turn(
            &mut [Contender::new("plain", || plain.done()), Contender::new("fast", || fast.done())],
            turns,
        );
        Ok(Measured { name, plain: times[0], fast: times[1], apart: f64::from(difference / largest) })
    };
    operations.iter().map(measured).collect()
}

/// The measurements as a table.
pub fn shown(measured: &[Measured]) -> String {
    let head = ["forward and back", "plain", "fast", "times as fast"].map(str::to_owned).to_vec();
    let rows = measured.iter().map(|m| {
        vec![
            m.name.to_owned(),
            format!("{:.1} ms", m.plain),
            format!("{:.1} ms", m.fast),
            format!("{:.1}", m.ratio()),
        ]
    });
    lab::table::right(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_every_operation_give_the_same_gradient() {
        let operations = operations(2).unwrap();
        assert_eq!(operations.len(), 13);
        for measured in measure(&operations, 1).unwrap() {
            assert!(measured.apart < 1e-4, "{measured:?}");
            assert!(measured.plain > 0.0 && measured.fast > 0.0);
        }
    }
}
