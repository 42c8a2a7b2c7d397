//! What can go wrong, and what to do about it.

use crate::Grid;

/// Errors of the layers.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A tensor's second dimension is not height times width of the grid it came with.
    #[error(
        "{operation}: expected {} locations for a grid of {grid}, found {found}. \
         Pass the grid that came with the tensor",
        grid.locations()
    )]
    WrongLocations {
        /// Which operation.
        operation: &'static str,
        /// The grid that was given.
        grid: Grid,
        /// The tensor's second dimension.
        found: usize,
    },
    /// The window does not fit into the picture.
    #[error(
        "{operation}: a window of {window} × {window} does not fit into a grid of {grid} with a padding of {padding}. \
         Use a larger picture, more padding, or fewer layers that shrink it"
    )]
    WindowTooLarge {
        /// Which operation.
        operation: &'static str,
        /// The window's side.
        window: usize,
        /// The grid that was given.
        grid: Grid,
        /// Zeros added on every side.
        padding: usize,
    },
    /// A stride or a window of 0.
    #[error("{operation}: {what} must be at least 1, found 0")]
    Zero {
        /// Which operation.
        operation: &'static str,
        /// What is zero.
        what: &'static str,
    },
    /// A slope of leaky ReLU that is not from 0 to 1.
    #[error("leaky ReLU: expected a slope from 0 to 1, found {found}. 0.2 is usual, and 0 is ReLU")]
    Slope {
        /// The slope that was given.
        found: f32,
    },
    /// Two tensors that belong together differ in a size.
    #[error(
        "{operation}: expected {expected} {what} in {tensor}, as in {other}, found {found}. \
         Pass tensors of the same batch and the same pictures"
    )]
    WrongSize {
        /// Which operation.
        operation: &'static str,
        /// The tensor that does not fit.
        tensor: &'static str,
        /// The one that it does not fit to.
        other: &'static str,
        /// What the size counts.
        what: &'static str,
        /// The size in the other tensor.
        expected: usize,
        /// The size in this one.
        found: usize,
    },
    /// Rows that cannot be divided among the pictures.
    #[error(
        "{operation}: expected as many rows in {tensor} for each of {pictures} pictures, found {found} rows in all. \
         Pass as many rows for every picture, at least one, those of a picture one after the other"
    )]
    NotAsManyEach {
        /// Which operation.
        operation: &'static str,
        /// The tensor whose rows they are.
        tensor: &'static str,
        /// How many pictures there are.
        pictures: usize,
        /// How many rows.
        found: usize,
    },
    /// A target that is not one of the classes.
    #[error(
        "cross entropy: expected a target below {classes} in row {row}, found {found}. \
         Number the classes from 0, and give padding any class with a weight of 0"
    )]
    NoSuchClass {
        /// The first such row.
        row: usize,
        /// How many classes there are.
        classes: usize,
        /// Its target.
        found: usize,
    },
    /// An entry that is not in the batch.
    #[error(
        "taking entries: expected a number below {batch} in place {place}, found {found}. \
         Number the entries of the batch from 0"
    )]
    NoSuchEntry {
        /// The first such place.
        place: usize,
        /// How many entries there are.
        batch: usize,
        /// The number in that place.
        found: usize,
    },
    /// Weights whose mean would be a division by zero.
    #[error(
        "cross entropy: expected weights with a positive sum, found {found}. \
         Give the rows that count a weight of 1, and leave out batches of padding alone"
    )]
    NoWeight {
        /// The sum of the weights.
        found: f32,
    },
    /// Statistics of a batch of one number, or none.
    #[error(
        "batch normalisation: expected at least 2 numbers a channel (batch × locations), found {found}. \
         Train with larger batches, or use `forward`, which takes the running averages"
    )]
    TooFewToNormalise {
        /// Batch times locations.
        found: usize,
    },
    /// dfdx could not allocate or compute.
    #[error("dfdx: {0}")]
    Dfdx(String),
}

impl Error {
    pub(crate) fn dfdx(error: impl std::fmt::Debug) -> Self {
        Self::Dfdx(format!("{error:?}"))
    }

    /// # Errors
    ///
    /// If the slope is not from 0 to 1.
    pub(crate) fn check_slope(found: f32) -> Result<(), Self> {
        if (0.0..=1.0).contains(&found) { Ok(()) } else { Err(Self::Slope { found }) }
    }

    /// How many rows each picture has; 1 where there is neither.
    ///
    /// # Errors
    ///
    /// If not every picture can have as many, and at least one.
    pub(crate) fn check_each(
        operation: &'static str,
        tensor: &'static str,
        found: usize,
        pictures: usize,
    ) -> Result<usize, Self> {
        match found.checked_div(pictures) {
            None if found == 0 => Ok(1),
            Some(each) if each > 0 && each * pictures == found => Ok(each),
            _ => Err(Self::NotAsManyEach { operation, tensor, pictures, found }),
        }
    }

    /// # Errors
    ///
    /// If the first tensor's size differs from the second's.
    pub(crate) fn check_size(
        operation: &'static str,
        [tensor, other]: [&'static str; 2],
        what: &'static str,
        [found, expected]: [usize; 2],
    ) -> Result<(), Self> {
        if found == expected {
            Ok(())
        } else {
            Err(Self::WrongSize { operation, tensor, other, what, expected, found })
        }
    }
}
