//! Every operation forward and backward in its plain and its fast form, and whole training steps.
//!
//! `cargo bench -p layers`; beside PyTorch: `python3 tools/peers/steps.py`.

#[path = "../examples/nets/mod.rs"]
mod nets;

use dfdx::prelude::*;
use divan::Bencher;
use layers::batch_norm::{self, Normalisation};
use layers::convolution::{self, Geometry};
use layers::{Activations, ConvolutionConfig, Error, Grid, Rows, pooling};

fn main() {
    layers::keep_freed_memory();
    divan::main();
}

const BATCH: usize = 32;
const GRID: Grid = Grid::new(28, 28);

/// Activations of 32 channels.
fn activations() -> Activations<32, Cpu, NoneTape> {
    Cpu::seed_from_u64(1).sample_normal_like(&(BATCH, GRID.locations(), Const))
}

type Tape = OwnedTape<f32, Cpu>;
type Traced<const C: usize> = Activations<C, Cpu, Tape>;

/// Times forward and backward of a loss that is the sum of the outputs.
fn forward_and_backward<const C: usize>(bencher: Bencher<'_, '_>, form: impl Fn(Traced<32>) -> Traced<C>) {
    let x = activations();
    bencher.bench_local(|| form(x.leaky_trace()).sum().backward());
}

/// 32 to 64 channels, 3 × 3, with ReLU.
#[divan::bench_group(sample_count = 20)]
mod convolution_3x3 {
    use super::*;

    fn parameters() -> (Tensor<Rank4<3, 3, 32, 64>, f32, Cpu>, Tensor<Rank1<64>, f32, Cpu>, Geometry) {
        let device = Cpu::seed_from_u64(2);
        let config = ConvolutionConfig { stride: 1, padding: 1 };
        let geometry = Geometry::new(GRID, 3, config).expect("the kernel fits");
        (device.sample_normal(), device.sample_normal(), Geometry { negative_slope: 0.0, ..geometry })
    }

    #[divan::bench]
    fn plain(bencher: Bencher<'_, '_>) {
        let (weight, bias, geometry) = parameters();
        forward_and_backward(bencher, |x| convolution::plain(x, &weight, &bias, geometry).expect("it fits"));
    }

    #[divan::bench]
    fn fast(bencher: Bencher<'_, '_>) {
        let (weight, bias, geometry) = parameters();
        forward_and_backward(bencher, |x| convolution::fast(x, &weight, &bias, geometry).expect("it fits"));
    }
}

#[divan::bench_group(sample_count = 20)]
mod max_pool_2x2 {
    use super::*;

    #[divan::bench]
    fn plain(bencher: Bencher<'_, '_>) {
        forward_and_backward(bencher, |x| pooling::max_pool_2x2_plain(x, GRID).expect("it fits"));
    }

    #[divan::bench]
    fn fast(bencher: Bencher<'_, '_>) {
        forward_and_backward(bencher, |x| pooling::max_pool_2x2_fast(x, GRID).expect("it fits"));
    }
}

#[divan::bench_group(sample_count = 20)]
mod average_pool_2x2 {
    use super::*;

    const WINDOW: Grid = Grid::new(2, 2);

    #[divan::bench]
    fn plain(bencher: Bencher<'_, '_>) {
        forward_and_backward(bencher, |x| pooling::average_pool_plain(x, GRID, WINDOW).expect("it fits"));
    }

    #[divan::bench]
    fn fast(bencher: Bencher<'_, '_>) {
        forward_and_backward(bencher, |x| pooling::average_pool_fast(x, GRID, WINDOW).expect("it fits"));
    }
}

/// With the statistics of the batch, and ReLU.
#[divan::bench_group(sample_count = 20)]
mod batch_normalisation {
    use super::*;

    fn normalisation() -> Normalisation<32, Cpu> {
        let device = Cpu::seed_from_u64(2);
        let (scale, shift) = (device.sample_normal(), device.sample_normal());
        Normalisation { scale, shift, given: None, epsilon: 1e-5, relu: true }
    }

    #[divan::bench]
    fn plain(bencher: Bencher<'_, '_>) {
        let normalisation = normalisation();
        forward_and_backward(bencher, |x| batch_norm::plain(x, normalisation.clone()).expect("it fits").0);
    }

    #[divan::bench]
    fn fast(bencher: Bencher<'_, '_>) {
        let normalisation = normalisation();
        forward_and_backward(bencher, |x| batch_norm::fast(x, normalisation.clone()).expect("it fits").0);
    }
}

/// 256 numbers in and out, 16 time steps, batch 64.
#[divan::bench_group(sample_count = 10)]
mod recurrent {
    use super::*;
    use layers::recurrent::{gru, lstm};
    use layers::{Gru, Lstm, LstmState, Sequence};

    fn inputs() -> Sequence<256, Cpu, NoneTape> {
        Cpu::seed_from_u64(1).sample_normal_like(&(64, 16, Const))
    }

    #[divan::bench]
    fn lstm_plain(bencher: Bencher<'_, '_>) {
        time_lstm(bencher, |x, state, lstm| lstm::plain(x, state, lstm).expect("it fits"));
    }

    #[divan::bench]
    fn lstm_fast(bencher: Bencher<'_, '_>) {
        time_lstm(bencher, |x, state, lstm| lstm::fast(x, state, lstm).expect("it fits"));
    }

    fn time_lstm(
        bencher: Bencher<'_, '_>,
        form: impl Fn(Traced<256>, LstmState<256, Cpu, Tape>, &Lstm<256, 256>) -> lstm::Unrolled<256, Cpu, Tape>,
    ) {
        let (x, lstm) = (inputs(), Lstm::new(&Cpu::default(), 1));
        let state = || LstmState::zeros(&Cpu::default(), 64);
        bencher.bench_local(|| form(x.leaky_trace(), state(), &lstm).0.sum().backward());
    }

    #[divan::bench]
    fn gru_plain(bencher: Bencher<'_, '_>) {
        time_gru(bencher, |x, state, gru| gru::plain(x, state, gru).expect("it fits"));
    }

    #[divan::bench]
    fn gru_fast(bencher: Bencher<'_, '_>) {
        time_gru(bencher, |x, state, gru| gru::fast(x, state, gru).expect("it fits"));
    }

    fn time_gru(
        bencher: Bencher<'_, '_>,
        form: impl Fn(Traced<256>, Rows<256, Cpu, Tape>, &Gru<256, 256>) -> gru::Unrolled<256, Cpu, Tape>,
    ) {
        let (x, gru) = (inputs(), Gru::new(&Cpu::default(), 1));
        let state = || Cpu::default().zeros_like(&(64, Const)).put_tape(Tape::default());
        bencher.bench_local(|| form(x.leaky_trace(), state(), &gru).0.sum().backward());
    }
}

/// 196 locations, keys and features of 128 numbers, batch 32.
#[divan::bench_group(sample_count = 20)]
mod attention {
    use super::*;
    use layers::Fixed;
    use layers::additive_attention::{
        Locations, Weights, attention_weights_fast, attention_weights_plain, weighted_sum_fast,
        weighted_sum_plain,
    };

    fn locations() -> Locations<128, Cpu> {
        Fixed::new(Cpu::seed_from_u64(1).sample_normal_like(&(BATCH, 196, Const))).0
    }

    #[divan::bench]
    fn weights_plain(bencher: Bencher<'_, '_>) {
        time_weights(bencher, |keys, query, v| attention_weights_plain(keys, query, v).expect("it fits"));
    }

    #[divan::bench]
    fn weights_fast(bencher: Bencher<'_, '_>) {
        time_weights(bencher, |keys, query, v| attention_weights_fast(keys, query, v).expect("it fits"));
    }

    fn time_weights(
        bencher: Bencher<'_, '_>,
        form: impl Fn(
            &Locations<128, Cpu>,
            Rows<128, Cpu, Tape>,
            &Tensor<Rank1<128>, f32, Cpu>,
        ) -> Weights<Cpu, Tape>,
    ) {
        let device = Cpu::seed_from_u64(2);
        let (keys, v) = (locations(), device.sample_normal());
        let query: Rows<128, Cpu, NoneTape> = device.sample_normal_like(&(BATCH, Const));
        bencher.bench_local(|| form(&keys, query.leaky_trace(), &v).sum().backward());
    }

    #[divan::bench]
    fn sum_plain(bencher: Bencher<'_, '_>) {
        time_sum(bencher, |weights, features| weighted_sum_plain(weights, features).expect("it fits"));
    }

    #[divan::bench]
    fn sum_fast(bencher: Bencher<'_, '_>) {
        time_sum(bencher, |weights, features| weighted_sum_fast(weights, features).expect("it fits"));
    }

    fn time_sum(
        bencher: Bencher<'_, '_>,
        form: impl Fn(Weights<Cpu, Tape>, &Locations<128, Cpu>) -> Rows<128, Cpu, Tape>,
    ) {
        let features = locations();
        let weights: Weights<Cpu, NoneTape> = Cpu::seed_from_u64(2).sample_uniform_like(&(BATCH, 196));
        bencher.bench_local(|| form(weights.leaky_trace(), &features).sum().backward());
    }
}

/// 1024 rows of 500 classes.
#[divan::bench_group(sample_count = 20)]
mod cross_entropy {
    use super::*;
    use layers::cross_entropy;

    type Form = fn(Rows<500, Cpu, Tape>, &[usize], &[f32]) -> Result<Tensor<Rank0, f32, Cpu, Tape>, Error>;

    #[divan::bench]
    fn plain(bencher: Bencher<'_, '_>) {
        time(bencher, cross_entropy::plain);
    }

    #[divan::bench]
    fn fast(bencher: Bencher<'_, '_>) {
        time(bencher, cross_entropy::fast);
    }

    fn time(bencher: Bencher<'_, '_>, form: Form) {
        let logits: Rows<500, Cpu, NoneTape> = Cpu::seed_from_u64(1).sample_normal_like(&(1024, Const));
        let (targets, weights) = ((0..1024).map(|row| row % 500).collect::<Vec<_>>(), vec![1.0; 1024]);
        bencher.bench_local(|| form(logits.leaky_trace(), &targets, &weights).expect("it fits").backward());
    }
}

/// Forward, backward and Adam.
#[divan::bench(args = nets::names(), sample_count = 10)]
fn training_step(bencher: Bencher<'_, '_>, name: &str) {
    bencher.bench_local(nets::step(name));
}

/// From 28 × 28 to 56 × 56.
#[divan::bench_group(sample_count = 20)]
mod upsample_2x {
    use super::*;
    use layers::upsampling;

    #[divan::bench]
    fn plain(bencher: Bencher<'_, '_>) {
        forward_and_backward(bencher, |x| upsampling::plain(x, GRID).expect("it fits"));
    }

    #[divan::bench]
    fn fast(bencher: Bencher<'_, '_>) {
        forward_and_backward(bencher, |x| upsampling::fast(x, GRID).expect("it fits"));
    }
}

/// Every entry twice.
#[divan::bench_group(sample_count = 20)]
mod index_select {
    use super::*;
    use layers::index_select::{self, Entries};

    fn twice() -> Entries<Cpu> {
        Cpu::default().tensor_from_vec((0..2 * BATCH).map(|i| i / 2).collect(), (2 * BATCH,))
    }

    #[divan::bench]
    fn plain(bencher: Bencher<'_, '_>) {
        let of = twice();
        forward_and_backward(bencher, |x| index_select::plain(x, &of).expect("it fits"));
    }

    #[divan::bench]
    fn fast(bencher: Bencher<'_, '_>) {
        let of = twice();
        forward_and_backward(bencher, |x| index_select::fast(x, &of).expect("it fits"));
    }
}

#[divan::bench_group(sample_count = 20)]
mod leaky_relu {
    use super::*;
    use layers::leaky_relu;

    #[divan::bench]
    fn dfdx(bencher: Bencher<'_, '_>) {
        forward_and_backward(bencher, |x| dfdx::tensor_ops::leakyrelu(x, 0.2));
    }

    #[divan::bench]
    fn plain(bencher: Bencher<'_, '_>) {
        forward_and_backward(bencher, |x| leaky_relu::plain(x, 0.2).expect("it fits"));
    }

    #[divan::bench]
    fn fast(bencher: Bencher<'_, '_>) {
        forward_and_backward(bencher, |x| leaky_relu::fast(x, 0.2).expect("it fits"));
    }
}
