//! The run of the chapter, in the order of its pages.

use crate::profile::{Form, laps};
use crate::stopwatch::{Contender, in_turn};
use crate::{Error, exercises, figures, forms, gelu, memory, product, profile, threads, wrong_gradients};
use dfdx::prelude::*;
use lab::{Options, Run};
use record::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The crate's name, which is the chapter's.
pub const NAME: &str = env!("CARGO_PKG_NAME");

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Amount {
    /// Turns of each measurement.
    turns: usize,
    /// Pictures of a batch.
    batch: usize,
    /// Numbers that GELU is computed of.
    numbers: usize,
    /// The side of the matrices.
    side: usize,
}

impl Amount {
    fn of(options: &Options) -> Self {
        if options.quick {
            Self { turns: 3, batch: 4, numbers: 1 << 16, side: 96 }
        } else {
            Self { turns: 15, batch: 32, numbers: 1 << 20, side: 512 }
        }
    }
}

/// Ratios of times differ from machine to machine and with what else runs, by no more than this.
const RATIO: f64 = 4.0;

/// Runs the chapter and returns the record's file.
///
/// # Errors
///
/// If the record cannot be written.
pub fn run(options: &Options) -> Result<PathBuf, Error> {
    let amount = Amount::of(options);
    let facts = [
        ("turns", amount.turns),
        ("batch", amount.batch),
        ("numbers", amount.numbers),
        ("side", amount.side),
    ];
    let facts: BTreeMap<String, String> =
        facts.map(|(name, value)| (name.to_owned(), value.to_string())).into();
    let mut run = Run::start(NAME, options, facts)?;
    measure_memory(&mut run, amount)?;
    measure_layers(&mut run, amount)?;
    measure_gelu(&mut run, amount)?;
    measure_product(&mut run, amount)?;
    measure_threads(&mut run, amount)?;
    judge_gradients(&mut run)?;
    measure_forms(&mut run, amount)?;
    Ok(run.finish()?)
}

/// A step before freed memory is kept, and after, from when on it is: this can be measured once in a process, and must
/// come first.
fn measure_memory(run: &mut Run, amount: Amount) -> Result<(), Error> {
    let net = profile::Net::new(amount.batch, 1);
    let step = || net.step(Form::Fast, &profile::Clock::default());
    let time = || in_turn(&mut [Contender::new("step", step)], amount.turns)[0];
    let faults = || memory::faults_a_time(4, || drop(step()));
    let before = (time(), faults());
    layers::keep_freed_memory();
    let after = (time(), faults());
    run.value("memory_fresh", Value::machine(before.0).unit("ms").digits(1))?;
    run.value("memory_kept", Value::machine(after.0).unit("ms").digits(1))?;
    run.value("memory_ratio", Value::ratio(before.0 / after.0, RATIO).digits(1))?;
    for (name, faults) in [("faults_fresh", before.1), ("faults_kept", after.1)] {
        run.value(name, Value::machine(faults.unwrap_or_default()))?;
    }
    Ok(())
}

fn measure_layers(run: &mut Run, amount: Amount) -> Result<(), Error> {
    let net = profile::Net::new(amount.batch, 1);
    let (plain, fast) = (laps(&net, Form::Plain, amount.turns)?, laps(&net, Form::Fast, amount.turns)?);
    run.output("profile_plain", &profile::shown(&plain), false)?;
    run.output("profile_fast", &profile::shown(&fast), false)?;
    let total = |laps: &[profile::Lap]| laps.iter().map(|lap| lap.forward + lap.backward).sum::<f64>();
    let convolutions: Vec<_> = plain.iter().filter(|lap| lap.name.starts_with("conv")).cloned().collect();
    let last = convolutions.last().map_or(0.0, |lap| total(std::slice::from_ref(lap)));
    for (name, part) in [("convolutions", total(&convolutions)), ("last_convolution", last)] {
        let share = part / total(&plain);
        run.value(&format!("share_of_{name}"), Value::within(100.0 * share, 30.0).unit("%"))?;
        let without = exercises::speed_up(share, f64::INFINITY);
        run.value(&format!("without_{name}"), Value::ratio(without, RATIO).digits(1))?;
    }
    run.value("plain_step", Value::machine(total(&plain)).unit("ms"))?;
    run.value("fast_step", Value::machine(total(&fast)).unit("ms"))?;
    run.value("step_ratio", Value::ratio(total(&plain) / total(&fast), RATIO).digits(1))?;
    let most = plain.iter().map(|lap| lap.forward.max(lap.backward)).fold(0.0, f64::max);
    run.figure("profile", &figures::laps("profile", "A step of plain dfdx", &plain, most)?)?;
    run.figure("profile_fast", &figures::laps("profile_fast", "The same step of `layers`", &fast, most)?)?;
    Ok(())
}

fn measure_gelu(run: &mut Run, amount: Amount) -> Result<(), Error> {
    let numbers: gelu::List = Cpu::seed_from_u64(1).sample_normal_like(&(amount.numbers,));
    let (_, right) = gelu::mean_and_gradient(gelu::composed, &numbers);
    let largest = right.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let mut apart = 0.0_f32;
    for (_, form) in gelu::FORMS {
        let (_, gradient) = gelu::mean_and_gradient(form, &numbers);
        apart = gradient.iter().zip(&right).map(|(a, b)| (a - b).abs() / largest).fold(apart, f32::max);
    }
    let form = |(name, gelu): (&'static str, gelu::Gelu)| {
        let numbers = &numbers;
        Contender::new(name, move || gelu(numbers.leaky_trace()).mean().backward())
    };
    let times = in_turn(&mut gelu::FORMS.map(form), amount.turns);
    let named: Vec<_> = gelu::FORMS.iter().map(|form| form.0).zip(times.iter().copied()).collect();
    run.value("gelu_numbers", Value::exact(amount.numbers as f64))?;
    run.value("gelu_digits", Value::within(f64::from(-apart.log10()).floor(), 2.0))?;
    for (name, time) in ["composed", "dfdx", "loop", "threads", "vectors"].into_iter().zip(&times) {
        run.value(&format!("gelu_{name}"), Value::machine(*time).unit("ms").digits(1))?;
    }
    run.value("gelu_ratio", Value::ratio(times[0] / times[4], RATIO).digits(0))?;
    let what = format!("GELU of {} numbers, forward and back", amount.numbers);
    run.figure("gelu", &figures::times("gelu", &what, &named)?)?;
    Ok(())
}

fn measure_product(run: &mut Run, amount: Amount) -> Result<(), Error> {
    let n = amount.side;
    let (a, b) = (product::matrix(n, 1), product::matrix(n, 2));
    let form = |(name, product): (&'static str, product::Product)| {
        let (a, b) = (&a, &b);
        Contender::new(name, move || product(a, b, n))
    };
    let times = in_turn(&mut product::FORMS.map(form), amount.turns.min(7));
    let named: Vec<_> = product::FORMS.iter().map(|form| form.0).zip(times.iter().copied()).collect();
    let speed = |ms: f64| 2.0 * (n as f64).powi(3) / ms / 1e6;
    run.value("side", Value::exact(n as f64))?;
    for (name, time) in ["textbook", "rows", "tiles", "threads", "dfdx"].into_iter().zip(&times) {
        run.value(&format!("product_{name}"), Value::machine(speed(*time)).unit("GFLOP/s").digits(1))?;
    }
    run.value("product_order", Value::ratio(times[0] / times[1], 2.0 * RATIO).digits(1))?;
    run.value("product_ratio", Value::ratio(times[0] / times[3], 2.0 * RATIO).digits(0))?;
    let what = format!("The product of two matrices of {n} × {n}");
    run.figure("product", &figures::times("product", &what, &named)?)?;
    Ok(())
}

fn measure_threads(run: &mut Run, amount: Amount) -> Result<(), Error> {
    let numbers: Vec<f32> = product::matrix(1000, 1).iter().map(|x| x + 1.0).collect();
    let sums = threads::sums(&numbers)?;
    let head = ["threads", "a part for each", "chunks of 4,096"].map(str::to_owned).to_vec();
    let row = |(n, parts, chunks): &(usize, f32, f32)| {
        vec![n.to_string(), format!("{parts:.4}"), format!("{chunks:.4}")]
    };
    let exact: f64 = numbers.iter().map(|&x| f64::from(x)).sum();
    let truth = vec!["in double precision".to_owned(), String::new(), format!("{exact:.4}")];
    let table: Vec<_> = std::iter::once(head).chain(sums.iter().map(row)).chain([truth]).collect();
    run.output("sums", &lab::table::right(&table), true)?;
    let step = |count| -> Result<f64, Error> {
        let net = profile::Net::new(amount.batch, 1);
        threads::with(count, move || {
            in_turn(
                &mut [Contender::new("step", || net.step(Form::Fast, &profile::Clock::default()))],
                amount.turns,
            )[0]
        })
    };
    let (one, two) = (step(1)?, step(2)?);
    run.value("one_thread", Value::machine(one).unit("ms").digits(1))?;
    run.value("two_threads", Value::machine(two).unit("ms").digits(1))?;
    run.value("threads_ratio", Value::ratio(one / two, 2.5).digits(1))?;
    Ok(())
}

fn judge_gradients(run: &mut Run) -> Result<(), Error> {
    let cases = wrong_gradients::cases();
    run.output("wrong", &wrong_gradients::shown(&cases), false)?;
    let points = wrong_gradients::gelu_slopes(161);
    let worst = points.iter().map(|point| f64::from((point.1 - point.2).abs())).fold(0.0, f64::max);
    run.value("gelu_slope_error", Value::within(worst, 0.01).digits(2))?;
    run.figure("slopes", &figures::slopes(&points)?)?;
    Ok(())
}

fn measure_forms(run: &mut Run, amount: Amount) -> Result<(), Error> {
    let measured = forms::measure(&forms::operations(amount.batch)?, amount.turns.min(9))?;
    run.output("forms", &forms::shown(&measured), false)?;
    let mut gains: Vec<f64> = measured.iter().map(forms::Measured::ratio).collect();
    gains.sort_by(f64::total_cmp);
    run.value("operations", Value::exact(measured.len() as f64))?;
    run.value("least_gain", Value::ratio(gains[0], RATIO).digits(1))?;
    run.value("largest_gain", Value::ratio(gains[gains.len() - 1], RATIO).digits(0))?;
    let apart = measured.iter().map(|m| m.apart).fold(0.0, f64::max);
    run.value("forms_digits", Value::within((-apart.log10()).floor(), 2.0))?;
    run.figure("gains", &figures::gains(&measured)?)?;
    Ok(())
}
