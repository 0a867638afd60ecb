//! What somebody else packed, unpacked: never more than a webhook can be, and never far more than came.
//!
//! Apart from who needs it, so that there is one answer to how large a body may become. Both limits count what comes out: a
//! limit on what goes in is none. `listen` looks into bodies too, and has no memory to spare for a trap.

use std::borrow::Cow;
use std::io::Read;

/// A body that unpacks to more is a trap, or no webhook.
const LARGEST: usize = 8 << 20;

/// So many times its packed size a body may have. Text packs to a tenth or a twentieth, the same byte over and over to a
/// thousandth.
const RATIO: usize = 100;

/// What is no larger than this harms nobody, however well it was packed.
const HARMLESS: usize = 64 << 10;

/// Codings that may lie over one another: a sender's, and that of a proxy on the way.
const LAYERS: usize = 2;

/// How large a packed body of so many bytes may become.
fn limit(packed: usize) -> usize {
    packed.saturating_mul(RATIO).clamp(HARMLESS, LARGEST)
}

/// All that a decoder gives of a packed body of so many bytes; `None` if that is too much, nothing, or broken.
pub fn unpacked(decoder: impl Read, packed: usize) -> Option<Vec<u8>> {
    within(decoder, limit(packed)).filter(|plain| !plain.is_empty())
}

fn within(decoder: impl Read, limit: usize) -> Option<Vec<u8>> {
    // As much as it may become: what is not filled is not taken from the system, and nothing has to be moved half-way.
    let mut plain = Vec::with_capacity(limit + 1);
    decoder.take(limit as u64 + 1).read_to_end(&mut plain).ok()?;
    (plain.len() <= limit).then_some(plain)
}

/// A body without these content codings, the one that was put on last being the last that is named. `None` if one of them is
/// not known or does not hold what it says, or if it comes to too much.
pub(super) fn without_codings<'a>(body: &'a [u8], codings: &str) -> Option<Cow<'a, [u8]>> {
    let codings: Vec<String> = codings
        .split(',')
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !["", "identity"].contains(&coding.as_str()))
        .collect();
    if codings.len() > LAYERS {
        return None;
    }
    // One limit for all layers: each of them may be harmless, and all together a trap.
    let limit = limit(body.len());
    codings.iter().rev().try_fold(Cow::Borrowed(body), |packed, coding| {
        let plain = match coding.as_str() {
            "gzip" | "x-gzip" => within(flate2::read::MultiGzDecoder::new(&packed[..]), limit),
            "deflate" => within(flate2::read::ZlibDecoder::new(&packed[..]), limit),
            _ => None,
        };
        plain.map(Cow::Owned)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(plain).expect("memory");
        packed.finish().expect("memory")
    }

    fn deflate(plain: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(plain).expect("memory");
        packed.finish().expect("memory")
    }

    /// Text that packs to about a third.
    fn text(length: usize) -> Vec<u8> {
        let words = (0_u64..).flat_map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_string().into_bytes());
        words.take(length).collect()
    }

    #[test]
    fn codings_come_off_in_the_order_in_which_they_were_put_on() {
        let plain = text(10_000);
        for (body, codings) in [
            (plain.clone(), ""),
            (plain.clone(), "identity"),
            (gzip(&plain), "gzip"),
            (gzip(&plain), " X-GZIP "),
            (deflate(&plain), "deflate, identity"),
            (gzip(&deflate(&plain)), "deflate, gzip"),
            (gzip(&gzip(&plain)), "gzip,gzip"),
        ] {
            assert_eq!(without_codings(&body, codings).as_deref(), Some(&plain[..]), "{codings}");
        }
        for (body, codings) in [
            (plain.clone(), "br"),
            (plain.clone(), "gzip"),
            (gzip(&plain), "deflate"),
            (gzip(&deflate(&plain)), "gzip, deflate"),
            (gzip(&plain)[..50].to_vec(), "gzip"),
            (gzip(&gzip(&gzip(&plain))), "gzip, gzip, gzip"),
        ] {
            assert_eq!(without_codings(&body, codings), None, "{codings}");
        }
    }

    #[test]
    fn what_becomes_too_large_is_refused_and_what_just_fits_is_not() {
        let random = text(LARGEST + 1);
        let known = |body: &[u8], codings| without_codings(body, codings).map(|plain| plain.len());
        assert_eq!(known(&gzip(&random[..LARGEST]), "gzip"), Some(LARGEST));
        assert_eq!(known(&gzip(&random), "gzip"), None, "more than the most");
        // The same byte over and over: far more than a hundred times what came, in one layer or in two.
        let zeros = vec![0; 1 << 20];
        assert_eq!(known(&gzip(&zeros[..HARMLESS]), "gzip"), Some(HARMLESS));
        assert_eq!(known(&gzip(&zeros[..=HARMLESS]), "gzip"), None);
        assert_eq!(known(&gzip(&gzip(&zeros)), "gzip, gzip"), None);
        assert_eq!(unpacked(flate2::read::GzDecoder::new(&gzip(&zeros)[..]), 1_000), None);
        assert_eq!(unpacked(std::io::empty(), 20), None);
    }

    #[test]
    fn a_bomb_is_given_up_where_it_gets_too_large() {
        /// Endless zeros, and how many of them were asked for.
        struct Zeros(usize);
        impl Read for Zeros {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                buffer.fill(0);
                self.0 += buffer.len();
                Ok(buffer.len())
            }
        }
        for (packed, most) in [(0, HARMLESS), (10 << 10, 10 << 17), (1 << 30, LARGEST)] {
            let mut zeros = Zeros(0);
            assert_eq!(unpacked(&mut zeros, packed), None);
            assert!(zeros.0 <= most + 1, "{packed}: {} read", zeros.0);
        }
    }
}
