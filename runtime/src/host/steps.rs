//! Time in steps, for clocks that are to be coarse.

use std::time::Duration;

use pyrun_memfs::Timespec;

/// The last step, of at most a second, before this moment; the moment itself if the step is zero.
pub(crate) fn in_steps(moment: Timespec, step: Duration) -> Timespec {
    match u32::try_from(step.as_nanos()) {
        Ok(step @ 1..) => Timespec { nanos: moment.nanos - moment.nanos % step, ..moment },
        _ => moment,
    }
}
