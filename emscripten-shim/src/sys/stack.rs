//! Where the native stack of the running thread lies.

/// The lowest address of the stack, and its size; `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub(crate) fn bounds() -> Option<(usize, usize)> {
    let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: `pthread_getattr_np` fills in what the pointer leads to when it returns 0, and `pthread_self` has no
    // conditions: the thread is the one that runs, so it lives.
    if unsafe { libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) } != 0 {
        return None;
    }
    let (mut low, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes were filled in above; both results are locals that outlive the call.
    let told = unsafe { libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut low, &raw mut size) };
    // SAFETY: they were filled in above and are not used after this.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    (told == 0).then_some((low.addr(), size))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn bounds() -> Option<(usize, usize)> {
    None
}
