//! Which stack the caller is on.

/// Where a thread's own stack lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) low: usize,
    pub(crate) high: usize,
}

/// An address in the caller's frame, or one near it.
#[inline(always)]
pub(crate) fn here() -> usize {
    let local = 0_u8;
    std::hint::black_box(&raw const local).addr()
}

impl Bounds {
    /// The stack that the system has given to the calling thread.
    ///
    /// # Errors
    /// What `pthread_getattr_np(3)` gives.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn of_this_thread() -> std::io::Result<Self> {
        let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
        let (mut low, mut size) = (std::ptr::null_mut(), 0);
        // SAFETY: `pthread_getattr_np` initialises the attributes when it returns 0, and only then are they used;
        // `pthread_attr_getstack` writes to two variables that are ours. What was initialised is destroyed once.
        let status = unsafe {
            match libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) {
                0 => {
                    let status = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut low, &raw mut size);
                    libc::pthread_attr_destroy(attributes.as_mut_ptr());
                    status
                }
                status => status,
            }
        };
        match status {
            0 => Ok(Self { low: low.addr(), high: low.addr() + size }),
            status => Err(std::io::Error::from_raw_os_error(status)),
        }
    }

    /// The stack that the system has given to the calling thread.
    ///
    /// # Errors
    /// None.
    #[cfg(target_vendor = "apple")]
    pub(crate) fn of_this_thread() -> std::io::Result<Self> {
        // SAFETY: no conditions but that the thread lives, which the calling one does.
        let (high, size) = unsafe {
            let thread = libc::pthread_self();
            (libc::pthread_get_stackaddr_np(thread).addr(), libc::pthread_get_stacksize_np(thread))
        };
        Ok(Self { low: high.saturating_sub(size), high })
    }

    /// Not known how on this system.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    pub(crate) fn of_this_thread() -> std::io::Result<Self> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}
