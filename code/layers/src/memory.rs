//! Memory that one training step returns and the next one asks for again.

/// Tells the C library's allocator to keep memory that was freed, instead of giving large pieces back to the
/// system. To be called once, at the beginning of `main`.
///
/// Every training step needs the same large pieces of memory. By default each is mapped anew, and the system
/// clears it page by page at the first touch; where that page is read before it is written, it does so
/// twice. A step of a small convolution net takes up to twice as long then. The price is that the program
/// never becomes smaller than it once was.
///
/// It acts on Linux with glibc; elsewhere it does nothing, and no result depends on it.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: mallopt may be called at any time from any thread, it only sets parameters of the
        // allocator; both are documented and within their limits. Where it fails it changes nothing.
        #[allow(unsafe_code)]
        unsafe {
            libc::mallopt(libc::M_MMAP_MAX, 0);
            libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
        }
    }
}
