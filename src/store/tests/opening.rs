//! Opening: new, foreign, newer, broken, unwritable.

use std::fs;
use std::path::Path;

use super::*;
use crate::store::StoreError;

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("read folder")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Opening fails, and neither the file nor its folder is any different afterwards.
fn refused(path: &Path) -> StoreError {
    let before = (fs::read(path).expect("read"), names(path.parent().expect("parent")));
    let error = Store::open(path).expect_err("must be refused");
    let after = (fs::read(path).expect("read"), names(path.parent().expect("parent")));
    assert!(before == after, "touched: {error}");
    error
}

#[test]
fn a_newer_store_is_refused_and_left_untouched() {
    let (_folder, path) = place();
    Store::open(&path).expect("open").record_blocking(capture(1)).expect("record");
    stranger(&path).pragma_update(None, "user_version", 99).expect("version");
    let error = refused(&path);
    assert!(matches!(error, StoreError::Newer { found: 99, known: 4, .. }), "{error}");
    assert!(error.to_string().contains("newer"));
}

#[test]
fn a_newer_store_in_use_is_refused_and_left_untouched() {
    let (_folder, path) = place();
    Store::open(&path).expect("open").record_blocking(capture(1)).expect("record");
    let newer = stranger(&path);
    newer.pragma_update(None, "user_version", 99).expect("version");
    newer.pragma_update_and_check(None, "wal_checkpoint", "truncate", |_| Ok(())).expect("checkpoint");
    newer.execute("UPDATE deliveries SET status = 500", []).expect("write to the log");
    assert!(matches!(refused(&path), StoreError::Newer { .. }));
}

#[test]
fn other_databases_and_other_files_are_refused_and_left_untouched() {
    let (_folder, path) = place();
    let other = stranger(&path);
    other.execute_batch("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')").expect("create");
    drop(other);
    assert!(matches!(refused(&path), StoreError::NotAStore { .. }));
    for content in [&b"x"[..], b"not a database", &[0; 9_000], &[b'y'; 16_000]] {
        fs::write(&path, content).expect("write");
        assert!(matches!(refused(&path), StoreError::NotAStore { .. }), "{}", content.len());
    }
}

#[test]
fn an_empty_file_becomes_a_store() {
    let (_folder, path) = place();
    fs::write(&path, "").expect("write");
    Store::open(&path).expect("open").record_blocking(capture(1)).expect("record");
}

#[test]
fn a_folder_in_the_place_of_the_file_is_named() {
    let (folder, _) = place();
    let error = Store::open(folder.path()).expect_err("a folder");
    assert!(error.to_string().contains(&folder.path().display().to_string()), "{error}");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let (folder, _) = place();
    let file = folder.path().join("file");
    fs::write(&file, "").expect("write");
    let error = Store::open(&file.join("sub/hookctl.db")).expect_err("below a file");
    assert!(matches!(&error, StoreError::Create { path, .. } if path.starts_with(&file)), "{error}");
}

#[cfg(unix)]
#[test]
fn what_may_not_be_written_is_said_to_be_read_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = place();
    drop(Store::open(&path).expect("open"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("chmod");
    if fs::OpenOptions::new().write(true).open(&path).is_ok() {
        // Rights do not bind this user.
        return;
    }
    assert!(matches!(Store::open(&path), Err(StoreError::ReadOnly { .. })));
    fs::remove_file(&path).expect("remove");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o500)).expect("chmod");
    assert!(matches!(Store::open(&path), Err(StoreError::ReadOnly { .. })));
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("chmod");
}

#[test]
fn the_size_on_disk_is_what_was_promised() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    let count = 4_000;
    let deliveries = (0..count).map(|n| {
        let mut delivery = capture(n);
        delivery.head = Bytes::from(vec![b'h'; 600]);
        delivery.body = Bytes::from(vec![b'b'; 1_500]);
        let mut key = [0; 16];
        key[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        delivery.dedupe_key = Some(key);
        delivery
    });
    store.record_all(deliveries).expect("record");
    drop(store);
    let size = fs::metadata(&path).expect("metadata").len();
    assert!(size / count <= 2_600, "{} bytes a delivery", size / count);
}
