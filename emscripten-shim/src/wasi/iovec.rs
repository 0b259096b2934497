//! Scatter and gather: arrays of `(address, length)` that the guest passes to `readv` and its kin.
//!
//! Data moves straight between guest memory and the file; the host allocates nothing. All vectors are checked before the
//! first byte moves.

use pyrun_memfs::Errno;

use crate::guest::mem::{GuestMem, GuestPtr};

/// Limit: vectors of one call (`IOV_MAX`). Beyond it `EINVAL`.
const MAX_VECTORS: u32 = 1024;
/// Bytes of one vector in guest memory.
const VECTOR_SIZE: u32 = 8;

/// A checked array of vectors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IoVecs {
    array: GuestPtr<u32>,
    count: u32,
    total: usize,
}

impl IoVecs {
    /// Checks `count` vectors at `array`, and the memory that each names.
    ///
    /// # Errors
    /// [`Errno::Inval`] for more than [`MAX_VECTORS`] or more than 2³¹−1 bytes, [`Errno::Fault`].
    pub(crate) fn check(mem: &GuestMem<'_>, array: GuestPtr<u32>, count: u32) -> Result<Self, Errno> {
        if count > MAX_VECTORS {
            return Err(Errno::Inval);
        }
        let mut vectors = Self { array, count, total: 0 };
        for index in 0..count {
            let (addr, len) = vectors.get(mem, index)?;
            mem.bytes(addr, len)?;
            vectors.total = vectors.total.checked_add(len).ok_or(Errno::Inval)?;
        }
        match i32::try_from(vectors.total) {
            Ok(_) => Ok(vectors),
            Err(_) => Err(Errno::Inval),
        }
    }

    fn get(&self, mem: &GuestMem<'_>, index: u32) -> Result<(u32, usize), Errno> {
        let vector: GuestPtr<u32> = self.array.field(index.wrapping_mul(VECTOR_SIZE));
        let len = mem.read(vector.at(1))?;
        Ok((mem.read(vector)?, len as usize))
    }

    /// Moves data vector by vector until one is not filled. `step` gets memory, the vector's address and length, and how
    /// much has been moved before. Returns how much was moved; an error after the first byte only ends the transfer.
    ///
    /// # Errors
    /// That of the first `step`. It is called once even when there is no byte to move, so that it can judge the
    /// descriptor.
    pub(crate) fn transfer(
        self,
        mem: &mut GuestMem<'_>,
        mut step: impl FnMut(&mut GuestMem<'_>, u32, usize, usize) -> Result<usize, Errno>,
    ) -> Result<usize, Errno> {
        if self.total == 0 {
            return step(mem, 0, 0, 0);
        }
        let mut done = 0;
        for index in 0..self.count {
            let (addr, len) = self.get(mem, index)?;
            if len == 0 {
                continue;
            }
            match step(mem, addr, len, done) {
                Ok(moved) => {
                    done += moved;
                    if moved < len {
                        break;
                    }
                }
                Err(errno) if done == 0 => return Err(errno),
                Err(_) => break,
            }
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use pyrun_memfs::Errno;

    use super::IoVecs;
    use crate::guest::mem::{GuestMem, GuestPtr};

    fn heap_with(vectors: &[(u32, u32)]) -> Vec<u8> {
        let mut heap = vec![0; 256];
        for (index, (addr, len)) in vectors.iter().enumerate() {
            heap[index * 8..index * 8 + 4].copy_from_slice(&addr.to_le_bytes());
            heap[index * 8 + 4..index * 8 + 8].copy_from_slice(&len.to_le_bytes());
        }
        heap
    }

    #[test]
    fn checks_every_vector_first() {
        let mut heap = heap_with(&[(64, 8), (250, 8)]);
        let mem = GuestMem::new(&mut heap);
        assert_eq!(IoVecs::check(&mem, GuestPtr::new(0), 2).err(), Some(Errno::Fault));
        assert_eq!(IoVecs::check(&mem, GuestPtr::new(0), 1025).err(), Some(Errno::Inval));
        assert_eq!(IoVecs::check(&mem, GuestPtr::new(252), 1).err(), Some(Errno::Fault));
        assert!(IoVecs::check(&mem, GuestPtr::new(0), 1).is_ok());
    }

    #[test]
    fn stops_at_the_first_short_vector() {
        let mut heap = heap_with(&[(64, 4), (0, 0), (80, 4), (96, 4)]);
        let mut mem = GuestMem::new(&mut heap);
        let vectors = IoVecs::check(&mem, GuestPtr::new(0), 4).unwrap();
        let mut seen = Vec::new();
        let moved = vectors.transfer(&mut mem, |_, addr, len, done| {
            seen.push((addr, len, done));
            Ok(if addr == 80 { 1 } else { len })
        });
        assert_eq!(moved, Ok(5));
        assert_eq!(seen, [(64, 4, 0), (80, 4, 4)]);
    }

    #[test]
    fn an_error_after_the_first_byte_is_a_short_transfer() {
        let mut heap = heap_with(&[(64, 4), (80, 4)]);
        let mut mem = GuestMem::new(&mut heap);
        let vectors = IoVecs::check(&mem, GuestPtr::new(0), 2).unwrap();
        let moved = vectors.transfer(&mut mem, |_, _, len, done| if done == 0 { Ok(len) } else { Err(Errno::Again) });
        assert_eq!(moved, Ok(4));
        let failed = vectors.transfer(&mut mem, |_, _, _, _| Err(Errno::BadF));
        assert_eq!(failed, Err(Errno::BadF));
    }
}
