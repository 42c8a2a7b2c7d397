//! Showing what is no text in a notebook.

/// Whether the program runs in a cell of a notebook, as evcxr says it.
pub fn in_notebook() -> bool {
    std::env::var_os("EVCXR_IS_RUNTIME").is_some()
}

/// Shows `content` of a media type, such as `text/html`, below the cell of a notebook that is running.
pub fn show_in_notebook(media_type: &str, content: &str) {
    println!("EVCXR_BEGIN_CONTENT {media_type}\n{content}\nEVCXR_END_CONTENT");
}
