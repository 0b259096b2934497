//! What every stream of ours answers alike.

use pyrun_memfs::Readiness;

pub(super) const READABLE: Readiness = Readiness::IN.union(Readiness::RDNORM);
