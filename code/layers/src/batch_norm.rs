//! Batch normalisation.
//!
//! For each channel, over the $N$ = batch × locations numbers $x_i$ of it (Ioffe & Szegedy 2015,
//! arXiv:1502.03167, algorithm 1):
//!
//! $$ μ = \frac{1}{N} \sum_i x_i, \quad \mathrm{variance} = \frac{1}{N} \sum_i (x_i - μ)², \quad
//! \hat x_i = \frac{x_i - μ}{\sqrt{\mathrm{variance} + ε}}, \quad y_i = γ \hat x_i + β $$
//!
//! In training, mean and variance are those of the batch, and running averages of both are kept (the
//! variance times $N / (N - 1)$, without bias); afterwards the running averages take their place. The
//! gradients, for the gradient $g$ of the loss with respect to $y$, in training:
//!
//! $$ \frac{∂\mathcal{L}}{∂β} = \sum_i g_i, \qquad \frac{∂\mathcal{L}}{∂γ} = \sum_i g_i \hat x_i, \qquad
//! \frac{∂\mathcal{L}}{∂x_i} = \frac{γ}{\sqrt{\mathrm{variance} + ε}} \left(
//! g_i - \frac{1}{N} \frac{∂\mathcal{L}}{∂β} - \frac{\hat x_i}{N} \frac{∂\mathcal{L}}{∂γ} \right) $$
//!
//! With running averages, only the first term in the parentheses remains.
//!
//! ```
//! use dfdx::prelude::*;
//! use layers::BatchNorm;
//!
//! let device = Cpu::default();
//! let mut norm = BatchNorm::<1>::new(&device);
//! let x = device.tensor_from_vec(vec![1., 3., 5., 7.], (2, 2, Const::<1>)); // mean 4, variance 5
//! let y = norm.forward_train(x.clone()).as_vec();
//! assert!((y[0] + 3.0 / 5.0_f32.sqrt()).abs() < 1e-5);
//! // A tenth of the way from mean 0 and variance 1 to mean 4 and variance 5 · 4/3:
//! assert!((norm.running_mean.as_vec()[0] - 0.4).abs() < 1e-6);
//! assert!((norm.running_variance.as_vec()[0] - (0.9 + 2.0 / 3.0)).abs() < 1e-6);
//! let y = norm.forward(x).as_vec();
//! assert!((y[0] - 0.6 / (0.9 + 2.0 / 3.0_f32).sqrt()).abs() < 1e-5);
//! ```

use crate::numbers::numbers;
use crate::operations::{Activations, Operations};
use crate::{Error, chunks};
use dfdx::prelude::*;
use multiversion::multiversion;
use num_traits::Float;
use rayon::prelude::*;

/// Batch normalisation of `C` channels.
///
/// A module of dfdx for optimizers, saving and loading; the running averages are saved with it, and not
/// trained.
#[derive(Clone, Debug)]
pub struct BatchNorm<const C: usize, E: Dtype = f32, D: Storage<E> = Cpu> {
    /// $γ$ for each channel; 1 at the beginning.
    pub scale: Tensor<Rank1<C>, E, D>,
    /// $β$ for each channel; 0 at the beginning.
    pub shift: Tensor<Rank1<C>, E, D>,
    /// The running average of $μ$; 0 at the beginning.
    pub running_mean: Tensor<Rank1<C>, E, D>,
    /// The running average of the variance times $N / (N - 1)$; 1 at the beginning.
    pub running_variance: Tensor<Rank1<C>, E, D>,
    /// $ε$: 10⁻⁵.
    pub epsilon: f64,
    /// How much of a running average each batch replaces: 0.1.
    pub momentum: f64,
}

/// Mean and variance of each channel.
#[derive(Clone, Debug)]
pub struct Statistics<const C: usize, D: Storage<f32>> {
    /// $μ$
    pub mean: Tensor<Rank1<C>, f32, D>,
    /// The variance.
    pub variance: Tensor<Rank1<C>, f32, D>,
}

/// What comes of a normalisation: activations, and the statistics that were used.
pub type Normalised<const C: usize, D, T> = (Activations<C, D, T>, Statistics<C, D>);

/// How to normalise.
#[derive(Clone, Debug)]
pub struct Normalisation<const C: usize, D: Storage<f32>> {
    /// $γ$
    pub scale: Tensor<Rank1<C>, f32, D>,
    /// $β$
    pub shift: Tensor<Rank1<C>, f32, D>,
    /// Mean and variance to use; those of the batch if there are none.
    pub given: Option<Statistics<C, D>>,
    /// $ε$
    pub epsilon: f32,
    /// Whether negative outputs are replaced by zero.
    pub relu: bool,
}

impl<const C: usize, D: Operations> BatchNorm<C, f32, D> {
    /// A normalisation that leaves mean and variance at 0 and 1.
    pub fn new(device: &D) -> Self {
        Self {
            scale: device.ones(),
            shift: device.zeros(),
            running_mean: device.zeros(),
            running_variance: device.ones(),
            epsilon: EPSILON,
            momentum: MOMENTUM,
        }
    }

    /// Normalises with the statistics of the batch, and updates the running averages. Shapes stay.
    ///
    /// # Panics
    ///
    /// Where [`try_forward_train`](Self::try_forward_train) gives an error.
    pub fn forward_train<T: Tape<f32, D>>(&mut self, x: Activations<C, D, T>) -> Activations<C, D, T> {
        self.try_forward_train(x, false).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same followed by ReLU, $\max(y, 0)$, in one operation.
    ///
    /// # Panics
    ///
    /// Where [`try_forward_train`](Self::try_forward_train) gives an error.
    pub fn forward_train_relu<T: Tape<f32, D>>(&mut self, x: Activations<C, D, T>) -> Activations<C, D, T> {
        self.try_forward_train(x, true).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Normalises with the running averages. Shapes stay.
    ///
    /// # Panics
    ///
    /// Where [`try_forward`](Self::try_forward) gives an error.
    pub fn forward<T: Tape<f32, D>>(&self, x: Activations<C, D, T>) -> Activations<C, D, T> {
        self.try_forward(x, false).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same followed by ReLU, $\max(y, 0)$, in one operation.
    ///
    /// # Panics
    ///
    /// Where [`try_forward`](Self::try_forward) gives an error.
    pub fn forward_relu<T: Tape<f32, D>>(&self, x: Activations<C, D, T>) -> Activations<C, D, T> {
        self.try_forward(x, true).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Normalises with the statistics of the batch, with or without ReLU, and updates the running averages.
    ///
    /// # Errors
    ///
    /// If the batch has fewer than two numbers a channel (their variance says nothing), or the device fails.
    pub fn try_forward_train<T: Tape<f32, D>>(
        &mut self,
        x: Activations<C, D, T>,
        relu: bool,
    ) -> Result<Activations<C, D, T>, Error> {
        let n = x.shape().0 * x.shape().1;
        if n < 2 {
            return Err(Error::TooFewToNormalise { found: n });
        }
        let (y, Statistics { mean, variance }) = D::batch_norm(x, self.normalisation(None, relu))?;
        let momentum = self.momentum as f32;
        let average = |running: &Tensor<_, f32, D>, new: Tensor<_, f32, D>, factor: f32| {
            let old = running.clone().try_mul(1.0 - momentum).map_err(Error::dfdx)?;
            old.try_add(new.try_mul(momentum * factor).map_err(Error::dfdx)?).map_err(Error::dfdx)
        };
        self.running_mean = average(&self.running_mean, mean, 1.0)?;
        self.running_variance = average(&self.running_variance, variance, n as f32 / (n - 1) as f32)?;
        Ok(y)
    }

    /// Normalises with the running averages, with or without ReLU.
    ///
    /// # Errors
    ///
    /// If the device fails.
    pub fn try_forward<T: Tape<f32, D>>(
        &self,
        x: Activations<C, D, T>,
        relu: bool,
    ) -> Result<Activations<C, D, T>, Error> {
        let given = Statistics { mean: self.running_mean.clone(), variance: self.running_variance.clone() };
        Ok(D::batch_norm(x, self.normalisation(Some(given), relu))?.0)
    }

    fn normalisation(&self, given: Option<Statistics<C, D>>, relu: bool) -> Normalisation<C, D> {
        let epsilon = self.epsilon as f32;
        Normalisation { scale: self.scale.clone(), shift: self.shift.clone(), given, epsilon, relu }
    }
}

const EPSILON: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

impl<const C: usize, E: Dtype + Float, D: Device<E>> TensorCollection<E, D> for BatchNorm<C, E, D> {
    type To<E2: Dtype, D2: Device<E2>> = BatchNorm<C, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let zeros = |t: &mut Tensor<_, E, D>| t.try_fill_with_zeros();
        let ones = |t: &mut Tensor<_, E, D>| t.try_fill_with_ones();
        visitor.visit_fields(
            (
                Self::tensor("scale", |s| &s.scale, |s| &mut s.scale, TensorOptions::reset_to_ones()),
                Self::tensor("shift", |s| &s.shift, |s| &mut s.shift, TensorOptions::reset_to_zeros()),
                Self::tensor(
                    "running_mean",
                    |s| &s.running_mean,
                    |s| &mut s.running_mean,
                    TensorOptions::detached(zeros),
                ),
                Self::tensor(
                    "running_variance",
                    |s| &s.running_variance,
                    |s| &mut s.running_variance,
                    TensorOptions::detached(ones),
                ),
                Self::scalar(
                    "epsilon",
                    |s| &s.epsilon,
                    |s| &mut s.epsilon,
                    ScalarOptions::from_default(EPSILON),
                ),
                Self::scalar(
                    "momentum",
                    |s| &s.momentum,
                    |s| &mut s.momentum,
                    ScalarOptions::from_default(MOMENTUM),
                ),
            ),
            |(scale, shift, running_mean, running_variance, epsilon, momentum)| BatchNorm {
                scale,
                shift,
                running_mean,
                running_variance,
                epsilon,
                momentum,
            },
        )
    }
}

/// [Batch normalisation](mod@crate::batch_norm) composed of dfdx's own operations, on any device.
///
/// # Errors
///
/// If the device fails.
pub fn plain<const C: usize, D: Device<f32>, T: Tape<f32, D>>(
    x: Activations<C, D, T>,
    normalisation: Normalisation<C, D>,
) -> Result<Normalised<C, D, T>, Error> {
    let Normalisation { scale, shift, given, epsilon, relu } = normalisation;
    let error = Error::dfdx;
    let shape = *x.shape();
    let wide = |t: Tensor<Rank1<C>, f32, D, T>| t.try_broadcast_like(&shape).map_err(error);

    // ANCHOR: plain
    let mean = match &given {
        Some(given) => given.mean.retaped::<T>(),
        None => x.with_empty_tape().try_mean::<Rank1<C>, Axes2<0, 1>>().map_err(error)?,
    };
    let (mean, mean_tape) = mean.split_tape();
    let centred = x.try_sub(wide(mean.clone().put_tape(mean_tape))?).map_err(error)?;
    let variance = match &given {
        Some(given) => given.variance.retaped::<T>(),
        None => {
            let squares = centred.with_empty_tape().try_square().map_err(error)?;
            squares.try_mean::<Rank1<C>, Axes2<0, 1>>().map_err(error)?
        }
    };
    let (variance, variance_tape) = variance.split_tape();
    let deviation = variance.clone().put_tape(variance_tape).try_add(epsilon).map_err(error)?;
    let deviation = deviation.try_sqrt().map_err(error)?;
    let y = centred.try_div(wide(deviation)?).map_err(error)?;
    let y = y.try_mul(wide(scale.retaped())?).map_err(error)?;
    let y = y.try_add(wide(shift.retaped())?).map_err(error)?;
    let y = if relu { y.try_relu().map_err(error)? } else { y };
    // ANCHOR_END: plain
    Ok((y, Statistics { mean, variance }))
}

/// [Batch normalisation](mod@crate::batch_norm) as one differentiable operation on the CPU, with ReLU in the
/// same pass.
///
/// Sums over the batch are taken in pieces whose size depends on the number of channels alone, and added in
/// their order: the result is the same for any number of threads.
///
/// # Errors
///
/// If the device fails.
pub fn fast<const C: usize, T: Tape<f32, Cpu>>(
    x: Activations<C, Cpu, T>,
    normalisation: Normalisation<C, Cpu>,
) -> Result<Normalised<C, Cpu, T>, Error> {
    let Normalisation { scale, shift, given, epsilon, relu } = normalisation;
    let (x, mut tape) = x.try_contiguous().map_err(Error::dfdx)?.split_tape();
    let device = x.device().clone();
    let (input, piece) = (numbers(&x), chunks::rows(C) * C);
    let of_batch = given.is_none();
    let statistics = match given {
        Some(given) => given,
        None => {
            let (mean, variance) = mean_and_variance(&input, C);
            Statistics {
                mean: device.tensor_from_vec(mean, (Const,)),
                variance: device.tensor_from_vec(variance, (Const,)),
            }
        }
    };
    let channels = Channels {
        mean: numbers(&statistics.mean).to_vec(),
        inverse: numbers(&statistics.variance).iter().map(|v| 1.0 / (v + epsilon).sqrt()).collect(),
        scale: numbers(&scale).to_vec(),
        shift: numbers(&shift).to_vec(),
        relu,
    };
    let mut output = vec![0.0; input.len()];
    output
        .par_chunks_mut(piece)
        .zip(input.par_chunks(piece))
        .for_each(|(output, input)| normalise(&channels, input, output));
    let y = device.try_tensor_from_vec(output, *x.shape()).map_err(Error::dfdx)?;

    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        let (scale_ghost, shift_ghost) = (scale.ghost(), shift.ghost());
        tape.add_backward_op(move |gradients| {
            let upstream = std::mem::take(&mut **gradients.get_or_alloc_mut(&y_ghost)?);
            let sums: Vec<[Vec<f32>; 2]> = input
                .par_chunks(piece)
                .zip(upstream.par_chunks(piece))
                .map(|(input, upstream)| sums(&channels, input, upstream))
                .collect();
            let total = |which: usize| chunks::total(sums.iter().map(|sums| &sums[which]), C);
            let [scale_gradient, shift_gradient] = [total(0), total(1)];
            // What every number of a channel gives back because it moved the batch's mean and variance.
            let n = (input.len() / C) as f32;
            let share =
                |sum: &[f32]| sum.iter().map(|s| if of_batch { s / n } else { 0.0 }).collect::<Vec<_>>();
            let shares = [share(&scale_gradient), share(&shift_gradient)];
            gradients
                .get_or_alloc_mut(&x_ghost)?
                .par_chunks_mut(piece)
                .zip(input.par_chunks(piece).zip(upstream.par_chunks(piece)))
                .for_each(|(gradient, (input, upstream))| {
                    add_input_gradient(&channels, [&shares[0], &shares[1]], input, upstream, gradient);
                });
            **gradients.get_or_alloc_mut(&y_ghost)? = upstream;
            for (sum, number) in gradients.get_or_alloc_mut(&scale_ghost)?.iter_mut().zip(scale_gradient) {
                *sum += number;
            }
            for (sum, number) in gradients.get_or_alloc_mut(&shift_ghost)?.iter_mut().zip(shift_gradient) {
                *sum += number;
            }
            Ok(())
        });
    }
    Ok((y.put_tape(tape), statistics))
}

/// What is known of every channel.
struct Channels {
    mean: Vec<f32>,
    /// $1 / \sqrt{\mathrm{variance} + ε}$
    inverse: Vec<f32>,
    scale: Vec<f32>,
    shift: Vec<f32>,
    relu: bool,
}

/// Mean and variance of every channel. Each piece's are computed from the piece alone, and joined by the
/// formula of Chan, Golub & LeVeque (1979): nothing is lost where the mean is large.
fn mean_and_variance(numbers: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let pieces: Vec<_> = numbers
        .par_chunks(chunks::rows(channels) * channels)
        .map(|rows| {
            let mut moments = [vec![0.0; channels], vec![0.0; channels]];
            let [mean, squares] = &mut moments;
            piece_moments(rows, mean, squares);
            (rows.len() / channels, moments)
        })
        .collect();
    let (mut n, mut mean, mut squares) = (0.0, vec![0.0; channels], vec![0.0; channels]);
    for (count, [piece_mean, piece_squares]) in pieces {
        let count = count as f64;
        let all = n + count;
        for c in 0..channels {
            let distance = f64::from(piece_mean[c]) - mean[c];
            mean[c] += distance * count / all;
            squares[c] += f64::from(piece_squares[c]) + distance * distance * n * count / all;
        }
        n = all;
    }
    (mean.iter().map(|&m| m as f32).collect(), squares.iter().map(|s| (s / n) as f32).collect())
}

/// The mean of the rows, and the sum of squared distances from it.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn piece_moments(rows: &[f32], mean: &mut [f32], squares: &mut [f32]) {
    let channels = mean.len();
    for row in rows.chunks_exact(channels) {
        mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x);
    }
    let share = channels as f32 / rows.len() as f32;
    mean.iter_mut().for_each(|mean| *mean *= share);
    for row in rows.chunks_exact(channels) {
        for ((squares, x), mean) in squares.iter_mut().zip(row).zip(&*mean) {
            let distance = x - mean;
            *squares += distance * distance;
        }
    }
}

/// $y$ for every number.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn normalise(channels: &Channels, input: &[f32], output: &mut [f32]) {
    let Channels { mean, inverse, scale, shift, relu } = channels;
    let c = mean.len();
    let (inverse, scale, shift) = (&inverse[..c], &scale[..c], &shift[..c]);
    let least = if *relu { 0.0 } else { f32::NEG_INFINITY };
    for (output, input) in output.chunks_exact_mut(c).zip(input.chunks_exact(c)) {
        for i in 0..c {
            let y = (input[i] - mean[i]) * inverse[i] * scale[i] + shift[i];
            output[i] = if y < least { least } else { y }; // unlike max, keeps what is not a number
        }
    }
}

/// The piece's sums of $g \hat x$ and of $g$.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn sums(channels: &Channels, input: &[f32], upstream: &[f32]) -> [Vec<f32>; 2] {
    let Channels { mean, inverse, scale, shift, relu } = channels;
    let c = mean.len();
    let (inverse, scale, shift) = (&inverse[..c], &scale[..c], &shift[..c]);
    let (mut scale_sum, mut shift_sum) = (vec![0.0; c], vec![0.0; c]);
    let (to_scale, to_shift) = (&mut scale_sum[..c], &mut shift_sum[..c]);
    let least = if *relu { 0.0 } else { f32::NEG_INFINITY };
    for (input, upstream) in input.chunks_exact(c).zip(upstream.chunks_exact(c)) {
        for i in 0..c {
            let x = (input[i] - mean[i]) * inverse[i];
            let g = if x * scale[i] + shift[i] > least { upstream[i] } else { 0.0 };
            to_scale[i] += g * x;
            to_shift[i] += g;
        }
    }
    [scale_sum, shift_sum]
}

/// Adds $γ (g - s_β - \hat x s_γ) / \sqrt{\mathrm{variance} + ε}$.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_input_gradient(
    channels: &Channels,
    [scale_share, shift_share]: [&[f32]; 2],
    input: &[f32],
    upstream: &[f32],
    gradient: &mut [f32],
) {
    let Channels { mean, inverse, scale, shift, relu } = channels;
    let c = mean.len();
    let (inverse, scale, shift) = (&inverse[..c], &scale[..c], &shift[..c]);
    let (scale_share, shift_share) = (&scale_share[..c], &shift_share[..c]);
    let least = if *relu { 0.0 } else { f32::NEG_INFINITY };
    let rows = input.chunks_exact(c).zip(upstream.chunks_exact(c));
    for (gradient, (input, upstream)) in gradient.chunks_exact_mut(c).zip(rows) {
        for i in 0..c {
            let x = (input[i] - mean[i]) * inverse[i];
            let g = if x * scale[i] + shift[i] > least { upstream[i] } else { 0.0 };
            gradient[i] += (g - shift_share[i] - x * scale_share[i]) * (inverse[i] * scale[i]);
        }
    }
}
