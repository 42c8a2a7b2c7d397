//! Layers that dfdx 0.13 lacks on stable Rust, fast on the CPU: convolution with ReLU or leaky ReLU behind it, pooling,
//! upsampling, batch normalisation, recurrent networks, attention, cross entropy with weights, and taking entries of a
//! batch.
//!
//! # Pictures
//!
//! A picture or feature map is a tensor of (batch, locations, channels), with its height and width in a
//! [`Grid`] beside it: dfdx wants channels to be known at compile time, and pictures of any size then pass
//! through the same layers. Every operation takes the activations and the grid, and gives both back.
//! [`centred`] makes the first activations of the pixels of square pictures.
//!
//! ```
//! use dfdx::prelude::*;
//! use layers::{Convolution2d, ConvolutionConfig, Grid, global_average_pool, max_pool_2x2};
//!
//! let device = Cpu::default();
//! let same_size = ConvolutionConfig { stride: 1, padding: 1 };
//! let first = Convolution2d::<3, 8, 3>::new(&device, same_size, 1).without_input_gradient();
//! let second = Convolution2d::<8, 16, 3>::new(&device, same_size, 2);
//!
//! let pictures = device.sample_normal_like(&(4, 12 * 10, Const::<3>)); // 4 pictures of 12 × 10, RGB
//! let (x, grid) = first.forward_relu(pictures.leaky_trace(), Grid::new(12, 10));
//! let (x, grid) = max_pool_2x2(x, grid);
//! let (x, grid) = second.forward_relu(x, grid);
//! assert_eq!((x.shape().1, grid), (30, Grid::new(6, 5)));
//! let features = global_average_pool(x); // 4 × 16
//! let gradients = features.square().sum().backward();
//! assert!(gradients.get(&first.weight).as_vec().iter().any(|&g| g != 0.0));
//! ```
//!
//! # Sentences
//!
//! A sentence is a tensor of (batch, time, numbers), which an [`Lstm`] or a [`Gru`] reads in one operation, or
//! writes word by word. [`attention_weights`] and [`weighted_sum`] look at a feature map on the way, and
//! [`cross_entropy()`] leaves out the padding behind short sentences.
//!
//! ```
//! use dfdx::prelude::*;
//! use layers::{Fixed, Lstm, LstmState, attention_weights, cross_entropy, weighted_sum};
//!
//! let device = Cpu::default();
//! let features = device.sample_normal_like(&(2, 30, Const::<16>)); // 2 pictures, 6 × 5 locations
//! let lstm = Lstm::<16, 8>::new(&device, 1);
//! let v = device.sample_normal::<Rank1<16>>();
//! let to_word = device.sample_normal::<Rank2<8, 16>>(); // of 16 words
//!
//! let (features, tape) = Fixed::new(features.leaky_trace());
//! let mut walk = lstm.walk(LstmState::zeros(&device, 2));
//! let mut query = device.zeros_like(&(2, Const::<16>)).put_tape(tape);
//! for _ in 0..3 {
//!     let alpha = attention_weights(&features, query, &v); // here the features are their own keys
//!     walk.step(weighted_sum(alpha, &features));
//!     query = walk.state().hidden.with_empty_tape().matmul(to_word.clone());
//! }
//! let hidden = walk.finish().hidden;
//! let loss = cross_entropy(hidden.matmul(to_word.clone()), &[3, 5], &[1.0, 1.0]);
//! let gradients = loss.backward();
//! assert!(gradients.get(features.tensor()).as_vec().iter().all(|&g| g != 0.0));
//! ```
//!
//! Word vectors are trained in the crate `text-embedding`, which teaches them: skip-gram with negative samples is one
//! operation there (`fast_step`), and its tables (`embedding_table`) change only the rows that a batch touches. Their
//! optimizer is Adagrad with one sum a row. Adam's averages would fade in every row with every step.
//!
//! # Plain and fast
//!
//! Each operation has two forms: a `plain` one, composed of dfdx's own operations, which runs on any device
//! and is easy to read, and a `fast` one for the CPU, a single differentiable operation with its own backward
//! step. The layers take the form that fits their device ([`Operations`]); tests hold the two against each
//! other (to 1e-5 of the largest number of a tensor, or of 1), against finite differences, and against numbers from
//! PyTorch. The fast forms give the same bits for
//! any number of threads.
//!
//! They spread their work over the threads of rayon. A program that runs as a whole inside
//! `rayon::scope(|_| …)` is on one of these threads itself: no operation waits until another one wakes up,
//! which matters where a step has many small operations. See also [`keep_freed_memory`].
//!
//! # Modules
//!
//! [`Convolution2d`], [`BatchNorm`], [`Lstm`] and [`Gru`] are modules of dfdx for optimizers, saving and
//! loading; their `new` makes weights from a seed. `to_device` and `to_dtype` come from dfdx, which gives
//! every number that is not a tensor its default there: it forgets a convolution's stride and padding. Set
//! the two fields again afterwards.
//!
//! A struct of modules becomes one itself with [`collection!`], a list of its fields; and [`fresh`] makes dfdx's own
//! layers with fresh weights.

pub mod additive_attention;
pub mod batch_norm;
mod block;
mod chunks;
mod collection;
pub mod convolution;
pub mod cross_entropy;
mod elementary;
mod error;
mod fixed;
pub mod fresh;
mod grid;
pub mod index_select;
mod lanes;
pub mod leaky_relu;
mod memory;
mod micro_kernel;
mod numbers;
mod operations;
mod pixels;
pub mod pooling;
pub mod recurrent;
pub mod upsampling;

pub use additive_attention::{attention_weights, try_attention_weights, try_weighted_sum, weighted_sum};
pub use batch_norm::BatchNorm;
pub use block::{Block, Mode};
#[doc(hidden)]
pub use collection::of_collection;
pub use convolution::{Convolution2d, ConvolutionConfig};
pub use cross_entropy::{cross_entropy, try_cross_entropy};
pub use error::Error;
pub use fixed::Fixed;
pub use grid::Grid;
pub use index_select::{index_select, try_index_select};
pub use leaky_relu::{leaky_relu, try_leaky_relu};
pub use memory::keep_freed_memory;
pub use operations::{Activations, Operations};
pub use pixels::centred;
pub use pooling::{
    average_pool, global_average_pool, max_pool_2x2, try_average_pool, try_global_average_pool,
    try_max_pool_2x2,
};
pub use recurrent::{Gru, GruWalk, Lstm, LstmState, LstmWalk, Rows, Sequence};
pub use upsampling::{try_upsample_2x, upsample_2x};
