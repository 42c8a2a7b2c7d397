//! What can go wrong in training a network.

/// Errors of training.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// dfdx could not update a parameter.
    #[error("the optimizer could not update the network: {reason}. This is a defect of the program")]
    Optimizer {
        /// What dfdx says.
        reason: String,
    },
    /// A loss is not a number any more.
    #[error(
        "the loss of the {network} became {loss} in step {step}: training has diverged. \
         Lower the learning rate, for example with --learning-rate {lower}"
    )]
    Diverged {
        /// Whose.
        network: &'static str,
        /// What it became.
        loss: f32,
        /// When.
        step: usize,
        /// A learning rate that is lower than the usual one.
        lower: f32,
    },
}

impl TrainingError {
    /// What dfdx's optimizer complains of.
    pub fn optimizer(error: impl std::fmt::Debug) -> Self {
        Self::Optimizer { reason: format!("{error:?}") }
    }
}
