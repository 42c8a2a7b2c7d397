//! Every operation forward and backward in its plain and its fast form, and whole training steps.
//!
//! `cargo bench -p layers`; beside PyTorch: `python3 tools/peers/layers.py`.

#[path = "../examples/nets/mod.rs"]
mod nets;

use dfdx::prelude::*;
use divan::Bencher;
use layers::batch_norm::{self, Normalisation};
use layers::convolution::{self, Geometry};
use layers::{Activations, ConvolutionConfig, Grid, pooling};

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

type Traced<const C: usize> = Activations<C, Cpu, OwnedTape<f32, Cpu>>;

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
        (device.sample_normal(), device.sample_normal(), Geometry { relu: true, ..geometry })
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

/// Forward, backward and Adam.
#[divan::bench(args = 0..nets::NETS.len(), sample_count = 10)]
fn training_step(bencher: Bencher<'_, '_>, index: usize) {
    let mut net = nets::Net::new(nets::NETS[index]);
    bencher.bench_local(|| net.step());
}
