//! The look of all figures, and drawing them to SVG.
//!
//! Figures are SVG without a background. What is drawn in black becomes `currentColor`, the colour
//! of the page's text, so that one file is legible on light and on dark pages. Colours are those
//! of Okabe and Ito (2008), which colour-blind readers can tell apart.

use crate::LabError;
use base64::prelude::*;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// What painting returns.
pub type Painted = Result<(), Box<dyn std::error::Error>>;

/// Text, axes: the page's own text colour.
pub const INK: RGBColor = BLACK;

/// The colours of the theme, in the order in which figures use them.
pub const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),   // blue
    RGBColor(213, 94, 0),    // vermilion
    RGBColor(0, 158, 115),   // bluish green
    RGBColor(204, 121, 167), // reddish purple
    RGBColor(230, 159, 0),   // orange
    RGBColor(86, 180, 233),  // sky blue
];

/// Size of labels in pixels of a figure of the usual width.
pub const LABEL: i32 = 14;

/// The usual width of a figure in pixels.
pub const WIDTH: u32 = 720;

/// A text in lines of at most `most` characters, broken between words; a longer word has a line of its own.
///
/// ```
/// assert_eq!(lab::figure::lines_of("a very long  name", 9), ["a very", "long name"]);
/// ```
pub fn lines_of(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A picture with its caption and its description in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The picture, as SVG.
    pub svg: String,
    /// The caption under it (Markdown, one paragraph).
    pub caption: String,
    /// What it shows, for those who do not see it; written from the data.
    pub alt: String,
}

/// A picture of pixels that lies on a figure.
#[derive(Clone, Debug)]
pub struct Inset {
    /// The picture, as a PNG file.
    pub png: Vec<u8>,
    /// Its left and top edge in the figure, in pixels.
    pub at: (i32, i32),
    /// Its width and height in the figure, in pixels.
    pub size: (u32, u32),
    /// Whether its pixels stay visible squares when it is enlarged.
    pub pixelated: bool,
}

/// What a figure is painted on.
pub type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;

impl Figure {
    /// Paints a figure of the given size (pixels).
    ///
    /// ```
    /// use lab::figure::{Figure, INK};
    /// use plotters::prelude::*;
    /// let figure = Figure::paint("dot", (40, 40), "A dot.", "A dot in the middle.", |canvas| {
    ///     canvas.draw(&Circle::new((20, 20), 5, INK.filled()))?;
    ///     Ok(())
    /// })?;
    /// assert!(figure.svg.contains("currentColor"));
    /// # Ok::<(), lab::LabError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If `paint` fails.
    pub fn paint(
        name: &str,
        (width, height): (u32, u32),
        caption: &str,
        alt: &str,
        paint: impl FnOnce(&Canvas<'_>) -> Result<(), Box<dyn std::error::Error>>,
    ) -> Result<Self, LabError> {
        let failed = |reason: String| LabError::Figure { name: name.to_owned(), reason };
        let mut svg = String::new();
        {
            let canvas = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
            paint(&canvas).map_err(|e| failed(e.to_string()))?;
            canvas.present().map_err(|e| failed(e.to_string()))?;
        }
        let svg = svg.replace("#000000", "currentColor");
        Ok(Self { svg, caption: caption.to_owned(), alt: alt.to_owned() })
    }

    /// Lays pictures on the figure, above what is painted, in the order given. They become part of the
    /// SVG: no other file is needed to show it.
    pub fn with_insets(mut self, insets: &[Inset]) -> Self {
        let mut images = String::new();
        for Inset { png, at: (x, y), size: (width, height), pixelated } in insets {
            let style = if *pixelated { r#" style="image-rendering:pixelated""# } else { "" };
            let data = BASE64_STANDARD.encode(png);
            images += &format!(
                "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{style} \
                 href=\"data:image/png;base64,{data}\"/>\n"
            );
        }
        let end = self.svg.rfind("</svg>").unwrap_or(self.svg.len());
        self.svg.insert_str(end, &images);
        self
    }

    /// Shows the figure in a notebook; elsewhere prints what it shows, in words.
    pub fn show(&self) {
        if crate::in_notebook() {
            // A notebook's page may be dark, and does not lend the figure its text colour.
            let svg = self.svg.replacen("<svg ", r#"<svg style="background:white;color:black" "#, 1);
            crate::show_in_notebook("image/svg+xml", &svg);
        } else {
            println!("[figure] {}", self.alt);
        }
    }
}

/// The style of labels.
pub fn label_style() -> TextStyle<'static> {
    ("sans-serif", LABEL).into_font().color(&INK)
}

/// Lines of a grid: ink, but faint.
pub fn faint() -> RGBAColor {
    INK.mix(0.15)
}

/// A line of text of the figure's theme: `at` is its middle from top to bottom, and from left to right what `across` says.
///
/// # Errors
///
/// If plotters cannot draw it.
pub fn write(canvas: &Canvas<'_>, text: &str, at: (i32, i32), across: HPos) -> Painted {
    let style = label_style().pos(Pos::new(across, VPos::Center));
    Ok(canvas.draw(&Text::new(text.to_owned(), at, style))?)
}

/// Where in a drawing a point lies, in words: `at the upper left`. Both numbers go from 0, left and at the bottom, to 1.
pub fn in_thirds(across: f64, up: f64) -> &'static str {
    let third = |x: f64| (3.0 * x).clamp(0.0, 2.0) as usize;
    [
        ["at the lower left", "at the bottom", "at the lower right"],
        ["at the left", "in the middle", "at the right"],
        ["at the upper left", "at the top", "at the upper right"],
    ][third(up)][third(across)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_places_have_words() {
        assert_eq!(in_thirds(0.0, 1.0), "at the upper left");
        assert_eq!(in_thirds(0.5, 0.5), "in the middle");
        assert_eq!(in_thirds(0.4, 0.0), "at the bottom");
        assert_eq!(in_thirds(1.0, 0.4), "at the right");
    }

    #[test]
    fn insets_are_part_of_the_drawing() {
        let figure = Figure::paint("t", (100, 50), "c", "a", |_| Ok(())).unwrap();
        let inset = Inset { png: b"PNG".to_vec(), at: (3, 4), size: (20, 10), pixelated: true };
        let svg = figure.with_insets(&[inset]).svg;
        assert!(svg.trim_end().ends_with("</svg>"), "{svg}");
        let image = r#"<image x="3" y="4" width="20" height="10" style="image-rendering:pixelated" href="data:image/png;base64,UE5H"/>"#;
        assert!(svg.contains(image), "{svg}");
    }

    #[test]
    fn black_becomes_the_text_colour_and_no_background_is_painted() {
        let figure = Figure::paint("t", (100, 50), "c", "a", |canvas| {
            canvas.draw(&Text::new("word", (10, 10), label_style()))?;
            canvas.draw(&PathElement::new(vec![(0, 0), (100, 50)], faint()))?;
            Ok(())
        })
        .unwrap();
        assert!(figure.svg.contains("currentColor") && figure.svg.contains("word"), "{}", figure.svg);
        assert!(!figure.svg.contains("#000000") && !figure.svg.contains("#FFFFFF"), "{}", figure.svg);
    }
}
