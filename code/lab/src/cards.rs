//! Pictures in rows, each with lines of text below.

use crate::LabError;
use crate::figure::{Figure, Inset, WIDTH, write};
use plotters::style::text_anchor::HPos;

/// Pixels from the bottom of a picture to the middle of the first line below it.
const FIRST_LINE: i32 = 12;
/// Pixels from the middle of a line to that of the next.
const LINE: i32 = 17;

/// A picture with lines of text below.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// The picture, as a PNG file.
    pub png: Vec<u8>,
    /// The lines. [`lines_of`](crate::figure::lines_of) breaks a text into such.
    pub lines: Vec<String>,
}

/// How cards are laid out: in rows over the whole [`WIDTH`].
///
/// ```
/// use lab::cards::{Card, Cards};
///
/// let layout = Cards { columns: 2, side: 100, above: 6, below: 40, bottom: 4 };
/// let card = |line: &str| Card { png: Vec::new(), lines: vec![line.to_owned()] };
/// let cards = ["an owl", "a cat", "a frog"].map(card);
/// let figure = layout.paint("animals", &cards, "Three animals.", "An owl, a cat and a frog.")?;
/// // Two rows:
/// assert_eq!(layout.height(cards.len()), 2 * (6 + 100 + 40) + 4);
/// assert!(figure.svg.contains("a frog"));
/// # Ok::<(), lab::LabError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cards {
    /// Cards a row.
    pub columns: usize,
    /// Width and height of a picture in the figure, in pixels.
    pub side: u32,
    /// Pixels above a picture.
    pub above: i32,
    /// Pixels below a picture, for its lines.
    pub below: i32,
    /// Pixels below the last row.
    pub bottom: i32,
}

impl Cards {
    /// The height of the figure of `count` cards, in pixels; at least 1.
    pub fn height(&self, count: usize) -> u32 {
        let rows = count.div_ceil(self.columns) as i32;
        (rows * self.row() + self.bottom).max(1) as u32
    }

    /// The height of a row, in pixels.
    fn row(&self) -> i32 {
        self.above + self.side as i32 + self.below
    }

    /// Paints the cards: pictures stay visible squares when they are enlarged.
    ///
    /// # Errors
    ///
    /// If plotters cannot draw the text.
    pub fn paint(&self, name: &str, cards: &[Card], caption: &str, alt: &str) -> Result<Figure, LabError> {
        let side = self.side as i32;
        let wide = WIDTH as i32 / self.columns as i32;
        // The middle of a card's picture from left to right, and its upper edge.
        let place = |i: usize| {
            let (row, column) = (i / self.columns, i % self.columns);
            (column as i32 * wide + wide / 2, row as i32 * self.row() + self.above)
        };
        let inset = |(i, card): (usize, &Card)| {
            let (x, y) = place(i);
            let size = (self.side, self.side);
            Inset { png: card.png.clone(), at: (x - side / 2, y), size, pixelated: true }
        };
        let insets: Vec<Inset> = cards.iter().enumerate().map(inset).collect();
        let figure = Figure::paint(name, (WIDTH, self.height(cards.len())), caption, alt, |canvas| {
            for (i, card) in cards.iter().enumerate() {
                let (x, y) = place(i);
                for (line, text) in (0..).zip(&card.lines) {
                    write(canvas, text, (x, y + side + FIRST_LINE + LINE * line), HPos::Center)?;
                }
            }
            Ok(())
        })?;
        Ok(figure.with_insets(&insets))
    }
}
