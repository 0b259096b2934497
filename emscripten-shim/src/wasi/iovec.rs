//! Scatter and gather: arrays of `(address, length)` that the guest passes to `readv` and its kin.
//!
//! Data moves straight between guest memory and the file; the host allocates nothing. All vectors are checked before the
//! first byte moves. A vector moves in pieces of [`PIECE`] bytes, and a guest that was stopped meanwhile gets no further one: a single
//! call can ask for 2 GiB of random bytes.

use pyrun_memfs::Errno;

use crate::guest::mem::{GuestMem, GuestPtr};
use crate::host::Host;
use crate::host::wait::PIECE;

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

    /// Moves data piece by piece until one is not filled, or the guest is stopped. `step` gets memory, the piece's address and length, and
    /// how much has been moved before. Returns how much was moved; an error after the first byte only ends the transfer.
    ///
    /// # Errors
    /// That of the first `step`. It is called once even when there is no byte to move, so that it can judge the
    /// descriptor.
    pub(crate) fn transfer(
        self,
        mem: &mut GuestMem<'_>,
        host: &dyn Host,
        mut step: impl FnMut(&mut GuestMem<'_>, u32, usize, usize) -> Result<usize, Errno>,
    ) -> Result<usize, Errno> {
        if self.total == 0 {
            return step(mem, 0, 0, 0);
        }
        let (mut done, mut asked_at) = (0, 0);
        for index in 0..self.count {
            let (addr, len) = self.get(mem, index)?;
            let mut of_vector = 0;
            while of_vector < len {
                if done - asked_at >= PIECE {
                    asked_at = done;
                    if host.is_over() {
                        return Ok(done);
                    }
                }
                let piece = (len - of_vector).min(PIECE);
                // The whole vector lies in memory, so its pieces do.
                match step(mem, addr.wrapping_add(of_vector as u32), piece, done) {
                    Ok(moved) => {
                        done += moved;
                        of_vector += moved;
                        if moved < piece {
                            return Ok(done);
                        }
                    }
                    Err(errno) if done == 0 => return Err(errno),
                    Err(_) => return Ok(done),
                }
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
    use crate::host::wait::PIECE;
    use crate::machine::Machine;

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
        let moved = vectors.transfer(&mut mem, &*Machine::new().process.host, |_, addr, len, done| {
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
        let moved = vectors.transfer(&mut mem, &*Machine::new().process.host, |_, _, len, done| {
            if done == 0 { Ok(len) } else { Err(Errno::Again) }
        });
        assert_eq!(moved, Ok(4));
        let failed = vectors.transfer(&mut mem, &*Machine::new().process.host, |_, _, _, _| Err(Errno::BadF));
        assert_eq!(failed, Err(Errno::BadF));
    }

    /// Two vectors of the same 3 MiB and a half, so 8 pieces, of which the last of each is shorter.
    #[test]
    fn a_stopped_guest_gets_no_further_piece() {
        let len = 3 * PIECE + PIECE / 2;
        let mut heap = heap_with(&[(256, len as u32), (256, len as u32)]);
        heap.resize(256 + len, 0);
        let mut mem = GuestMem::new(&mut heap);
        let vectors = IoVecs::check(&mem, GuestPtr::new(0), 2).unwrap();
        let machine = Machine::new();
        let mut pieces = Vec::new();
        let moved = vectors.transfer(&mut mem, &*machine.process.host, |mem, addr, len, _| {
            pieces.push((addr as usize, mem.bytes(addr, len)?.len()));
            Ok(len)
        });
        assert_eq!(moved, Ok(2 * len));
        assert_eq!(pieces[..4], pieces[4..]);
        assert_eq!(pieces[2..4], [(256 + 2 * PIECE, PIECE), (256 + 3 * PIECE, PIECE / 2)]);
        machine.host.stop();
        let moved = vectors.transfer(&mut mem, &*machine.process.host, |_, _, len, _| Ok(len));
        assert_eq!(moved, Ok(PIECE));
    }
}
