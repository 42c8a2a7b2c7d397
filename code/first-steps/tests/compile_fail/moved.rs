//! A list that has been given away: the compiler says so.

fn main() {
    // ANCHOR: moved
    let numbers = vec![2.0, 4.0, 9.0];
    let taken = numbers;
    println!("{numbers:?} {taken:?}");
    // ANCHOR_END: moved
}
