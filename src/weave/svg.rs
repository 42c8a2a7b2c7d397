//! A recorded SVG made ready to stand inside a page.

use super::directive::Detail;

/// Flattens `svg` to one line, takes its fixed size off so that it fits the page, gives it a name
/// for those who do not see it, and makes its ids unique by putting `prefix` before them.
///
/// Of a `detail` no more is shown than that, and its name says what is to be seen in it.
pub fn inlined(svg: &str, alt: &str, prefix: &str, detail: Option<&Detail>) -> Result<String, String> {
    let start = svg.find("<svg").ok_or("it has no <svg> element")?;
    let end = svg.rfind("</svg>").ok_or("its <svg> element is not closed")?;
    let tag_end = svg[start..].find('>').ok_or("its <svg> tag is not closed")? + start;
    let attributes = attributes(&svg[start + 4..tag_end]);
    let attribute = |name: &str| {
        attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    };
    let size = |name| attribute(name).and_then(|v| v.trim_end_matches("px").parse::<f64>().ok());
    let view_box = match (attribute("viewBox"), size("width"), size("height")) {
        (Some(view_box), ..) => view_box.to_owned(),
        (None, Some(width), Some(height)) => format!("0 0 {width} {height}"),
        _ => return Err("its <svg> tag has neither a viewBox nor a width and a height".to_owned()),
    };
    let view_box = match detail {
        Some(detail) => within(&view_box, detail)?,
        None => view_box,
    };
    let alt = detail.map_or(alt, |detail| &detail.alt);
    let width = view_box.split([' ', ',']).filter(|part| !part.is_empty()).nth(2).unwrap_or("720").to_owned();
    let kept: String = attributes
        .iter()
        .filter(|(key, _)| {
            let key = key.to_ascii_lowercase();
            !["width", "height", "viewbox", "xmlns", "role", "aria-label", "style"].contains(&key.as_str())
        })
        .map(|(key, value)| format!(r#" {key}="{value}""#))
        .collect();
    let body: Vec<&str> = svg[tag_end + 1..end].lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let body = with_ids(&body.join(" "), prefix);
    Ok(format!(
        r#"<svg viewBox="{view_box}" style="--width: {width}px" role="img" aria-label="{}"{kept}>{}</svg>"#,
        super::block::escaped(alt),
        body.replace("{{#", "&#123;{#"),
    ))
}

/// The view box of `detail`, which must lie in that of the whole.
fn within(whole: &str, detail: &Detail) -> Result<String, String> {
    let numbers: Vec<f64> = whole.split([' ', ',']).filter_map(|part| part.parse().ok()).collect();
    let &Detail { x, y, width, height, .. } = detail;
    match numbers[..] {
        [left, top, all_width, all_height]
            if f64::from(x) >= left
                && f64::from(y) >= top
                && f64::from(x + width) <= left + all_width
                && f64::from(y + height) <= top + all_height =>
        {
            Ok(format!("{x} {y} {width} {height}"))
        }
        _ => Err(format!("the detail {x} {y} {width} {height} does not lie in its view box, {whole}")),
    }
}

/// The attributes of a tag, names and raw values.
fn attributes(tag: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut rest = tag;
    while let Some(equals) = rest.find('=') {
        let name = rest[..equals].trim().to_owned();
        let after = rest[equals + 1..].trim_start();
        let Some(quote) = after.chars().next().filter(|c| ['"', '\''].contains(c)) else { break };
        let Some(close) = after[1..].find(quote) else { break };
        out.push((name, after[1..=close].replace('"', "&quot;")));
        rest = &after[close + 2..];
    }
    out
}

/// Puts `prefix` before every id and before every reference to one.
fn with_ids(body: &str, prefix: &str) -> String {
    [r#" id=""#, r##"href="#"##, "url(#"]
        .iter()
        .fold(body.to_owned(), |body, mark| body.replace(mark, &format!("{mark}{prefix}-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_fits_the_page_and_keeps_its_parts() {
        let svg = "<?xml version=\"1.0\"?>\n<svg width=\"640\" height='400' xmlns=\"http://www.w3.org/2000/svg\" class=\"map\">\n\n\
                   <defs><clipPath id=\"c\"><rect/></clipPath></defs>\n\
                   <g clip-path=\"url(#c)\"><use href=\"#c\"/></g>\n<text>a &lt; b</text></svg>\n";
        let inline = inlined(svg, "A \"map\" of 3 < 4 words", "map-1", None).unwrap();
        assert!(!inline.contains('\n'), "{inline}");
        assert!(
            inline.starts_with(r#"<svg viewBox="0 0 640 400" style="--width: 640px" role="img""#),
            "{inline}"
        );
        assert!(
            inline.contains(r#"aria-label="A &quot;map&quot; of 3 &lt; 4 words" class="map">"#),
            "{inline}"
        );
        assert!(inline.contains(r#"id="map-1-c""#) && inline.contains("url(#map-1-c)"), "{inline}");
        assert!(inline.contains(r##"href="#map-1-c""##) && inline.contains("a &lt; b</text>"), "{inline}");
    }

    #[test]
    fn a_detail_is_a_part_of_the_drawing_and_says_what_is_there() {
        let svg = r#"<svg viewBox="0 0 720 400"><g/></svg>"#;
        let detail = |x, y| Detail { x, y, width: 360, height: 200, alt: "The coast.".into() };
        let inline = inlined(svg, "A map.", "map-1", Some(&detail(360, 200))).unwrap();
        assert!(
            inline.starts_with(r#"<svg viewBox="360 200 360 200" style="--width: 360px" role="img""#),
            "{inline}"
        );
        assert!(inline.contains(r#"aria-label="The coast.""#), "{inline}");
        let error = inlined(svg, "A map.", "map-1", Some(&detail(361, 0))).unwrap_err();
        assert!(error.contains("361 0 360 200 does not lie in its view box, 0 0 720 400"), "{error}");
    }

    #[test]
    fn what_is_no_drawing_is_refused() {
        assert!(inlined("<html></html>", "", "", None).unwrap_err().contains("no <svg>"));
        assert!(inlined("<svg><g/>", "", "", None).unwrap_err().contains("not closed"));
        assert!(inlined("<svg><g/></svg>", "", "", None).unwrap_err().contains("viewBox"));
    }
}
