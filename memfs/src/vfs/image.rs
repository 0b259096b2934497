//! `freeze` and `thaw`: a file system becomes an image, and file systems start from one.

use std::sync::Arc;

use super::{Vfs, VfsConfig};
use crate::budget::Budget;
use crate::descriptor::{Description, DescriptorTable};
use crate::device::Devices;
use crate::image::{FreezeError, ThawError, VfsImage};
use crate::inode::Body;
use crate::inode_table::InodeTable;
use crate::layer::Layer;
use crate::lock_table::LockTable;
use crate::node::Node;

impl Vfs {
    /// Takes an image of the file system as it is now. Nothing is read and next to nothing copied: the file system goes
    /// on, and copies what it changes while the image is there.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use pyrun_memfs::*;
    /// # struct Zeros;
    /// # impl Entropy for Zeros { fn fill(&mut self, buf: &mut [u8]) { buf.fill(0); } }
    /// # let stream = || Box::new(NullStream);
    /// # let config = || VfsConfig { clock: Box::new(FixedClock::default()), entropy: Box::new(Zeros),
    /// #     stdin: stream(), stdout: stream(), stderr: stream(), limits: StorageLimits::default() };
    /// let mut vfs = Vfs::new(config());
    /// let library: Arc<dyn Layer> = Arc::new(MapLayer::new("library", vec![MapFile::new("os.py", *b"pass")])?);
    /// vfs.mount_layer(b"/lib", library.clone())?;
    /// let fd = vfs.openat(AT_FDCWD, b"/tmp/log", OpenFlags::RDWR | OpenFlags::CREAT, 0o644)?;
    /// vfs.write(fd, b"made before")?;
    ///
    /// let image: VfsImage = vfs.freeze()?;
    /// let mut first = Vfs::thaw(&image, config(), vec![library.clone()])?;
    /// let mut second = Vfs::thaw(&image, config(), vec![library])?;
    /// first.write(fd, b", and after")?;
    /// assert_eq!(first.read_file(b"/tmp/log")?, b"made before, and after");
    /// assert_eq!(second.read_file(b"/tmp/log")?, b"made before");
    /// assert_eq!(second.read_file(b"/lib/os.py")?, b"pass");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`FreezeError`]: a descriptor or the working directory is in a mounted folder.
    pub fn freeze(&self) -> Result<VfsImage, FreezeError> {
        if !self.overlays.is_empty() {
            return Err(FreezeError::Overlay);
        }
        let cwd = self.cwd.inode().ok_or_else(|| FreezeError::FolderWorkingDirectory {
            path: self.getcwd().unwrap_or_else(|_| b"a directory that was removed".to_vec()),
        })?;
        Ok(VfsImage {
            layers: self.layers.iter().map(|layer| layer.identity().to_owned()).collect(),
            inodes: self.unmounted(),
            root: self.root,
            cwd,
            files: self.files_in_memory()?,
            sockets: self.sockets.clone(),
            bytes: self.budget.used(),
            enforce_permissions: self.enforce_permissions,
        })
    }

    /// The inodes, with nothing mounted on any.
    fn unmounted(&self) -> InodeTable {
        let mut inodes = self.inodes.uncharged();
        for mount in &self.mounts {
            if let Node::Inode(point) = mount.point
                && let Ok(inode) = inodes.get_mut(point)
                && let Body::Directory(directory) = &mut inode.body
            {
                Arc::make_mut(directory).mounted = None;
            }
        }
        inodes
    }

    /// The descriptors, none of which is in a mounted folder.
    fn files_in_memory(&self) -> Result<DescriptorTable, FreezeError> {
        for fd in self.files.open_from(0) {
            // What is found in a folder is the folder's.
            if let Ok(description) = self.files.get(fd)
                && description.node.inode().is_none()
            {
                return Err(FreezeError::FolderDescriptor { fd, path: self.folder_path(description) });
            }
        }
        let (descriptions, descriptors) = self.files.parts();
        Ok(DescriptorTable::from_parts(descriptions, &descriptors).unwrap_or_else(|| self.files.clone()))
    }

    /// The path of an open file of a mounted folder, as far as it has one.
    fn folder_path(&self, description: &Description) -> Vec<u8> {
        let path = match &description.place {
            Some(place) => self.path_of(place.dir).map(|mut path| {
                if path != b"/" {
                    path.push(b'/');
                }
                path.extend_from_slice(&place.name);
                path
            }),
            None => self.path_of(description.node),
        };
        path.unwrap_or_else(|_| b"a file that was removed".to_vec())
    }

    /// A file system that begins where the image was taken. It shares what the image holds until it changes it.
    ///
    /// `layers` are those of [`VfsImage::layers`], in that order. More layers, and folders, are mounted afterwards.
    /// Times that are set from now on come from the configuration's clock; those in the image stay.
    ///
    /// # Errors
    /// [`ThawError`]: other layers, or an image that holds more than the limits allow.
    pub fn thaw(image: &VfsImage, config: VfsConfig, layers: Vec<Arc<dyn Layer>>) -> Result<Self, ThawError> {
        let VfsConfig { clock, entropy, stdin, stdout, stderr, limits } = config;
        check_layers(image, &layers)?;
        check_limit("inodes", image.inodes.usage().0.into(), limits.max_inodes.into())?;
        check_limit("descriptors", image.files.end() as u64, limits.max_descriptors.into())?;
        let budget = Budget::new(limits.max_bytes);
        let held = image.bytes;
        budget.take(held).map_err(|_| ThawError::Limit { what: "bytes", held, limit: limits.max_bytes })?;
        Ok(Self {
            inodes: image.inodes.uncharged().with_limit(limits.max_inodes),
            root: image.root,
            cwd: Node::Inode(image.cwd),
            files: image.files.clone().with_limit(limits.max_descriptors),
            sockets: image.sockets.clone(),
            locks: LockTable::default(),
            budget,
            account: Budget::new(u64::MAX),
            devices: Devices::new(entropy, stdin, stdout, stderr),
            clock,
            layers,
            mounts: Vec::new(),
            enforce_permissions: image.enforce_permissions,
            confine_descriptors: false,
            shows_nanoseconds: false,
            overlays: Vec::new(),
            observer: None,
            at_end: None,
        })
    }
}

fn check_layers(image: &VfsImage, layers: &[Arc<dyn Layer>]) -> Result<(), ThawError> {
    for index in 0..layers.len().max(image.layers.len()) {
        let expected = image.layers.get(index).map(String::as_str);
        let given = layers.get(index).map(|layer| layer.identity());
        if expected != given {
            let (expected, given) = (expected.map(str::to_owned), given.map(str::to_owned));
            return Err(ThawError::Layer { index, expected, given });
        }
    }
    Ok(())
}

fn check_limit(what: &'static str, held: u64, limit: u64) -> Result<(), ThawError> {
    if held <= limit { Ok(()) } else { Err(ThawError::Limit { what, held, limit }) }
}
