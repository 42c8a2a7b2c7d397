//! Convolution of pictures and feature maps.
//!
//! For an input $x$ of rows × columns locations with $I$ channels, weights $W$ of $K × K × I × O$, a bias $b$ of
//! $O$ numbers, a stride $S$ and a padding $P$, the output has
//! $⌊(\mathrm{rows} + 2P - K) / S⌋ + 1$ rows, likewise columns, and $O$ channels:
//!
//! $$ y_{ijc'} = b_{c'} + \sum_{u=0}^{K-1} \sum_{v=0}^{K-1} \sum_{c=0}^{I-1}
//! x_{Si + u - P,\; Sj + v - P,\; c} \; W_{uvcc'} $$
//!
//! where $x$ is zero outside the picture (LeCun et al. 1998, *Gradient-based learning applied to document
//! recognition*, section II; as in every deep-learning library it is a correlation: the weights are not
//! flipped). The gradients, for the gradient $g$ of the loss with respect to $y$:
//!
//! $$ \frac{∂\mathcal{L}}{∂W_{uvcc'}} = \sum_{ij} x_{Si+u-P,\; Sj+v-P,\; c} \; g_{ijc'}, \qquad
//! \frac{∂\mathcal{L}}{∂x_{klc}} = \sum_{uvc'} g_{(k+P-u)/S,\; (l+P-v)/S,\; c'} \; W_{uvcc'}, \qquad
//! \frac{∂\mathcal{L}}{∂b_{c'}} = \sum_{ij} g_{ijc'} $$
//!
//! where only those $u$, $v$ count for which the fractions are whole and inside the output.
//!
//! ReLU or leaky ReLU (Maas, Hannun and Ng 2013, *Rectifier nonlinearities improve neural network acoustic models*)
//! may follow in the same pass: for a slope $0 ≤ a ≤ 1$,
//!
//! $$ z = \max(y, a y), \qquad \frac{∂\mathcal{L}}{∂y} = \frac{∂\mathcal{L}}{∂z} · \begin{cases} 1 & y > 0 \\ a & y ≤ 0 \end{cases} $$
//!
//! It costs next to nothing there. As an operation of its own it would read and write every number twice for one
//! multiplication. (At exactly 0 the plain form's slope is $(1 + a) / 2$: dfdx's `maximum` gives half of the gradient to
//! each of two equals.)
//!
//! Two forms of the one operation: [`plain`], composed of dfdx's own operations on any device, and [`fast`]
//! for the CPU. [`Convolution2d`] takes the one that fits its device.
//!
//! ```
//! use dfdx::prelude::*;
//! use layers::{Convolution2d, ConvolutionConfig, Grid};
//!
//! let device = Cpu::default();
//! let mut sum = Convolution2d::<1, 1, 2>::new(&device, ConvolutionConfig { stride: 1, padding: 0 }, 0);
//! sum.weight = device.ones(); // every output is the sum of a 2 × 2 square
//! let x = device.tensor_from_vec(vec![1., 2., 3., 4., 5., 6.], (1, 6, Const::<1>));
//! let (y, grid) = sum.forward(x, Grid::new(2, 3));
//! assert_eq!((y.as_vec(), grid), (vec![12., 16.], Grid::new(1, 2)));
//! ```

mod fast;
mod plain;

pub use fast::fast;
pub use plain::plain;

use crate::operations::{Activations, Operations};
use crate::{Error, Grid};
use dfdx::prelude::*;
use num_traits::Float;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Normal, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// How a convolution moves over the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvolutionConfig {
    /// Locations between one patch and the next: 1 keeps the size, 2 halves it. Default 1.
    pub stride: usize,
    /// Zeros added on every side: $(K - 1) / 2$ keeps the size at stride 1. Default 0.
    pub padding: usize,
}

impl Default for ConvolutionConfig {
    fn default() -> Self {
        Self { stride: 1, padding: 0 }
    }
}

/// What a convolution of a certain picture looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    /// The grid of the input.
    pub input: Grid,
    /// The grid of the output.
    pub output: Grid,
    /// The side of the kernel.
    pub kernel: usize,
    /// Locations between one patch and the next.
    pub stride: usize,
    /// Zeros added on every side.
    pub padding: usize,
    /// What negative outputs are multiplied by: 1 leaves them as they are, 0 is ReLU, and what lies between leaky ReLU.
    pub negative_slope: f32,
    /// Whether the gradient with respect to the input is computed.
    pub input_gradient: bool,
    /// Whether the gradients with respect to weights and bias are computed.
    pub weight_gradient: bool,
}

impl Geometry {
    /// The geometry of a convolution without ReLU and with all gradients.
    ///
    /// # Errors
    ///
    /// If stride, kernel or a side of the picture is 0, or the kernel does not fit into the padded picture.
    ///
    /// ```
    /// use layers::{ConvolutionConfig, Grid, convolution::Geometry};
    /// let geometry = Geometry::new(Grid::new(32, 48), 3, ConvolutionConfig { stride: 2, padding: 1 })?;
    /// assert_eq!(geometry.output, Grid::new(16, 24));
    /// # Ok::<(), layers::Error>(())
    /// ```
    pub fn new(input: Grid, kernel: usize, config: ConvolutionConfig) -> Result<Self, Error> {
        let ConvolutionConfig { stride, padding } = config;
        let sides = [("the grid's height", input.height), ("the grid's width", input.width)];
        for (what, number) in [("the stride", stride), ("the kernel's side", kernel)].into_iter().chain(sides)
        {
            if number == 0 {
                return Err(Error::Zero { operation: "convolution", what });
            }
        }
        let side = |length: usize| Some((length + 2 * padding).checked_sub(kernel)? / stride + 1);
        let (Some(height), Some(width)) = (side(input.height), side(input.width)) else {
            let operation = "convolution";
            return Err(Error::WindowTooLarge { operation, window: kernel, grid: input, padding });
        };
        let output = Grid { height, width };
        let (negative_slope, input_gradient, weight_gradient) = (1.0, true, true);
        Ok(Self { input, output, kernel, stride, padding, negative_slope, input_gradient, weight_gradient })
    }
}

/// A convolution with a square kernel and a bias: `IN` channels to `OUT` channels.
///
/// It is a module of dfdx as far as optimizers, saving, loading and gradients go. Its forward step takes
/// the grid beside the activations, and gives the new one back.
#[derive(Clone, Debug)]
pub struct Convolution2d<
    const IN: usize,
    const OUT: usize,
    const KERNEL: usize,
    E: Dtype = f32,
    D: Storage<E> = Cpu,
> {
    /// Kernel row × kernel column × input channel × output channel.
    pub weight: Tensor<Rank4<KERNEL, KERNEL, IN, OUT>, E, D>,
    /// A number for every output channel.
    pub bias: Tensor<Rank1<OUT>, E, D>,
    /// Locations between one patch and the next.
    pub stride: usize,
    /// Zeros added on every side.
    pub padding: usize,
    /// Whether the gradient with respect to the input is computed.
    input_gradient: bool,
    /// Whether the gradients with respect to weights and bias are computed.
    weight_gradient: bool,
}

impl<const IN: usize, const OUT: usize, const KERNEL: usize, D: Operations>
    Convolution2d<IN, OUT, KERNEL, f32, D>
{
    /// A convolution with weights from a normal distribution with mean 0 and variance $2 / (K² I)$ (He et
    /// al. 2015, arXiv:1502.01852, equation 10: the size of the activations then stays the same through
    /// layers with ReLU), and a bias of 0. The same seed gives the same weights on every device.
    pub fn new(device: &D, config: ConvolutionConfig, seed: u64) -> Self {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
        let deviation = he_deviation(IN, KERNEL);
        let weights = (0..KERNEL * KERNEL * IN * OUT).map(|_| deviation * normal(&mut generator)).collect();
        Self {
            weight: device.tensor_from_vec(weights, Default::default()),
            bias: device.zeros(),
            stride: config.stride,
            padding: config.padding,
            input_gradient: true,
            weight_gradient: true,
        }
    }

    /// The same convolution, which does not compute the gradient with respect to its input: for the first
    /// layer of a network, whose input nobody trains. The input's gradient is then left as it is, zero. (The plain form,
    /// which runs on a card, computes it all the same.)
    pub fn without_input_gradient(self) -> Self {
        Self { input_gradient: false, ..self }
    }

    /// The same convolution, which does not compute the gradients with respect to its own weights and bias: for a
    /// network that another one learns through. They are then left as they are, zero. (The plain form, which runs on a
    /// card, computes them all the same.)
    pub fn without_weight_gradient(self) -> Self {
        Self { weight_gradient: false, ..self }
    }

    /// (batch, locations of `grid`, `IN`) → (batch, locations of the new grid, `OUT`), and the new grid.
    ///
    /// # Panics
    ///
    /// Where [`try_forward`](Self::try_forward) gives an error.
    pub fn forward<T: Tape<f32, D>>(
        &self,
        x: Activations<IN, D, T>,
        grid: Grid,
    ) -> (Activations<OUT, D, T>, Grid) {
        self.try_forward(x, grid).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same followed by ReLU, $\max(y, 0)$, in one operation.
    ///
    /// # Panics
    ///
    /// Where [`try_forward_relu`](Self::try_forward_relu) gives an error.
    pub fn forward_relu<T: Tape<f32, D>>(
        &self,
        x: Activations<IN, D, T>,
        grid: Grid,
    ) -> (Activations<OUT, D, T>, Grid) {
        self.try_forward_relu(x, grid).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same followed by leaky ReLU, $\max(y, a y)$ for a slope $a$ from 0 to 1, in one operation. A unit whose
    /// output is negative still passes a gradient on: in a discriminator, whose gradients teach another network, that
    /// matters (Radford et al. 2016, arXiv:1511.06434, section 3).
    ///
    /// # Panics
    ///
    /// Where [`try_forward_leaky_relu`](Self::try_forward_leaky_relu) gives an error.
    pub fn forward_leaky_relu<T: Tape<f32, D>>(
        &self,
        x: Activations<IN, D, T>,
        grid: Grid,
        negative_slope: f32,
    ) -> (Activations<OUT, D, T>, Grid) {
        self.try_forward_leaky_relu(x, grid, negative_slope).unwrap_or_else(|error| panic!("{error}"))
    }

    /// (batch, locations of `grid`, `IN`) → (batch, locations of the new grid, `OUT`), and the new grid.
    ///
    /// # Errors
    ///
    /// If the tensor does not fit the grid, the kernel does not fit into the picture, the stride is 0, or
    /// the device fails.
    pub fn try_forward<T: Tape<f32, D>>(
        &self,
        x: Activations<IN, D, T>,
        grid: Grid,
    ) -> Result<(Activations<OUT, D, T>, Grid), Error> {
        self.convolve(x, grid, 1.0)
    }

    /// The same followed by ReLU, $\max(y, 0)$, in one operation.
    ///
    /// # Errors
    ///
    /// As [`try_forward`](Self::try_forward).
    pub fn try_forward_relu<T: Tape<f32, D>>(
        &self,
        x: Activations<IN, D, T>,
        grid: Grid,
    ) -> Result<(Activations<OUT, D, T>, Grid), Error> {
        self.convolve(x, grid, 0.0)
    }

    /// The same followed by leaky ReLU, $\max(y, a y)$ for a slope $a$ from 0 to 1, in one operation.
    ///
    /// # Errors
    ///
    /// As [`try_forward`](Self::try_forward), and if the slope is not from 0 to 1.
    pub fn try_forward_leaky_relu<T: Tape<f32, D>>(
        &self,
        x: Activations<IN, D, T>,
        grid: Grid,
        negative_slope: f32,
    ) -> Result<(Activations<OUT, D, T>, Grid), Error> {
        self.convolve(x, grid, negative_slope)
    }

    fn convolve<T: Tape<f32, D>>(
        &self,
        x: Activations<IN, D, T>,
        grid: Grid,
        negative_slope: f32,
    ) -> Result<(Activations<OUT, D, T>, Grid), Error> {
        let config = ConvolutionConfig { stride: self.stride, padding: self.padding };
        let Self { input_gradient, weight_gradient, .. } = *self;
        let geometry = Geometry {
            negative_slope,
            input_gradient,
            weight_gradient,
            ..Geometry::new(grid, KERNEL, config)?
        };
        Ok((D::convolve(x, &self.weight, &self.bias, geometry)?, geometry.output))
    }
}

/// The standard deviation of He et al. (2015): $\sqrt{2 / (K² I)}$.
fn he_deviation(channels: usize, kernel: usize) -> f32 {
    (2.0 / (kernel * kernel * channels) as f32).sqrt()
}

/// A number from the standard normal distribution (Box & Muller 1958).
fn normal(generator: &mut Xoshiro256PlusPlus) -> f32 {
    let (u, v): (f64, f64) = (generator.random(), generator.random());
    ((-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()) as f32
}

impl<const IN: usize, const OUT: usize, const KERNEL: usize, E, D> TensorCollection<E, D>
    for Convolution2d<IN, OUT, KERNEL, E, D>
where
    E: Dtype + Float,
    D: Device<E>,
    StandardNormal: Distribution<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Convolution2d<IN, OUT, KERNEL, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let ConvolutionConfig { stride, padding } = ConvolutionConfig::default();
        let weight = TensorOptions::reset_with(|weight: &mut Tensor<_, E, D>| {
            let deviation = E::from_f32(he_deviation(IN, KERNEL)).expect("f32 fits any dtype");
            weight.try_fill_with_distr(Normal::new(E::zero(), deviation).expect("finite and positive"))
        });
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, weight),
                Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, TensorOptions::reset_to_zeros()),
                Self::scalar("stride", |s| &s.stride, |s| &mut s.stride, ScalarOptions::from_default(stride)),
                Self::scalar(
                    "padding",
                    |s| &s.padding,
                    |s| &mut s.padding,
                    ScalarOptions::from_default(padding),
                ),
            ),
            |(weight, bias, stride, padding)| Convolution2d {
                weight,
                bias,
                stride,
                padding,
                input_gradient: true,
                weight_gradient: true,
            },
        )
    }
}
