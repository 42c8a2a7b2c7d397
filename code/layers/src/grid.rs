//! The height and width of a picture or feature map.

use crate::Error;

/// How many locations a feature map has in each direction. Activations are stored as (batch, locations,
/// channels), where location $y · \text{width} + x$ is row $y$ and column $x$.
///
/// ```
/// use layers::Grid;
/// assert_eq!(Grid::new(2, 3).locations(), 6);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grid {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Grid {
    /// A grid of so many rows and columns.
    pub const fn new(height: usize, width: usize) -> Self {
        Self { height, width }
    }

    /// Rows times columns.
    pub const fn locations(self) -> usize {
        self.height * self.width
    }

    /// # Errors
    ///
    /// If a tensor with so many locations does not fit the grid.
    pub(crate) fn check(self, operation: &'static str, locations: usize) -> Result<(), Error> {
        if self.locations() == locations {
            Ok(())
        } else {
            Err(Error::WrongLocations { operation, grid: self, found: locations })
        }
    }
}

impl std::fmt::Display for Grid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} × {}", self.height, self.width)
    }
}
