//! The smallest game: a generator of one number against a discriminator of one number (the Dirac-GAN of
//! Mescheder, Geiger and Nowozin 2018, arXiv:1801.04406).
//!
//! All real data are the number 0. The generator gives $θ$ whatever the noise, and the discriminator's logit for
//! $x$ is $ψ x$. With $σ$ the sigmoid, they lower
//!
//! $$ \mathcal{L}_D = -\ln σ(ψ · 0) - \ln(1 - σ(ψ θ)), \qquad \mathcal{L}_G = -\ln σ(ψ θ) $$
//!
//! and so, with a learning rate $η$, move by
//!
//! $$ ψ ← ψ - η \, θ \, σ(ψ θ), \qquad θ ← θ + η \, ψ \, σ(-ψ θ) $$
//!
//! They should end at $θ = 0$, where the generator gives what is real, and $ψ = 0$, where the discriminator sees no
//! difference. They wind round it instead, and come nearer only slowly.

use std::fmt::Write;

/// The state of the game: the players' numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// The generator's number: what it gives.
    pub theta: f64,
    /// The discriminator's number: its slope.
    pub psi: f64,
}

impl State {
    /// Where the chapter's games begin: the generator is off by one, and the discriminator knows nothing.
    pub const START: Self = Self { theta: 1.0, psi: 0.0 };

    /// How far they are from where they should end.
    pub fn distance(self) -> f64 {
        self.theta.hypot(self.psi)
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

// ANCHOR: rules
/// How the game is played.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rules {
    /// How much the discriminator pays for its slope at real data: $λ ψ² / 2$ is added to its loss (the penalty
    /// called R1).
    pub penalty: f64,
    /// Whether the gradient that the generator's loss has for $ψ$ is left lying about, and taken along by the
    /// discriminator's next step.
    pub leak: bool,
}

/// So many rounds, the discriminator first in each: where the players are before the first and after each.
pub fn play(rules: Rules, rate: f64, rounds: usize) -> Vec<State> {
    let mut at = State::START;
    let mut leaked = 0.0;
    let mut path = vec![at];
    for _ in 0..rounds {
        let of_psi = at.theta * sigmoid(at.psi * at.theta) + rules.penalty * at.psi;
        at.psi -= rate * (of_psi + leaked);
        let of_theta = -at.psi * sigmoid(-at.psi * at.theta);
        if rules.leak {
            leaked = -at.theta * sigmoid(-at.psi * at.theta); // what L_G says of ψ
        }
        at.theta -= rate * of_theta;
        path.push(at);
    }
    path
}
// ANCHOR_END: rules

/// The first rounds as a table.
pub fn table(path: &[State]) -> String {
    let mut text = format!("{:>5} {:>8} {:>8} {:>9}\n", "round", "ψ", "θ", "distance");
    for (round, at) in path.iter().enumerate() {
        let _ = writeln!(text, "{round:>5} {:>8.3} {:>8.3} {:>9.3}", at.psi, at.theta, at.distance());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_round_is_that_of_the_page() {
        let path = play(Rules::default(), 0.5, 1);
        let psi = -0.25; // −0.5 · 1 · σ(0)
        let theta = 1.0 - 0.5 * 0.25 / (1.0 + (-0.25_f64).exp()); // σ(0.25)
        assert!((path[1].psi - psi).abs() < 1e-12 && (path[1].theta - theta).abs() < 1e-12, "{path:?}");
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let (theta, psi, step) = (0.7, -0.4, 1e-6);
        let of_d = |psi: f64| -sigmoid(0.0).ln() - (1.0 - sigmoid(psi * theta)).ln() + 0.3 * psi * psi / 2.0;
        let of_g = |theta: f64| -sigmoid(psi * theta).ln();
        let slope = |f: &dyn Fn(f64) -> f64, x: f64| (f(x + step) - f(x - step)) / (2.0 * step);
        assert!((slope(&of_d, psi) - (theta * sigmoid(psi * theta) + 0.3 * psi)).abs() < 1e-8);
        assert!((slope(&of_g, theta) + psi * sigmoid(-psi * theta)).abs() < 1e-8);
    }

    #[test]
    fn without_a_penalty_they_circle_and_with_one_they_arrive() {
        let free = play(Rules::default(), 0.2, 200);
        assert!(free.iter().all(|at| at.distance() > 0.3), "never near the end");
        let passed = free.windows(2).filter(|two| two[0].theta.signum() != two[1].theta.signum()).count();
        assert!(passed > 4, "{passed}");
        let held = play(Rules { penalty: 0.5, leak: false }, 0.2, 200);
        assert!(held.last().unwrap().distance() < 1e-3);
    }

    #[test]
    fn with_a_leak_the_generator_stops_on_its_way() {
        let leaky = play(Rules { leak: true, penalty: 0.0 }, 0.2, 1000);
        let (near, far) = (leaky[100], leaky[1000]);
        assert!(far.theta > 0.5 && (near.theta - far.theta).abs() < 0.01 && far.psi.abs() < 0.01, "{far:?}");
    }
}
