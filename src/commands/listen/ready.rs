//! `--ready-file`: telling a script that it can begin, without a moment in which it would read half of it.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::thread;

use super::super::new_file::NewFile;
use crate::error::Failure;

/// The file, from the start to the end of a listener.
pub(super) struct ReadyFile {
    path: PathBuf,
    /// What was written; none into a pipe.
    written: Option<String>,
}

impl ReadyFile {
    /// Takes away the file of a listener that was before: nobody must take it for ours.
    pub(super) fn claim(path: &Path) -> Result<Self, Failure> {
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_file() => {
                fs::remove_file(path).map_err(|error| Failure::unwritable(path, &error))?;
            }
            Ok(found) if found.is_dir() => {
                return Err(Failure::usage(format!("{} is a folder, not a file", path.display())));
            }
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(Failure::unwritable(path, &error)),
            // Something else, such as a pipe, is written into.
            Ok(_) => return Ok(Self { path: path.to_owned(), written: None }),
            Err(_) => {}
        }
        // Better known before anything is announced. Dropped at once, it leaves nothing behind.
        drop(NewFile::create(path, true)?);
        Ok(Self { path: path.to_owned(), written: None })
    }

    /// Writes the address: into a pipe once somebody reads it, else into a file that is there whole or not at all.
    pub(super) fn write(&mut self, address: &str) -> Result<(), Failure> {
        let line = format!("{address}\n");
        let unwritable = |error: std::io::Error| Failure::unwritable(&self.path, &error);
        if fs::metadata(&self.path).is_ok_and(|found| found.file_type().is_fifo() || found.file_type().is_char_device())
        {
            let path = self.path.clone();
            // It opens when the other side does, which must hold up nobody; and who has gone is not waiting any more.
            thread::spawn(move || {
                File::options().write(true).open(path).and_then(|mut pipe| pipe.write_all(line.as_bytes()))
            });
            return Ok(());
        }
        let mut file = NewFile::create(&self.path, true)?;
        file.write_all(line.as_bytes()).map_err(unwritable)?;
        file.finish()?;
        self.written = Some(line);
        Ok(())
    }
}

impl Drop for ReadyFile {
    /// It says that somebody listens, so it goes with us, unless another listener has put its own there.
    fn drop(&mut self) {
        if let Some(written) = &self.written
            && fs::read(&self.path).is_ok_and(|found| found == written.as_bytes())
        {
            let _ = fs::remove_file(&self.path);
        }
    }
}
