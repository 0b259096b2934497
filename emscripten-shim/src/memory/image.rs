//! The image of a linear memory that was frozen, in a file.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use wasmer_types::{Pages, StoreId};

use crate::sys::table::TableSlots;

/// The unit in which an image is stored: a page that holds nothing but zeros is a hole in the file.
pub(super) const PAGE: usize = 4096;

/// The content of a linear memory as part of a file, to be mapped. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MemoryImage {
    file: Arc<File>,
    offset: u64,
    pages: Pages,
}

impl MemoryImage {
    /// The image that lies `offset` bytes into `file`, a multiple of 64 KiB, and is `pages` pages of 64 KiB long.
    ///
    /// The file must stay as it is for as long as any guest that started from the image lives: an image whose file is cut
    /// off kills the process that reads it.
    ///
    /// # Errors
    /// When the file is shorter than that, or the offset is not aligned.
    pub fn new(file: Arc<File>, offset: u64, pages: u32) -> io::Result<Self> {
        let pages = Pages(pages);
        let end = offset.checked_add(pages.bytes().0 as u64);
        if !offset.is_multiple_of(wasmer_types::WASM_PAGE_SIZE as u64)
            || pages > Pages::max_value()
            || end.is_none_or(|end| file.metadata().is_ok_and(|file| file.len() < end))
        {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the memory image is cut off"));
        }
        Ok(Self { file, offset, pages })
    }

    /// Its length in bytes.
    #[allow(clippy::len_without_is_empty, reason = "every guest has memory")]
    pub fn len(&self) -> usize {
        self.pages.bytes().0
    }

    pub(crate) fn file(&self) -> (BorrowedFd<'_>, u64) {
        (self.file.as_fd(), self.offset)
    }

    /// Writes `memory` to `file` from its present position on, leaving holes for pages of zeros. The file must be new
    /// there: holes are not overwritten. Gives the number of bytes that were not zeros, by pages.
    ///
    /// # Errors
    /// Those of the file.
    pub fn write(memory: &[u8], file: &mut File) -> io::Result<u64> {
        let start = file.stream_position()?;
        let mut written = 0;
        let mut position = 0;
        while position < memory.len() {
            let rest = memory.get(position..).unwrap_or_default();
            let zeros = rest.chunks(PAGE).take_while(|page| is_zero(page)).map(<[u8]>::len).sum::<usize>();
            let rest = rest.get(zeros..).unwrap_or_default();
            let data = rest.chunks(PAGE).take_while(|page| !is_zero(page)).map(<[u8]>::len).sum::<usize>();
            if data > 0 {
                file.seek(SeekFrom::Start(start + (position + zeros) as u64))?;
                file.write_all(rest.get(..data).unwrap_or_default())?;
            }
            written += data as u64;
            position += zeros + data;
        }
        let end = start + memory.len() as u64;
        if file.metadata()?.len() < end {
            file.set_len(end)?;
        }
        file.seek(SeekFrom::Start(end))?;
        Ok(written)
    }
}

/// Whether a page holds nothing but zeros. Compared as a whole, which the C library does by vectors.
fn is_zero(page: &[u8]) -> bool {
    static ZEROS: [u8; PAGE] = [0; PAGE];
    ZEROS.get(..page.len()) == Some(page)
}

/// A guest on its way from an image: whether the modules that are instantiated are those whose data the image holds already, and
/// where its function table is.
#[derive(Clone, Debug)]
pub struct Restoring(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    under_way: AtomicBool,
    table: Mutex<Option<TableSlots>>,
    store: OnceLock<StoreId>,
}

impl Restoring {
    /// They are.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared { under_way: AtomicBool::new(true), table: Mutex::new(None), store: OnceLock::new() }))
    }

    /// From now on, modules are new to the guest.
    pub fn finish(&self) {
        self.0.under_way.store(false, Ordering::Relaxed);
    }

    /// The store in which the guest is restored.
    pub(crate) fn set_store(&self, store: StoreId) {
        // It is set once, where the store is made.
        let _ = self.0.store.set(store);
    }

    pub(crate) fn store(&self) -> Option<StoreId> {
        self.0.store.get().copied()
    }

    /// The table of the guest's module, unless there is one already.
    pub(crate) fn set_table(&self, table: TableSlots) {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(table);
    }

    pub(crate) fn table(&self) -> Option<TableSlots> {
        *self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_under_way(&self) -> bool {
        self.0.under_way.load(Ordering::Relaxed)
    }
}
