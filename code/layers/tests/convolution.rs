//! The fast convolution against the plain one, against finite differences, and by hand.

mod threads;

use dfdx::optim::{Adam, AdamConfig};
use dfdx::prelude::*;
use layers::convolution::{Geometry, fast, plain};
use layers::{Activations, Convolution2d, ConvolutionConfig, Error, Grid, leaky_relu};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

/// Output and gradients with respect to input, weights and bias, of a loss $∑ g y$.
type Results = [Vec<f32>; 4];

fn results<const IN: usize, const OUT: usize, const KERNEL: usize>(
    batch: usize,
    geometry: Geometry,
    seed: u64,
    form: impl Fn(
        Activations<IN, Cpu, OwnedTape<f32, Cpu>>,
        &Tensor<Rank4<KERNEL, KERNEL, IN, OUT>, f32, Cpu>,
        &Tensor<Rank1<OUT>, f32, Cpu>,
        Geometry,
    ) -> Result<Activations<OUT, Cpu, OwnedTape<f32, Cpu>>, Error>,
) -> Results {
    let device = Cpu::seed_from_u64(seed);
    let x = device.sample_normal_like(&(batch, geometry.input.locations(), Const));
    let (weight, bias) = (device.sample_normal(), device.sample_normal());
    let g = device.sample_normal_like(&(batch, geometry.output.locations(), Const));
    let y = form(x.leaky_trace(), &weight, &bias, geometry).expect("the shapes fit");
    let output = y.as_vec();
    let gradients = (y * g).sum().backward();
    [output, gradients.get(&x).as_vec(), gradients.get(&weight).as_vec(), gradients.get(&bias).as_vec()]
}

fn same_in_both_forms<const IN: usize, const OUT: usize, const KERNEL: usize>(
    batch: usize,
    geometry: Geometry,
    seed: u64,
) -> Result<(), TestCaseError> {
    let found = results::<IN, OUT, KERNEL>(batch, geometry, seed, fast);
    let wanted = results::<IN, OUT, KERNEL>(batch, geometry, seed, plain);
    for (what, (found, wanted)) in ["output", "input", "weight", "bias"].iter().zip(found.iter().zip(&wanted))
    {
        prop_assert_eq!(found.len(), wanted.len());
        let scale = wanted.iter().fold(1.0_f32, |scale, x| scale.max(x.abs()));
        for (found, wanted) in found.iter().zip(wanted) {
            prop_assert!((found - wanted).abs() <= 1e-5 * scale, "{}: {} {}", what, found, wanted);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn fast_is_plain(
        batch in 1_usize..=5,
        (height, width) in (1_usize..=9, 1_usize..=9),
        stride in 1_usize..=3,
        padding in 0_usize..=2,
        shape in 0_usize..6,
        slope in 0_usize..3,
        seed in 0_u64..1000,
    ) {
        let kernel = [1, 2, 3, 5, 3, 3][shape];
        let geometry = Geometry::new(Grid::new(height, width), kernel, ConvolutionConfig { stride, padding });
        let fits = height.min(width) + 2 * padding >= kernel;
        prop_assert_eq!(geometry.is_ok(), fits);
        if let Ok(geometry) = geometry {
            let geometry = Geometry { negative_slope: [0.0, 0.2, 1.0][slope], ..geometry };
            match shape {
                0 => same_in_both_forms::<3, 5, 1>(batch, geometry, seed)?,
                1 => same_in_both_forms::<2, 17, 2>(batch, geometry, seed)?,
                2 => same_in_both_forms::<3, 32, 3>(batch, geometry, seed)?,
                3 => same_in_both_forms::<2, 3, 5>(batch, geometry, seed)?,
                4 => same_in_both_forms::<16, 1, 3>(batch, geometry, seed)?,
                _ => same_in_both_forms::<5, 49, 3>(batch, geometry, seed)?,
            }
        }
    }
}

/// Pictures of more than one band, and more pictures than chunks.
#[test]
fn fast_is_plain_on_larger_pictures() {
    let config = |stride| ConvolutionConfig { stride, padding: 1 };
    let wide = |stride| Geometry::new(Grid::new(45, 30), 3, config(stride)).expect("it fits");
    same_in_both_forms::<40, 24, 3>(2, Geometry { negative_slope: 0.0, ..wide(1) }, 1).expect("same");
    same_in_both_forms::<40, 24, 3>(2, wide(2), 2).expect("same");
    let small = Geometry::new(Grid::new(4, 6), 3, config(1)).expect("it fits");
    same_in_both_forms::<3, 8, 3>(35, small, 3).expect("same");
}

/// The loss by the formula, in double precision: $∑ g y$ where $y$ is what comes after the bend; and the outputs before it.
fn loss<const IN: usize, const OUT: usize>(geometry: Geometry, [x, w, b, g]: [&[f64]; 4]) -> (f64, Vec<f64>) {
    let Geometry { input, output, kernel, stride, padding, .. } = geometry;
    let (mut loss, mut outputs) = (0.0, vec![]);
    for i in 0..output.height {
        for j in 0..output.width {
            for o in 0..OUT {
                let mut y = b[o];
                for u in 0..kernel {
                    for v in 0..kernel {
                        let (k, l) = (stride * i + u, stride * j + v);
                        let inside = |k: usize, side: usize| k >= padding && k < padding + side;
                        if inside(k, input.height) && inside(l, input.width) {
                            let location = (k - padding) * input.width + l - padding;
                            for c in 0..IN {
                                y += x[location * IN + c] * w[((u * kernel + v) * IN + c) * OUT + o];
                            }
                        }
                    }
                }
                let kept = y.max(f64::from(geometry.negative_slope) * y);
                loss += g[(i * output.width + j) * OUT + o] * kept;
                outputs.push(y);
            }
        }
    }
    (loss, outputs)
}

#[test]
fn gradients_are_those_of_finite_differences() {
    const IN: usize = 2;
    const OUT: usize = 3;
    // Small enough that no output crosses zero (asserted below), large enough for double precision: the loss
    // is then linear in each number, and the central difference exact up to rounding.
    const STEP: f64 = 1e-6;
    for (stride, padding, negative_slope) in
        [(1, 1, 1.0), (1, 0, 0.0), (2, 1, 0.0), (2, 1, 0.25), (3, 2, 0.0)]
    {
        let config = ConvolutionConfig { stride, padding };
        let geometry = Geometry::new(Grid::new(5, 4), 3, config).expect("it fits");
        let geometry = Geometry { negative_slope, ..geometry };
        let device = Cpu::seed_from_u64(7);
        let x: Activations<IN, Cpu, NoneTape> = device.sample_normal_like(&(1, 20, Const));
        let (weight, bias) = (device.sample_normal(), device.sample_normal::<Rank1<OUT>>());
        let g: Activations<OUT, Cpu, NoneTape> =
            device.sample_normal_like(&(1, geometry.output.locations(), Const));
        let y = fast::<IN, OUT, 3, _>(x.leaky_trace(), &weight, &bias, geometry).expect("the shapes fit");
        let gradients = (y * g.clone()).sum().backward();
        let found =
            [gradients.get(&x).as_vec(), gradients.get(&weight).as_vec(), gradients.get(&bias).as_vec()];
        let numbers = [x.as_vec(), weight.as_vec(), bias.as_vec(), g.as_vec()];
        let numbers = numbers.map(|numbers| numbers.into_iter().map(f64::from).collect::<Vec<_>>());
        let value = |numbers: &[Vec<f64>; 4], geometry| {
            loss::<IN, OUT>(geometry, std::array::from_fn(|i| numbers[i].as_slice()))
        };
        let (_, outputs) = value(&numbers, geometry);
        assert!(outputs.iter().all(|y| y.abs() > 10.0 * STEP), "an output is too close to zero");
        // A sum of n products in single precision is off by at most (n + 1) 2⁻²⁴ times the sum of their sizes
        // (Higham 2002, section 3.1); the sum of sizes is the gradient for the numbers' absolute values.
        let sizes = numbers.clone().map(|numbers| numbers.into_iter().map(f64::abs).collect::<Vec<_>>());
        let terms = (geometry.output.locations() * 9 * OUT + 1) as f64;
        for (kind, found) in found.iter().enumerate() {
            for (index, &found) in found.iter().enumerate() {
                let difference = |numbers: &[Vec<f64>; 4], geometry| {
                    let at = |step: f64| {
                        let mut moved = numbers.clone();
                        moved[kind][index] += step;
                        value(&moved, geometry).0
                    };
                    (at(STEP) - at(-STEP)) / (2.0 * STEP)
                };
                let wanted = difference(&numbers, geometry);
                let size = difference(&sizes, Geometry { negative_slope: 1.0, ..geometry });
                let bound = terms * 2.0_f64.powi(-24) * size + 1e-7;
                let distance = (f64::from(found) - wanted).abs();
                assert!(distance <= bound, "kind {kind}, number {index}: {found} {wanted} ± {bound}");
            }
        }
    }
}

#[test]
fn the_example_by_hand() {
    // 3 × 3, edges: x(i, j+1) - x(i, j-1) in the middle row of the kernel.
    let device = Cpu::default();
    let config = ConvolutionConfig { stride: 1, padding: 1 };
    let mut edges = Convolution2d::<1, 1, 3>::new(&device, config, 0);
    edges.weight = device.tensor_from_vec(vec![0., 0., 0., -1., 0., 1., 0., 0., 0.], Default::default());
    edges.bias = device.tensor([0.5]);
    let x = device.tensor_from_vec(vec![1., 2., 4., 3., 3., 3., 0., 5., 1.], (1, 9, Const));
    let (y, grid) = edges.forward(x.clone(), Grid::new(3, 3));
    assert_eq!(grid, Grid::new(3, 3));
    assert_eq!(y.as_vec(), [2.5, 3.5, -1.5, 3.5, 0.5, -2.5, 5.5, 1.5, -4.5]);
    let (y, _) = edges.forward_relu(x, Grid::new(3, 3));
    assert_eq!(y.as_vec(), [2.5, 3.5, 0., 3.5, 0.5, 0., 5.5, 1.5, 0.]);
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let geometry = Geometry::new(Grid::new(13, 11), 3, ConvolutionConfig { stride: 1, padding: 1 });
    let geometry = Geometry { negative_slope: 0.0, ..geometry.expect("it fits") };
    threads::change_nothing(|| results::<8, 24, 3>(37, geometry, 5, fast).map(threads::bits));
}

#[test]
fn without_input_gradient_only_that_one_is_missing() {
    let device = Cpu::seed_from_u64(3);
    let config = ConvolutionConfig { stride: 1, padding: 1 };
    let all = Convolution2d::<3, 8, 3>::new(&device, config, 1);
    let first = all.clone().without_input_gradient();
    let x: Activations<3, Cpu, NoneTape> = device.sample_normal_like(&(2, 30, Const));
    let gradients = |layer: &Convolution2d<3, 8, 3>| {
        layer.forward(x.leaky_trace(), Grid::new(5, 6)).0.square().sum().backward()
    };
    let (with, without) = (gradients(&all), gradients(&first));
    assert_eq!(with.get(&all.weight).as_vec(), without.get(&first.weight).as_vec());
    assert_eq!(with.get(&all.bias).as_vec(), without.get(&first.bias).as_vec());
    assert!(with.get(&x).as_vec().iter().all(|&g| g != 0.0));
    assert!(without.trace_is_zero(&x));
}

#[test]
fn without_weight_gradient_only_the_input_gets_one() {
    let device = Cpu::seed_from_u64(3);
    let config = ConvolutionConfig { stride: 2, padding: 1 };
    let all = Convolution2d::<3, 8, 3>::new(&device, config, 1);
    let fixed = all.clone().without_weight_gradient();
    let x: Activations<3, Cpu, NoneTape> = device.sample_normal_like(&(20, 30, Const));
    let gradients = |layer: &Convolution2d<3, 8, 3>| {
        layer.forward_relu(x.leaky_trace(), Grid::new(5, 6)).0.square().sum().backward()
    };
    let (with, mut without) = (gradients(&all), gradients(&fixed));
    assert_eq!(with.get(&x).as_vec(), without.get(&x).as_vec());
    assert!(with.get(&all.weight).as_vec().iter().all(|&g| g != 0.0));
    let is_zero = |numbers: &[f32]| numbers.iter().all(|&g| g == 0.0);
    assert!(is_zero(without.get_or_alloc_mut(&fixed.weight).expect("memory")));
    assert!(is_zero(without.get_or_alloc_mut(&fixed.bias).expect("memory")));
}

/// Whether the gradient of a tensor is zero or was never allocated.
trait TraceIsZero {
    fn trace_is_zero<const C: usize>(self, x: &Activations<C, Cpu, NoneTape>) -> bool;
}

impl TraceIsZero for Gradients<f32, Cpu> {
    fn trace_is_zero<const C: usize>(mut self, x: &Activations<C, Cpu, NoneTape>) -> bool {
        self.get_or_alloc_mut(x).expect("memory").iter().all(|&g| g == 0.0)
    }
}

#[test]
fn the_upstream_gradient_is_left_as_it_was() {
    let device = Cpu::seed_from_u64(4);
    let layer = Convolution2d::<2, 3, 3>::new(&device, ConvolutionConfig::default(), 1);
    let x: Activations<2, Cpu, NoneTape> = device.sample_normal_like(&(2, 30, Const));
    let (y, _) = layer.forward_relu(x.leaky_trace(), Grid::new(5, 6));
    let (y, tape) = y.split_tape();
    let gradients = y.clone().put_tape(tape).sum().backward();
    assert_eq!(gradients.get(&y).as_vec(), vec![1.0; 2 * 12 * 3]);
}

#[test]
fn it_is_a_module_for_the_optimizer_and_for_files() {
    let device = Cpu::seed_from_u64(5);
    let config = ConvolutionConfig { stride: 2, padding: 1 };
    let mut layer = Convolution2d::<2, 4, 3>::new(&device, config, 6);
    assert_eq!(layer.num_trainable_params(), 9 * 2 * 4 + 4);
    let before = layer.clone();
    let x: Activations<2, Cpu, NoneTape> = device.sample_normal_like(&(3, 30, Const));
    let grid = Grid::new(5, 6);

    let gradients = layer.alloc_grads();
    let (y, _) = layer.forward_relu(x.clone().traced(gradients), grid);
    let gradients = y.square().mean().backward();
    let mut optimizer = Adam::new(&layer, AdamConfig::default());
    optimizer.update(&mut layer, &gradients).expect("every parameter has a gradient");
    assert!(layer.weight.as_vec().iter().zip(before.weight.as_vec()).all(|(new, old)| *new != old));
    assert!(layer.bias.as_vec().iter().zip(before.bias.as_vec()).all(|(new, old)| *new != old));

    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("layer.safetensors");
    layer.save_safetensors(&file).expect("it can be written");
    let mut read = Convolution2d::<2, 4, 3>::new(&device, ConvolutionConfig::default(), 7);
    read.load_safetensors(&file).expect("it can be read");
    let (y, output) = layer.forward(x.clone(), grid);
    let (again, same) = read.forward(x, grid);
    assert_eq!((y.as_vec(), output), (again.as_vec(), same));
}

#[test]
fn weights_have_the_variance_of_he() {
    let device = Cpu::default();
    let layer = Convolution2d::<32, 64, 3>::new(&device, ConvolutionConfig::default(), 8);
    let reset = {
        let mut layer = layer.clone();
        layer.reset_params();
        layer
    };
    assert_eq!(
        layer.weight.as_vec(),
        Convolution2d::<32, 64, 3>::new(&device, Default::default(), 8).weight.as_vec()
    );
    for weight in [layer.weight, reset.weight] {
        let weight = weight.as_vec();
        let n = weight.len() as f64;
        let mean = weight.iter().map(|&w| f64::from(w)).sum::<f64>() / n;
        let variance = weight.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>() / n - mean * mean;
        // The mean of n numbers of variance v is off by less than 5 √(v / n), their variance by 5 v √(2 / n).
        let v = 2.0 / (9.0 * 32.0);
        assert!(mean.abs() < 5.0 * (v / n).sqrt(), "mean {mean}");
        assert!((variance - v).abs() < 5.0 * v * (2.0 / n).sqrt(), "variance {variance}");
    }
}

#[test]
fn errors_say_what_was_expected() {
    let device = Cpu::default();
    let layer =
        |stride, padding| Convolution2d::<1, 1, 5>::new(&device, ConvolutionConfig { stride, padding }, 0);
    let x: Activations<1, Cpu, NoneTape> = device.zeros_like(&(1, 12, Const));
    let message =
        |stride, padding, grid| layer(stride, padding).try_forward(x.clone(), grid).unwrap_err().to_string();
    let found = message(1, 2, Grid::new(3, 5));
    assert!(found.contains("expected 15 locations for a grid of 3 × 5, found 12"), "{found}");
    let found = message(1, 0, Grid::new(3, 4));
    assert!(
        found.contains("a window of 5 × 5 does not fit into a grid of 3 × 4 with a padding of 0"),
        "{found}"
    );
    let found = message(0, 1, Grid::new(3, 4));
    assert!(found.contains("the stride must be at least 1"), "{found}");
    for slope in [-0.1, 1.5, f32::NAN] {
        let found = layer(1, 2).try_forward_leaky_relu(x.clone(), Grid::new(3, 4), slope);
        let found = found.unwrap_err().to_string();
        assert!(found.contains(&format!("expected a slope from 0 to 1, found {slope}")), "{found}");
    }
}

/// What the convolution does in its own pass is what the operation behind it does.
#[test]
fn leaky_relu_in_the_same_pass_is_leaky_relu_behind_it() {
    let (device, grid) = (Cpu::seed_from_u64(6), Grid::new(6, 5));
    let layer = Convolution2d::<3, 8, 3>::new(&device, ConvolutionConfig { stride: 2, padding: 1 }, 1);
    let x: Activations<3, Cpu, NoneTape> = device.sample_normal_like(&(4, grid.locations(), Const));
    let within = layer.forward_leaky_relu(x.leaky_trace(), grid, 0.2).0;
    let behind = leaky_relu(layer.forward(x.leaky_trace(), grid).0, 0.2);
    assert_eq!(within.as_vec(), behind.as_vec());
    assert!(within.as_vec().iter().any(|&y| y < 0.0));
    let [within, behind] = [within, behind].map(|y| y.square().sum().backward());
    assert_eq!(within.get(&x).as_vec(), behind.get(&x).as_vec());
    assert_eq!(within.get(&layer.weight).as_vec(), behind.get(&layer.weight).as_vec());
    assert_eq!(within.get(&layer.bias).as_vec(), behind.get(&layer.bias).as_vec());
    let with = |slope: f32| layer.forward_leaky_relu(x.clone(), grid, slope).0.as_vec();
    assert_eq!(with(0.0), layer.forward_relu(x.clone(), grid).0.as_vec());
    assert_eq!(with(1.0), layer.forward(x.clone(), grid).0.as_vec());
}

#[test]
fn relu_makes_zeros_of_all_that_is_negative() {
    let device = Cpu::default();
    let mut layer = Convolution2d::<1, 1, 1>::new(&device, ConvolutionConfig::default(), 0);
    layer.weight = device.ones();
    let x = device.tensor_from_vec(vec![-2.0, f32::NEG_INFINITY, 3.0], (1, 3, Const::<1>));
    let y = layer.forward_relu(x, Grid::new(1, 3)).0.as_vec();
    assert_eq!(y.into_iter().map(f32::to_bits).collect::<Vec<_>>(), [0.0_f32, 0.0, 3.0].map(f32::to_bits));
}

/// dfdx gives every number that is not a tensor its default when a module changes its type: the documentation
/// says to set stride and padding again.
#[test]
fn dfdx_forgets_stride_and_padding_when_the_type_changes() {
    let config = ConvolutionConfig { stride: 2, padding: 1 };
    let layer = Convolution2d::<1, 1, 3>::new(&Cpu::default(), config, 0);
    let doubled = layer.to_dtype::<f64>();
    assert_eq!((doubled.stride, doubled.padding), (1, 0));
}
