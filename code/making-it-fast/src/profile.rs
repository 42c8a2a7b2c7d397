//! Where the time of a training step goes: a stopwatch around every layer, on the way forward and on the way back.

use crate::Error;
use dfdx::prelude::*;
use layers::convolution::{self, Geometry};
use layers::{Activations, ConvolutionConfig, Grid, cross_entropy, pooling};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

/// Which forms of the operations a network is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Composed of dfdx's operations.
    Plain,
    /// Operations of our own.
    Fast,
}

/// How long a layer takes: seconds on a [`Clock`], milliseconds from [`laps`].
#[derive(Clone, Debug, PartialEq)]
pub struct Lap {
    /// The layer.
    pub name: &'static str,
    /// Forward.
    pub forward: f64,
    /// And back.
    pub backward: f64,
}

/// A tensor with its tape.
pub type Traced<S> = Tensor<S, f32, Cpu, OwnedTape<f32, Cpu>>;

/// A feature map with its tape: batch × locations × channels.
type Map<const C: usize> = Activations<C, Cpu, OwnedTape<f32, Cpu>>;

// ANCHOR: clock
/// A clock that a tape can stop.
#[derive(Clone, Default)]
pub struct Clock(Rc<RefCell<Laps>>);

#[derive(Default)]
struct Laps {
    laps: Vec<Lap>,
    backward_since: Option<Instant>,
}

impl Clock {
    /// Does `layer` and takes its time, now and once more when the tape comes back to it.
    ///
    /// # Errors
    ///
    /// Those of the layer.
    pub fn time<S: Shape, R: Shape, E>(
        &self,
        name: &'static str,
        x: Traced<S>,
        layer: impl FnOnce(Traced<S>) -> Result<Traced<R>, E>,
    ) -> Result<Traced<R>, E> {
        // A tape is played from its end to its beginning: what is noted before the layer comes after it.
        let x = note(x, self, move |laps| {
            let seconds = laps.backward_since.take().map_or(0.0, |since| since.elapsed().as_secs_f64());
            laps.lap(name).backward += seconds;
        });
        let start = Instant::now();
        let y = layer(x)?;
        self.0.borrow_mut().lap(name).forward += start.elapsed().as_secs_f64();
        Ok(note(y, self, |laps| laps.backward_since = Some(Instant::now())))
    }

    /// The laps so far.
    pub fn laps(&self) -> Vec<Lap> {
        self.0.borrow().laps.clone()
    }
}

/// Puts something to do on the tape that changes no gradient.
fn note<S: Shape>(x: Traced<S>, clock: &Clock, act: impl FnOnce(&mut Laps) + 'static) -> Traced<S> {
    let clock = clock.clone();
    let (x, mut tape) = x.split_tape();
    tape.add_backward_op(move |_| {
        act(&mut clock.0.borrow_mut());
        Ok(())
    });
    x.put_tape(tape)
}
// ANCHOR_END: clock

impl Laps {
    fn lap(&mut self, name: &'static str) -> &mut Lap {
        let place = self.laps.iter().position(|lap| lap.name == name).unwrap_or_else(|| {
            self.laps.push(Lap { name, forward: 0.0, backward: 0.0 });
            self.laps.len() - 1
        });
        &mut self.laps[place]
    }
}

/// Classes that the network tells apart.
const CLASSES: usize = 10;
/// The side of the pictures.
const SIDE: usize = 32;

type Parameters<const IN: usize, const OUT: usize> =
    (Tensor<Rank4<3, 3, IN, OUT>, f32, Cpu>, Tensor<Rank1<OUT>, f32, Cpu>);

/// A small network for pictures: three convolutions with ReLU, two poolings, an average, a linear layer.
pub struct Net {
    first: Parameters<3, 16>,
    second: Parameters<16, 32>,
    third: Parameters<32, 64>,
    last: Tensor<Rank2<64, CLASSES>, f32, Cpu>,
    pictures: Activations<3, Cpu, NoneTape>,
    labels: Vec<usize>,
}

impl Net {
    /// A network with random weights, and a batch of random pictures for it.
    pub fn new(batch: usize, seed: u64) -> Self {
        let device = Cpu::seed_from_u64(seed);
        Self {
            first: (device.sample_normal() * 0.2, device.zeros()),
            second: (device.sample_normal() * 0.1, device.zeros()),
            third: (device.sample_normal() * 0.06, device.zeros()),
            last: device.sample_normal() * 0.1,
            pictures: device.sample_normal_like(&(batch, SIDE * SIDE, Const)),
            labels: (0..batch).map(|i| i % CLASSES).collect(),
        }
    }

    // ANCHOR: step
    /// Forward and back, once: the loss, and the gradient of the last layer.
    ///
    /// # Errors
    ///
    /// If the layers do not fit each other.
    pub fn step(&self, form: Form, clock: &Clock) -> Result<(f32, Vec<f32>), Error> {
        let (whole, half, quarter) =
            (Grid::new(SIDE, SIDE), Grid::new(SIDE / 2, SIDE / 2), Grid::new(SIDE / 4, SIDE / 4));
        let x = self.pictures.leaky_trace();
        let x = convolve(form, clock, "convolution 3 → 16", x, &self.first, whole, false)?;
        let x = pool(form, clock, x, whole)?;
        let x = convolve(form, clock, "convolution 16 → 32", x, &self.second, half, true)?;
        let x = pool(form, clock, x, half)?;
        let x = convolve(form, clock, "convolution 32 → 64", x, &self.third, quarter, true)?;
        let loss = self.head(form, clock, x, quarter)?;
        let value = loss.array();
        Ok((value, loss.backward().get(&self.last).as_vec()))
    }
    // ANCHOR_END: step

    /// The average over all locations, the linear layer, and the loss.
    fn head(&self, form: Form, clock: &Clock, x: Map<64>, grid: Grid) -> Result<Traced<Rank0>, Error> {
        let batch = self.labels.len();
        let weights = vec![1.0; batch];
        let loss = clock.time("average, linear layer, loss", x, |x| {
            let x = match form {
                Form::Plain => pooling::average_pool_plain(x, grid, grid)?,
                Form::Fast => pooling::average_pool_fast(x, grid, grid)?,
            };
            let scores = x.reshape_like(&(batch, Const::<64>)).matmul(self.last.clone());
            match form {
                Form::Plain => cross_entropy::plain(scores, &self.labels, &weights),
                Form::Fast => cross_entropy::fast(scores, &self.labels, &weights),
            }
        });
        Ok(loss?)
    }
}

/// A convolution of 3 × 3 with ReLU; `from_layer` says whether what comes in needs a gradient.
fn convolve<const IN: usize, const OUT: usize>(
    form: Form,
    clock: &Clock,
    name: &'static str,
    x: Map<IN>,
    (weight, bias): &Parameters<IN, OUT>,
    grid: Grid,
    from_layer: bool,
) -> Result<Map<OUT>, Error> {
    let geometry = Geometry::new(grid, 3, ConvolutionConfig { stride: 1, padding: 1 })?;
    let geometry = Geometry { negative_slope: 0.0, input_gradient: from_layer, ..geometry };
    let map = clock.time(name, x, |x| match form {
        Form::Plain => convolution::plain(x, weight, bias, geometry),
        Form::Fast => convolution::fast(x, weight, bias, geometry),
    });
    Ok(map?)
}

/// The largest of 2 × 2 locations.
fn pool<const C: usize>(form: Form, clock: &Clock, x: Map<C>, grid: Grid) -> Result<Map<C>, Error> {
    let map = clock.time("pooling", x, |x| match form {
        Form::Plain => pooling::max_pool_2x2_plain(x, grid),
        Form::Fast => pooling::max_pool_2x2_fast(x, grid),
    });
    Ok(map?)
}

/// The median laps of several steps, in milliseconds, after one to warm up.
///
/// # Errors
///
/// If the layers do not fit each other.
pub fn laps(net: &Net, form: Form, steps: usize) -> Result<Vec<Lap>, Error> {
    let mut all: Vec<Vec<Lap>> = Vec::new();
    for step in 0..=steps {
        let clock = Clock::default();
        net.step(form, &clock)?;
        if step > 0 {
            all.push(clock.laps());
        }
    }
    let median = |of: &dyn Fn(&Vec<Lap>) -> f64| {
        1000.0 * crate::stopwatch::median(&mut all.iter().map(of).collect::<Vec<_>>())
    };
    let first = all.first().cloned().unwrap_or_default();
    Ok(first
        .iter()
        .enumerate()
        .map(|(i, lap)| Lap {
            name: lap.name,
            forward: median(&|laps| laps[i].forward),
            backward: median(&|laps| laps[i].backward),
        })
        .collect())
}

/// The laps as a table, in milliseconds, with the share of each layer in per cent.
pub fn shown(laps: &[Lap]) -> String {
    let total: f64 = laps.iter().map(|lap| lap.forward + lap.backward).sum();
    let head = ["", "forward", "back", "share"].map(str::to_owned).to_vec();
    let rows = laps.iter().map(|lap| {
        vec![
            lap.name.to_owned(),
            format!("{:.1} ms", lap.forward),
            format!("{:.1} ms", lap.backward),
            format!("{:.0} %", 100.0 * (lap.forward + lap.backward) / total),
        ]
    });
    lab::table::right(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn both_forms_are_the_same_network() {
        let net = Net::new(4, 1);
        let (plain, plain_gradient) = net.step(Form::Plain, &Clock::default()).unwrap();
        let (fast, fast_gradient) = net.step(Form::Fast, &Clock::default()).unwrap();
        assert!((plain - fast).abs() < 1e-5 * plain, "{plain} {fast}");
        let largest = plain_gradient.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        assert!(largest > 0.0);
        assert!(plain_gradient.iter().zip(&fast_gradient).all(|(a, b)| (a - b).abs() <= 1e-4 * largest));
    }

    #[test]
    fn a_clock_takes_the_time_of_both_ways_and_changes_nothing() {
        let slowly = |x: Traced<Rank1<2>>| {
            std::thread::sleep(Duration::from_millis(20));
            let (y, mut tape) = x.square().split_tape();
            tape.add_backward_op(|_| {
                std::thread::sleep(Duration::from_millis(20));
                Ok(())
            });
            Ok::<_, Error>(y.put_tape(tape))
        };
        let (clock, x) = (Clock::default(), Cpu::default().tensor([1.0, 3.0]));
        let y = clock.time("slow", x.leaky_trace(), slowly).unwrap();
        let y = clock.time("quick", y, |y| Ok::<_, Error>(y * 2.0)).unwrap();
        assert_eq!(y.sum().backward().get(&x).array(), [4.0, 12.0]);
        let laps = clock.laps();
        assert_eq!(laps.iter().map(|lap| lap.name).collect::<Vec<_>>(), ["slow", "quick"]);
        assert!(laps[0].forward >= 0.02 && laps[0].backward >= 0.02, "{laps:?}");
        assert!(laps[1].forward < laps[0].forward && laps[1].backward < 0.02, "{laps:?}");
    }
}
