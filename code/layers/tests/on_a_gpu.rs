//! Every operation gives the same on another device: outputs and gradients of the form that the device takes, beside
//! the plain form on the CPU.
//!
//! With the feature `cuda` the other device is the GPU, and where there is none the tests say that they are skipped.
//! Without it, it is the CPU with its fast forms: that the comparison itself works.

use dfdx::prelude::*;
use layers::convolution::{self, Geometry};
use layers::index_select::Entries;
use layers::recurrent::{gru, lstm};
use layers::{
    Activations, BatchNorm, ConvolutionConfig, Fixed, Grid, Gru, Lstm, LstmState, Operations, Rows, Sequence,
    additive_attention, batch_norm, cross_entropy, index_select, leaky_relu, pooling, upsampling,
};

#[cfg(feature = "cuda")]
type Other = Cuda;
#[cfg(not(feature = "cuda"))]
type Other = Cpu;

/// The device beside the CPU.
#[cfg(feature = "cuda")]
fn other() -> Option<Other> {
    // Where there is no driver, asking for a card panics.
    let card = std::panic::catch_unwind(|| Cuda::try_build(0, 1).ok()).ok().flatten();
    if card.is_none() {
        println!("skipped: no GPU");
    }
    card
}

#[cfg(not(feature = "cuda"))]
fn other() -> Option<Other> {
    Some(Cpu::default())
}

/// Some numbers of both signs, none of them twice.
fn random(count: usize, seed: u64) -> Vec<f32> {
    Cpu::seed_from_u64(seed).sample_normal_like(&(count,)).as_vec()
}

/// A tensor of such numbers on a device.
fn tensor<S: Shape, D: Device<f32>>(device: &D, shape: S, seed: u64) -> Tensor<S, f32, D> {
    device.tensor_from_vec(random(shape.num_elements(), seed), shape)
}

/// The output of an operation, and its gradients: those of the sum of the outputs, each times a number of its own.
fn results<R: Shape, D: Operations>(
    output: Tensor<R, f32, D, OwnedTape<f32, D>>,
    gradients_of: impl FnOnce(&Gradients<f32, D>) -> Vec<Vec<f32>>,
) -> Vec<Vec<f32>> {
    let factors = tensor(output.device(), *output.shape(), 99);
    let numbers = output.as_vec();
    let gradients = (output * factors).sum::<Rank0, _>().backward();
    [vec![numbers], gradients_of(&gradients)].concat()
}

/// Within 10⁻⁴ of the largest number of each list.
fn assert_same(what: &str, found: &[Vec<f32>], wanted: &[Vec<f32>]) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    for (place, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        assert_eq!(found.len(), wanted.len(), "{what}, list {place}");
        let largest = wanted.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        assert!(largest > 0.0, "{what}, list {place}: nothing but zeros");
        let apart = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart <= 1e-4 * largest, "{what}, list {place}: {apart} apart, of {largest}");
    }
}

const GRID: Grid = Grid::new(6, 4);
const BATCH: usize = 3;

fn map<const C: usize, D: Device<f32>>(device: &D) -> Activations<C, D, NoneTape> {
    tensor(device, (BATCH, GRID.locations(), Const), 1)
}

/// An operation on a map alone.
fn of_a_map<D: Operations, R: Shape>(
    device: &D,
    operation: impl FnOnce(
        Activations<8, D, OwnedTape<f32, D>>,
    ) -> Result<Tensor<R, f32, D, OwnedTape<f32, D>>, layers::Error>,
) -> Vec<Vec<f32>> {
    let x = map::<8, D>(device);
    let output = operation(x.leaky_trace()).expect("it fits");
    results(output, |gradients| vec![gradients.get(&x).as_vec()])
}

#[test]
fn operations_on_a_map() {
    let (Some(other), cpu) = (other(), Cpu::default()) else { return };
    let two = Grid::new(2, 2);
    assert_same(
        "max pooling",
        &of_a_map(&other, |x| Other::max_pool_2x2(x, GRID)),
        &of_a_map(&cpu, |x| pooling::max_pool_2x2_plain(x, GRID)),
    );
    assert_same(
        "average pooling",
        &of_a_map(&other, |x| Other::average_pool(x, GRID, two)),
        &of_a_map(&cpu, |x| pooling::average_pool_plain(x, GRID, two)),
    );
    assert_same(
        "upsampling",
        &of_a_map(&other, |x| Other::upsample_2x(x, GRID)),
        &of_a_map(&cpu, |x| upsampling::plain(x, GRID)),
    );
    assert_same(
        "leaky ReLU",
        &of_a_map(&other, |x| Other::leaky_relu(x, 0.2)),
        &of_a_map(&cpu, |x| leaky_relu::plain(x, 0.2)),
    );
    fn entries<D: Device<f32>>(device: &D) -> Entries<D> {
        device.tensor_from_vec(vec![2, 0, 2, 1], (4,))
    }
    assert_same(
        "taking entries",
        &of_a_map(&other, |x| Other::index_select(x, &entries(&other))),
        &of_a_map(&cpu, |x| index_select::plain(x, &entries(&cpu))),
    );
}

#[test]
fn convolution_with_stride_and_padding() {
    fn all<D: Operations>(device: &D, negative_slope: f32, plain: bool) -> Vec<Vec<f32>> {
        let geometry = Geometry::new(GRID, 3, ConvolutionConfig { stride: 2, padding: 1 }).expect("it fits");
        let geometry = Geometry { negative_slope, ..geometry };
        let x = map::<8, D>(device);
        let weight: Tensor<Rank4<3, 3, 8, 5>, f32, D> = tensor(device, Default::default(), 2);
        let bias: Tensor<Rank1<5>, f32, D> = tensor(device, Default::default(), 3);
        let form = if plain { convolution::plain } else { D::convolve };
        let output = form(x.leaky_trace(), &weight, &bias, geometry).expect("it fits");
        results(output, |gradients| {
            vec![gradients.get(&x).as_vec(), gradients.get(&weight).as_vec(), gradients.get(&bias).as_vec()]
        })
    }
    let Some(other) = other() else { return };
    for (what, slope) in [("convolution and ReLU", 0.0), ("convolution and leaky ReLU", 0.2)] {
        assert_same(what, &all(&other, slope, false), &all(&Cpu::default(), slope, true));
    }
}

#[test]
fn batch_normalisation() {
    fn all<D: Operations>(device: &D, plain: bool) -> Vec<Vec<f32>> {
        let (x, norm) = (map::<8, D>(device), BatchNorm::<8, f32, D>::new(device));
        let normalisation = batch_norm::Normalisation {
            scale: norm.scale.clone(),
            shift: norm.shift.clone(),
            given: None,
            epsilon: 1e-5,
            relu: true,
        };
        let form = if plain { batch_norm::plain } else { D::batch_norm };
        let (output, used) = form(x.leaky_trace(), normalisation).expect("it fits");
        let mut all = results(output, |gradients| {
            vec![
                gradients.get(&x).as_vec(),
                gradients.get(&norm.scale).as_vec(),
                gradients.get(&norm.shift).as_vec(),
            ]
        });
        all.extend([used.mean.as_vec(), used.variance.as_vec()]);
        all
    }
    let Some(other) = other() else { return };
    assert_same("batch normalisation", &all(&other, false), &all(&Cpu::default(), true));
}

#[test]
fn recurrent_networks() {
    fn inputs<D: Device<f32>>(device: &D) -> Sequence<6, D, NoneTape> {
        tensor(device, (BATCH, 5, Const), 4)
    }
    fn of_an_lstm<D: Operations>(device: &D, plain: bool) -> Vec<Vec<f32>> {
        let (x, cell) = (inputs(device), Lstm::<6, 7, f32, D>::new(device, 1));
        let start = LstmState::zeros(device, BATCH);
        let (hidden, _) = if plain {
            lstm::plain(x.leaky_trace(), start, &cell).expect("it fits")
        } else {
            cell.sequence(x.leaky_trace(), start)
        };
        results(hidden, |gradients| {
            vec![
                gradients.get(&x).as_vec(),
                gradients.get(&cell.weight).as_vec(),
                gradients.get(&cell.recurrent_weight).as_vec(),
                gradients.get(&cell.bias).as_vec(),
            ]
        })
    }
    fn of_a_gru<D: Operations>(device: &D, plain: bool) -> Vec<Vec<f32>> {
        let (x, cell) = (inputs(device), Gru::<6, 7, f32, D>::new(device, 1));
        let start: Rows<7, D, NoneTape> = tensor(device, (BATCH, Const), 5);
        let state = start.leaky_trace();
        let (hidden, _) = if plain {
            gru::plain(x.leaky_trace(), state, &cell).expect("it fits")
        } else {
            cell.sequence(x.leaky_trace(), state)
        };
        results(hidden, |gradients| {
            vec![
                gradients.get(&x).as_vec(),
                gradients.get(&start).as_vec(),
                gradients.get(&cell.weight).as_vec(),
                gradients.get(&cell.recurrent_weight).as_vec(),
                gradients.get(&cell.bias).as_vec(),
                gradients.get(&cell.recurrent_bias).as_vec(),
            ]
        })
    }
    let (Some(other), cpu) = (other(), Cpu::default()) else { return };
    assert_same("LSTM", &of_an_lstm(&other, false), &of_an_lstm(&cpu, true));
    assert_same("GRU", &of_a_gru(&other, false), &of_a_gru(&cpu, true));
}

#[test]
fn attention() {
    fn all<D: Operations>(device: &D, plain: bool) -> Vec<Vec<f32>> {
        let features: Sequence<8, D, NoneTape> = tensor(device, (BATCH, 10, Const), 6);
        let query: Rows<8, D, NoneTape> = tensor(device, (2 * BATCH, Const), 7); // two rows a picture
        let v: Tensor<Rank1<8>, f32, D> = tensor(device, Default::default(), 8);
        let (keys, tape) = Fixed::new(features.leaky_trace());
        let query_with_tape = query.clone().put_tape(tape);
        let output = if plain {
            let weights = additive_attention::attention_weights_plain(&keys, query_with_tape, &v);
            additive_attention::weighted_sum_plain(weights.expect("it fits"), &keys)
        } else {
            let weights = D::attention_weights(&keys, query_with_tape, &v);
            D::weighted_sum(weights.expect("it fits"), &keys)
        };
        results(output.expect("it fits"), |gradients| {
            vec![
                gradients.get(keys.tensor()).as_vec(),
                gradients.get(&query).as_vec(),
                gradients.get(&v).as_vec(),
            ]
        })
    }
    let Some(other) = other() else { return };
    assert_same("attention", &all(&other, false), &all(&Cpu::default(), true));
}

#[test]
fn cross_entropy_with_weights() {
    fn all<D: Operations>(device: &D, plain: bool) -> Vec<Vec<f32>> {
        let logits: Rows<9, D, NoneTape> = tensor(device, (4, Const), 9);
        let form = if plain { cross_entropy::plain } else { D::cross_entropy };
        let loss = form(logits.leaky_trace(), &[0, 8, 3, 3], &[1.0, 0.5, 0.0, 2.0]).expect("it fits");
        results(loss, |gradients| vec![gradients.get(&logits).as_vec()])
    }
    let Some(other) = other() else { return };
    assert_same("cross entropy", &all(&other, false), &all(&Cpu::default(), true));
}
