//! Keeping memory that training frees and takes again in every step.

/// Asks the allocator to keep freed memory for the next step instead of giving it back to the system.
///
/// dfdx takes fresh memory for the result and the gradient of every operation. The GNU allocator asks the
/// system for each large piece and gives it back when it is freed, and the system fills every page with
/// zeros anew: a training step of a convolutional network then spends a third of its time there. Call it
/// once, first thing in `main`. On other systems it does nothing.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the allocator has no safe interface")]
    // SAFETY: `mallopt` takes two integers, and may be called at any time; it sets how the allocator asks
    // the system for memory and does not touch memory that is in use.
    unsafe {
        // From here on, memory comes from the heap and not from mappings of its own,
        libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 30);
        // the heap is not made smaller when its end is free,
        libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
        // and grows by so many bytes at a time.
        libc::mallopt(libc::M_TOP_PAD, 1 << 26);
    }
}
