//! Memory that one training step returns and the next one asks for again.

/// Tells the C library's allocator to keep memory that was freed, instead of giving large pieces back to the
/// system, and to serve all threads from one arena. To be called once, at the beginning of `main`.
///
/// Every training step needs the same large pieces of memory. By default each is mapped anew, and the system
/// clears it page by page at the first touch; where that page is read before it is written, it does so
/// twice. A step of a small convolution net takes up to twice as long then. An arena of a thread's own would
/// give its memory back whatever it was told, as soon as it is empty. The price is that the program never
/// becomes smaller than it once was, and that threads wait for each other where they ask at the same moment.
///
/// It acts on Linux with glibc; elsewhere it does nothing, and no result depends on it.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: mallopt may be called at any time from any thread, it only sets parameters of the
        // allocator; all are documented and within their limits. Where it fails it changes nothing.
        #[allow(unsafe_code)]
        unsafe {
            libc::mallopt(libc::M_MMAP_MAX, 0);
            libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
            libc::mallopt(libc::M_ARENA_MAX, 1);
        }
    }
}
