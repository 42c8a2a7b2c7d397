//! Values and gradients of everything that training differentiates, against finite differences, against
//! plain forms, and against PyTorch's numbers.
//!
//! The losses are written down a second time here, in `f64`; their central differences
//! (f(x + h) - f(x - h)) / 2h with h = 10⁻⁵ are off by about h²·f''' + 10⁻¹⁶·f/h, less than 10⁻⁸ here. What
//! remains is the rounding of the `f32` that are tested: [`TOLERANCE`].

use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorName, ViewTensorRef,
};
use dfdx::prelude::*;
use joint_embedding::margin::{self, Negatives};
use joint_embedding::model::Model;
use joint_embedding::similarity::{cosines, normalize};
use joint_embedding::train::{Loss, Settings, Trainer};
use joint_embedding::word_encoder::{fast, plain};
use joint_embedding::{DIMENSIONS, SIDE, info_nce, views};
use layers::Mode;
use proptest::prelude::*;
use rand::RngExt;
use std::collections::BTreeMap;

/// Values and gradients here are sums of a dozen terms of size 1 and below, each rounded to 6·10⁻⁸.
const TOLERANCE: f64 = 2e-6;

type Scores<T = NoneTape> = Tensor<(usize, usize), f32, Cpu, T>;

fn random(seed: u64, count: usize) -> Vec<f32> {
    let mut rng = emoji_world::rng(seed, 0);
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

fn matrix(device: &Cpu, numbers: &[f32], columns: usize) -> Scores {
    device.tensor_from_vec(numbers.to_vec(), (numbers.len() / columns, columns))
}

fn places(device: &Cpu, places: &[usize]) -> Tensor<(usize,), usize, Cpu> {
    device.tensor_from_vec(places.to_vec(), (places.len(),))
}

/// The central differences of `f` at `x`.
fn differences(f: impl Fn(&[f64]) -> f64, x: &[f32]) -> Vec<f64> {
    let h = 1e-5;
    let mut x: Vec<f64> = x.iter().copied().map(f64::from).collect();
    (0..x.len())
        .map(|i| {
            let old = x[i];
            x[i] = old + h;
            let above = f(&x);
            x[i] = old - h;
            let below = f(&x);
            x[i] = old;
            (above - below) / (2.0 * h)
        })
        .collect()
}

fn value(f: impl Fn(&[f64]) -> f64, x: &[f32]) -> f64 {
    f(&x.iter().copied().map(f64::from).collect::<Vec<f64>>())
}

fn assert_close(found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let apart = (f64::from(found) - expected).abs();
        assert!(apart <= tolerance * expected.abs().max(1.0), "number {i}: {found} and {expected}");
    }
}

/// The mean InfoNCE of rows of scores.
fn info_nce_again(scores: &[f64], right: &[usize]) -> f64 {
    let columns = scores.len() / right.len();
    let loss = |(row, &right): (&[f64], &usize)| row.iter().map(|s| s.exp()).sum::<f64>().ln() - row[right];
    scores.chunks_exact(columns).zip(right).map(loss).sum::<f64>() / right.len() as f64
}

/// The mean margin loss of rows of cosines.
fn margin_again(cosines: &[f64], right: &[usize], margin: f64, negatives: Negatives) -> f64 {
    let columns = cosines.len() / right.len();
    let loss = |(row, &right): (&[f64], &usize)| {
        let wrong = row.iter().enumerate().filter(|&(place, _)| place != right);
        let hinges = wrong.map(|(_, cosine)| (margin - row[right] + cosine).max(0.0));
        match negatives {
            Negatives::All => hinges.sum::<f64>(),
            Negatives::Hardest => hinges.fold(0.0, f64::max),
        }
    };
    cosines.chunks_exact(columns).zip(right).map(loss).sum::<f64>() / right.len() as f64
}

#[test]
fn info_nce_has_the_gradient_of_its_formula() {
    let device = Cpu::default();
    let right = [2, 0, 5, 5];
    let scores: Vec<f32> = random(1, 24).iter().map(|x| 4.0 * x).collect();
    let tensor = matrix(&device, &scores, 6);
    let loss = info_nce::rows(tensor.leaky_trace(), places(&device, &right));
    let f = |x: &[f64]| info_nce_again(x, &right);
    assert_close(&[loss.array()], &[value(f, &scores)], TOLERANCE);
    assert_close(&loss.backward().get(&tensor).as_vec(), &differences(f, &scores), TOLERANCE);
}

#[test]
fn the_margin_loss_has_the_gradient_of_its_formula() {
    let device = Cpu::default();
    let (right, margin) = ([2, 0, 5, 5], 0.4_f32);
    let cosines = random(2, 24);
    // The hinge has a corner, the maximum one at ties: there is no gradient there to compare with.
    for (row, &right) in cosines.chunks_exact(6).zip(&right) {
        let mut hinges: Vec<f32> = row.iter().map(|cosine| margin - row[right] + cosine).collect();
        hinges.remove(right);
        assert!(hinges.iter().all(|hinge| hinge.abs() > 1e-3), "at the corner: {hinges:?}");
        hinges.sort_by(f32::total_cmp);
        assert!(hinges.windows(2).all(|pair| pair[1] - pair[0] > 1e-3), "a tie: {hinges:?}");
    }
    for negatives in [Negatives::All, Negatives::Hardest] {
        let tensor = matrix(&device, &cosines, 6);
        let loss = margin::rows(tensor.leaky_trace(), &right, margin, negatives);
        let f = |x: &[f64]| margin_again(x, &right, f64::from(margin), negatives);
        assert_close(&[loss.array()], &[value(f, &cosines)], TOLERANCE);
        let gradient = loss.backward().get(&tensor).as_vec();
        assert!(gradient.iter().any(|&x| x != 0.0));
        assert_close(&gradient, &differences(f, &cosines), TOLERANCE);
    }
}

/// The matrix that PyTorch was given below; each row's right candidate is the one with its number.
const LOGITS: [f32; 12] = [0.9, 0.1, -0.3, 0.4, 0.2, 0.5, 0.6, -0.1, -0.7, 0.35, 0.8, 0.75];

#[test]
fn info_nce_is_the_cross_entropy_of_pytorch() {
    // PyTorch 2.15, s = torch.tensor([[0.9, 0.1, -0.3, 0.4], [0.2, 0.5, 0.6, -0.1],
    //                                 [-0.7, 0.35, 0.8, 0.75]], requires_grad=True):
    // loss = F.cross_entropy(s / 0.1, torch.arange(3)); loss.backward(); loss.item(), s.grad
    let expected = 0.605_081_022;
    let gradient = [
        [-0.023_432_77, 0.001_110_35, 0.000_020_34, 0.022_301_93],
        [0.044_014_01, -2.449_288_37, 2.403_083_32, 0.002_191_33],
        [0.000_000_63, 0.022_891_36, -1.272_718_31, 1.249_826_19],
    ];
    let device = Cpu::default();
    let tensor = matrix(&device, &LOGITS, 4);
    let loss = info_nce::rows(tensor.leaky_trace() / 0.1, places(&device, &[0, 1, 2]));
    assert_close(&[loss.array()], &[expected], TOLERANCE);
    assert_close(&loss.backward().get(&tensor).as_vec(), gradient.as_flattened(), TOLERANCE);
}

#[test]
fn the_margin_loss_is_that_of_pytorch() {
    // PyTorch 2.15, with s as above:
    // h = F.relu(0.55 - s.gather(1, torch.arange(3)[:, None]) + s) * (1 - F.one_hot(torch.arange(3), 4))
    // h.sum(1).mean() for all negatives, h.max(1).values.mean() for the hardest
    let third = 1.0 / 3.0;
    let all =
        [[-third, 0.0, 0.0, third], [third, -2.0 * third, third, 0.0], [0.0, third, -2.0 * third, third]];
    let hardest = [[-third, 0.0, 0.0, third], [0.0, -third, third, 0.0], [0.0, 0.0, -third, third]];
    let device = Cpu::default();
    for (negatives, expected, gradient) in
        [(Negatives::All, 0.516_666_710, all), (Negatives::Hardest, 0.400_000_006, hardest)]
    {
        let tensor = matrix(&device, &LOGITS, 4);
        let loss = margin::rows(tensor.leaky_trace(), &[0, 1, 2], 0.55, negatives);
        assert_close(&[loss.array()], &[expected], TOLERANCE);
        assert_close(&loss.backward().get(&tensor).as_vec(), gradient.as_flattened(), TOLERANCE);
    }
}

/// Σ wᵢ xᵢ: makes one number of many, so that all of a Jacobian shows in its gradient.
fn weighted<T: Tape<f32, Cpu>>(x: Scores<T>, weights: &[f32]) -> Tensor<Rank0, f32, Cpu, T>
where
    Scores<T>: std::fmt::Debug,
{
    let weights = x.device().tensor_from_vec(weights.to_vec(), *x.shape());
    (x * weights).sum()
}

#[test]
fn normalize_has_the_gradient_of_its_formula() {
    const D: usize = 5;
    let device = Cpu::default();
    let (x, weights) = (random(3, 3 * D), random(4, 3 * D));
    let tensor = device.tensor_from_vec(x.clone(), (3, Const::<D>));
    let y = normalize(tensor.leaky_trace());
    let length = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>().sqrt();
    let f = |x: &[f64]| -> f64 {
        let row = |(row, weights): (&[f64], &[f32])| {
            row.iter().zip(weights).map(|(x, &w)| x * f64::from(w)).sum::<f64>() / length(row)
        };
        x.chunks_exact(D).zip(weights.chunks_exact(D)).map(row).sum()
    };
    for row in y.as_vec().chunks_exact(D) {
        assert!((row.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-6);
    }
    let loss = weighted(y.reshape_like(&(3, D)), &weights);
    assert_close(&[loss.array()], &[value(f, &x)], TOLERANCE);
    let gradient = loss.backward().get(&tensor).as_vec();
    assert_close(&gradient, &differences(f, &x), 4.0 * TOLERANCE);
    // Along a row its length changes, not its direction.
    for (row, gradient) in x.chunks_exact(D).zip(gradient.chunks_exact(D)) {
        assert!(row.iter().zip(gradient).map(|(a, b)| a * b).sum::<f32>().abs() < 2e-6);
    }
}

#[test]
fn cosines_have_the_gradients_of_a_matrix_product() {
    const D: usize = 6;
    let device = Cpu::default();
    let (u, v, weights) = (random(5, 4 * D), random(6, 3 * D), random(7, 12));
    let (pictures, names) = (
        device.tensor_from_vec(u.clone(), (4, Const::<D>)),
        device.tensor_from_vec(v.clone(), (3, Const::<D>)),
    );
    let loss = weighted(cosines(pictures.leaky_trace(), names.leaky_trace()), &weights);
    let f = |u: &[f64], v: &[f64]| -> f64 {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let products = u.chunks_exact(D).flat_map(|u| v.chunks_exact(D).map(move |v| dot(u, v)));
        products.zip(&weights).map(|(s, &w)| s * f64::from(w)).sum()
    };
    let wide = |x: &[f32]| x.iter().copied().map(f64::from).collect::<Vec<f64>>();
    assert_close(&[loss.array()], &[f(&wide(&u), &wide(&v))], TOLERANCE);
    let gradients = loss.backward();
    assert_close(&gradients.get(&pictures).as_vec(), &differences(|u| f(u, &wide(&v)), &u), TOLERANCE);
    assert_close(&gradients.get(&names).as_vec(), &differences(|v| f(&wide(&u), v), &v), TOLERANCE);
}

/// Why names choose among pictures by their own matrix product, and not by a permuted one.
#[test]
fn dfdx_has_a_wrong_gradient_for_log_softmax_of_a_permuted_tensor_and_we_do_not_use_it() {
    const D: usize = 6;
    let device = Cpu::default();
    let right = [1, 0, 3];
    // Names (columns) choose among pictures (rows).
    let scores: Vec<f32> = random(8, 12).iter().map(|x| 3.0 * x).collect();
    let f = |x: &[f64]| {
        let transposed: Vec<f64> = (0..3).flat_map(|j| (0..4).map(move |i| x[i * 3 + j])).collect();
        info_nce_again(&transposed, &right)
    };
    let tensor = matrix(&device, &scores, 3);
    let permuted = info_nce::rows(tensor.leaky_trace().permute::<_, Axes2<1, 0>>(), places(&device, &right));
    assert_close(&[permuted.array()], &[value(f, &scores)], TOLERANCE);
    let expected = differences(f, &scores);
    let gradient = permuted.backward().get(&tensor).as_vec();
    let apart = gradient.iter().zip(&expected).map(|(&a, b)| (f64::from(a) - b).abs()).fold(0.0, f64::max);
    assert!(apart > 0.01, "dfdx's gradient is right now ({apart}): the book may stop warning of it");

    // The way of `Trainer::loss_of`: names times pictures. Against finite differences of both.
    let (u, v) = (random(9, 4 * D), random(10, 3 * D));
    let (pictures, names) = (
        device.tensor_from_vec(u.clone(), (4, Const::<D>)),
        device.tensor_from_vec(v.clone(), (3, Const::<D>)),
    );
    let products = cosines(names.leaky_trace(), pictures.leaky_trace());
    let loss = info_nce::rows(products, places(&device, &right));
    let f = |u: &[f64], v: &[f64]| {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let products = v.chunks_exact(D).flat_map(|v| u.chunks_exact(D).map(move |u| dot(v, u)));
        info_nce_again(&products.collect::<Vec<f64>>(), &right)
    };
    let wide = |x: &[f32]| x.iter().copied().map(f64::from).collect::<Vec<f64>>();
    let gradients = loss.backward();
    assert_close(&gradients.get(&pictures).as_vec(), &differences(|u| f(u, &wide(&v)), &u), TOLERANCE);
    assert_close(&gradients.get(&names).as_vec(), &differences(|v| f(&wide(&u), v), &v), TOLERANCE);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Names of none to five words of nine, some of them twice.
    #[test]
    fn the_fast_word_encoder_is_the_plain_one(
        names in proptest::collection::vec(proptest::collection::vec(0_u32..9, 0..6), 1..12),
        seed in 0_u64..1000,
    ) {
        let device = Cpu::default();
        let names: Vec<&[u32]> = names.iter().map(Vec::as_slice).collect();
        let table: Tensor<Rank2<9, DIMENSIONS>, f32, Cpu> =
            device.tensor_from_vec(random(seed, 9 * DIMENSIONS), (Const, Const));
        let weights = random(seed + 1, names.len() * DIMENSIONS);
        let wide = |numbers: Vec<f32>| numbers.into_iter().map(f64::from).collect::<Vec<f64>>();
        let [plain, fast] = [plain::<9, Cpu>, fast::<9>].map(|encoder| {
            let vectors = encoder(&table, &names);
            let numbers = vectors.as_vec();
            let loss = weighted(vectors.reshape_like(&(names.len(), DIMENSIONS)), &weights);
            (numbers, loss.backward().get(&table).as_vec())
        });
        // Sums of at most five numbers below 1, and gradients of at most 60.
        assert_close(&fast.0, &wide(plain.0), 1e-6);
        assert_close(&fast.1, &wide(plain.1), 1e-5);
    }
}

/// Words of the model that is checked as a whole.
const WORDS: usize = 12;

/// Pictures, names of which some belong to none of them, and which belongs to which.
fn batch() -> (Vec<f32>, Vec<Vec<u32>>, Vec<usize>) {
    let pixels = views::test(&[0, 100, 300, 700, 900, 1200]);
    let names = (0..9).map(|i| vec![i, (i + 4) % 12, (7 * i + 3) % 12]).collect();
    (pixels, names, vec![3, 0, 8, 5, 1, 7])
}

/// The loss of the batch as `Trainer::step` computes it.
fn loss(
    trainer: &Trainer<WORDS>,
    model: &mut Model<WORDS>,
) -> Tensor<Rank0, f32, lab::AnyDevice, OwnedTape<f32, lab::AnyDevice>> {
    let (pixels, names, right) = batch();
    let names: Vec<&[u32]> = names.iter().map(Vec::as_slice).collect();
    let count = right.len();
    let pixels: Vec<f32> = pixels.into_iter().map(|value| value - 0.5).collect();
    let pixels = model.log_scale.device().tensor_from_vec(pixels, (count, SIDE * SIDE, Const::<3>));
    let u = normalize(model.pictures.forward(pixels.leaky_traced(), Mode::Training));
    let v = normalize(model.words.forward(&names));
    trainer.loss_of(model, u, v, &right)
}

/// Collects the gradient of every tensor that is trained, by its name.
struct Collector<'a> {
    gradients: &'a Gradients<f32, lab::AnyDevice>,
    found: BTreeMap<String, Vec<f32>>,
    network: &'static str,
}

impl TensorVisitor<f32, lab::AnyDevice> for Collector<'_> {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = <lab::AnyDevice as dfdx::tensor::HasErr>::Err;
    type E2 = f32;
    type D2 = lab::AnyDevice;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, lab::AnyDevice>,
        (tensor, name): (&Tensor<S, f32, lab::AnyDevice>, String),
    ) -> Result<Option<Tensor<S, f32, lab::AnyDevice>>, Self::Err> {
        if options.do_gradient_update {
            let gradient = self.gradients.get(tensor).as_vec();
            self.found.insert(format!("{}.{name}", self.network), gradient);
        }
        Ok(None)
    }
}

fn gradients(model: &Model<WORDS>, gradients: &Gradients<f32, lab::AnyDevice>) -> BTreeMap<String, Vec<f32>> {
    fn collect<M: TensorCollection<f32, lab::AnyDevice>>(module: &M, collector: &mut Collector<'_>) {
        M::iter_tensors(&mut RecursiveWalker { m: (module, String::new()), f: collector }).unwrap();
    }
    let mut collector = Collector { gradients, found: BTreeMap::new(), network: "pictures" };
    collect(&model.pictures, &mut collector);
    collector.network = "words";
    collect(&model.words, &mut collector);
    collector.found.insert("log_scale".into(), gradients.get(&model.log_scale).as_vec());
    collector.found
}

/// Whether batch normalisation makes a parameter's true gradient zero: it takes away again what the bias
/// of the convolution before it adds to every location.
fn has_no_effect(name: &str) -> bool {
    name.ends_with("convolution.bias")
}

#[test]
fn the_whole_model_has_the_gradient_of_its_loss() {
    let settings = Settings { loss: Loss::InfoNce(0.5), ..Settings::default() };
    let mut model = Model::<WORDS>::new(5, settings.loss.temperature());
    let trainer = Trainer::new(&model, &settings);
    let taped = loss(&trainer, &mut model);
    let gradients = gradients(&model, &taped.backward());
    let arrays = model.arrays();
    let mut loss_at = |name: &str, change: &dyn Fn(usize) -> f32| -> f64 {
        let mut changed = arrays.clone();
        let numbers = &mut changed.get_mut(name).unwrap().1;
        numbers.iter_mut().enumerate().for_each(|(i, number)| *number += change(i));
        model.set(&changed).unwrap();
        f64::from(loss(&trainer, &mut model).array())
    };
    let mut checked = 0;
    for (name, gradient) in gradients.iter().filter(|(name, _)| !has_no_effect(name)) {
        let length = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
        assert!(length > 0.0, "{name} gets no gradient");
        // Along its own direction the loss rises by the gradient's length. Too small a step drowns in the
        // rounding of f32, too large a one leaves the straight line (ReLU bends, maxima change place):
        // the best of four must be right.
        let ratios = [1e-3, 3e-3, 1e-2, 3e-2].map(|h: f32| {
            let along = |sign: f32| move |i: usize| sign * h * gradient[i] / length;
            let rise = loss_at(name, &along(1.0)) - loss_at(name, &along(-1.0));
            rise / (2.0 * f64::from(h)) / f64::from(length)
        });
        let best = ratios.iter().map(|ratio| (ratio - 1.0).abs()).fold(f64::MAX, f64::min);
        assert!(best < 0.02, "{name}: finite differences over the gradient are {ratios:?}");
        checked += 1;
    }
    assert!(checked >= 15, "only {checked} parameters");
}
