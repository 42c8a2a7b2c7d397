//! The chapter's steps in the order of its pages, as one program; each is a cell of the notebook.
//!
//! `cargo run --release -p first-steps --example first-steps-steps`

use first_steps::exclusive_or::{fresh, probabilities, train};
use first_steps::figures;
use first_steps::lab;
use first_steps::loss::{Huber, Squared, mean_loss};
use first_steps::matrix::Matrix;
use first_steps::numbers::{centre, mean_of_line};
use first_steps::tensors::{slope, tensors};
use first_steps::words::{commonest, counts};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // ANCHOR: words
    let counted = counts("The dog sees the cat and the cat sees the bird");
    println!("{:?}", commonest(&counted, 3));
    // ANCHOR_END: words

    // ANCHOR: numbers
    let mut numbers = vec![2.0, 4.0, 9.0];
    centre(&mut numbers);
    println!("{numbers:?}");
    println!("{:?}", mean_of_line("2, 4, 9")?);
    if let Err(error) = mean_of_line("2, four, 9") {
        println!("{error}");
    }
    // ANCHOR_END: numbers

    // ANCHOR: loss
    let pairs = [(1.0, 1.5), (2.0, 2.0), (9.0, 3.0)];
    println!("{:?} {:?}", mean_loss(&Squared, &pairs), mean_loss(&Huber { delta: 1.0 }, &pairs));
    // ANCHOR_END: loss

    // ANCHOR: matrix
    let a = Matrix([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let b = Matrix([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
    println!("{:?}", a.times(&b));
    // ANCHOR_END: matrix

    // ANCHOR: tensors
    let device = lab::device(1);
    println!("{}", tensors(&device));
    // ANCHOR_END: tensors

    // ANCHOR: slope
    let (y, at_two) = slope(&device, 2.0);
    println!("y = {y}, slope {at_two}");
    // ANCHOR_END: slope

    // ANCHOR: train
    let mut net = fresh(&device);
    let losses = train(&mut net, &device, 300)?;
    println!("loss {:.3} → {:.3}", losses[0], losses[losses.len() - 1]);
    println!("{:.2?}", probabilities(&net, &device, vec![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]));
    figures::loss(&losses)?.show();
    // ANCHOR_END: train

    // ANCHOR: plane
    let title = "after training".to_owned();
    figures::planes(&[(title, figures::plane(&net, &device))])?.show();
    // ANCHOR_END: plane
    Ok(())
}
