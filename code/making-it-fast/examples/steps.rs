//! The chapter's steps in the order of its pages, as one program; each is a cell of the notebook.
//!
//! `cargo run --release -p making-it-fast --example making-it-fast-steps`

use making_it_fast::exercises::speed_up;
use making_it_fast::figures;
use making_it_fast::gelu::{self, mean_and_gradient};
use making_it_fast::product::{self, matrix};
use making_it_fast::profile::{Form, laps, shown};
use making_it_fast::stopwatch::{Contender, in_turn};
use making_it_fast::{profile, slopes, threads, wrong_gradients};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // ANCHOR: profile
    let net = profile::Net::new(8, 1);
    let plain = laps(&net, Form::Plain, 5)?;
    println!("{}", shown(&plain));
    // ANCHOR_END: profile

    // ANCHOR: amdahl
    println!("{:.2} {:.2}", speed_up(0.5, 4.0), speed_up(0.9, 4.0));
    // ANCHOR_END: amdahl

    // ANCHOR: gelu
    let numbers = gelu::list((0..100_000).map(|i| (i % 17) as f32 / 4.0 - 2.0).collect());
    for (name, form) in gelu::FORMS {
        let (mean, gradient) = mean_and_gradient(form, &numbers);
        println!("{name:32} {mean:.5} {:.3e}", gradient[3]);
    }
    // ANCHOR_END: gelu

    // ANCHOR: gelu_times
    let times = {
        let numbers = &numbers;
        let form = |(name, gelu): (&'static str, gelu::Gelu)| {
            Contender::new(name, move || mean_and_gradient(gelu, numbers))
        };
        in_turn(&mut gelu::FORMS.map(form), 5)
    };
    let named: Vec<_> = gelu::FORMS.iter().map(|form| form.0).zip(times).collect();
    figures::times("gelu", "GELU of 100,000 numbers, forward and back", &named)?.show();
    // ANCHOR_END: gelu_times

    // ANCHOR: product
    let (a, b) = (matrix(200, 1), matrix(200, 2));
    for (name, product) in product::FORMS {
        println!("{name:20} {:.5}", product(&a, &b, 200)[0]);
    }
    // ANCHOR_END: product

    // ANCHOR: sums
    let numbers: Vec<f32> = matrix(1000, 1).iter().map(|x| x + 1.0).collect();
    for (threads, parts, chunks) in threads::sums(&numbers)? {
        println!("{threads} threads: {parts:.4} {chunks:.4}");
    }
    // ANCHOR_END: sums

    // ANCHOR: slopes
    println!("{:?}", slopes::slopes(|x| x.iter().map(|x| x * x).sum(), &[1.0, -2.0, 0.5]));
    println!("{}", wrong_gradients::shown(&wrong_gradients::cases()));
    // ANCHOR_END: slopes
    Ok(())
}
