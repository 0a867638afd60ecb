//! Fresh values: what each placeholder makes. Which placeholder stands where is not here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fake::Fake;
use fake::faker::address::en::{CityName, StreetName};
use fake::faker::lorem::en::{Sentence, Word};
use fake::faker::name::en::{FirstName, LastName};
use rand::RngExt;
use rand::rngs::StdRng;

use super::{Alphabet, Made, MadeKind, PlaceholderError, Rendered, Seed, TimeForm};
use crate::model::Timestamp;

/// Makes fresh values.
pub(super) struct Fresh {
    rng: StdRng,
    now: Timestamp,
    noted: Option<Vec<Made>>,
}

impl Fresh {
    pub(super) fn new(seed: Seed, now: Timestamp) -> Self {
        Self { rng: seed.chance(), now, noted: None }
    }

    /// Notes from now on which values were made.
    pub(super) fn note_made(&mut self) {
        self.noted.get_or_insert_default();
    }

    /// What was noted.
    pub(super) fn into_made(self) -> Vec<Made> {
        self.noted.unwrap_or_default()
    }

    fn note(&mut self, text: &str, kind: impl FnOnce() -> MadeKind) {
        if let Some(noted) = &mut self.noted {
            noted.push(Made { text: text.to_owned(), kind: kind() });
        }
    }

    /// A time; `None` if its arguments cannot be read.
    pub(super) fn time(&mut self, name: &str, arguments: Option<&str>, shift: i64) -> Option<Rendered> {
        let form = match (name, arguments) {
            ("unix", None) => TimeForm::Unix,
            ("unix_ms", None) => TimeForm::UnixMs,
            ("iso", None) => TimeForm::Iso,
            ("iso_ms", None) => TimeForm::IsoMs,
            ("iso_us", None) => TimeForm::IsoUs,
            ("time", Some(format)) => TimeForm::Custom(format.to_owned()),
            _ => return None,
        };
        let text = form.write(self.now.plus_secs(shift))?;
        let rendered = if form.is_number() { Rendered::Number(text.clone()) } else { Rendered::Text(text.clone()) };
        self.note(&text, || MadeKind::Time(form, shift));
        Some(rendered)
    }

    /// Names, addresses and the like: realistic, and nobody's.
    pub(super) fn realistic(&mut self, name: &str) -> Option<String> {
        let rng = &mut self.rng;
        Some(match name {
            "first_name" => FirstName().fake_with_rng(rng),
            "last_name" => LastName().fake_with_rng(rng),
            "full_name" => {
                format!(
                    "{} {}",
                    FirstName().fake_with_rng::<String, _>(rng),
                    LastName().fake_with_rng::<String, _>(rng)
                )
            }
            "username" => {
                // Only letters and digits: every service accepts these.
                let name: String = FirstName().fake_with_rng(rng);
                let plain: String = name.chars().filter(char::is_ascii_alphabetic).collect();
                format!("{}{}", plain.to_lowercase(), rng.random_range(10..1000))
            }
            "email" => {
                let (first, last): (String, String) = (FirstName().fake_with_rng(rng), LastName().fake_with_rng(rng));
                let plain =
                    |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
                format!("{}.{}@example.com", plain(&first), plain(&last))
            }
            "company" => {
                const KINDS: [&str; 5] = ["Ltd", "GmbH", "Labs", "Studio", "and Partners"];
                let name: String = LastName().fake_with_rng(rng);
                format!("{name} {}", KINDS[rng.random_range(0..KINDS.len())])
            }
            // The North American range reserved for fiction.
            "phone" => format!("+1202555{:04}", rng.random_range(100..200)),
            "street" => format!("{} {}", rng.random_range(1..200), StreetName().fake_with_rng::<String, _>(rng)),
            "city" => CityName().fake_with_rng(rng),
            "postcode" => format!("{:05}", rng.random_range(10_000..99_999)),
            "domain" => format!("{}.example", Word().fake_with_rng::<String, _>(rng)),
            // Reserved for documentation (RFC 5737).
            "ip" => format!("203.0.113.{}", rng.random_range(1..255)),
            "word" => Word().fake_with_rng(rng),
            "sentence" => Sentence(5..9).fake_with_rng(rng),
            _ => return None,
        })
    }

    /// A random UUID.
    pub(super) fn uuid(&mut self) -> String {
        let bytes = self.rng.random::<[u8; 16]>();
        let text = uuid::Builder::from_random_bytes(bytes).into_uuid().to_string();
        self.note(&text, || MadeKind::Uuid);
        text
    }

    /// A value whose placeholder has arguments.
    pub(super) fn with_arguments(
        &mut self,
        name: &str,
        arguments: &str,
        inside: &str,
    ) -> Result<Rendered, PlaceholderError> {
        /// Longer values would be a mistake or an attack, not an id.
        const LONGEST: usize = 4096;
        let wrong = || PlaceholderError::Arguments(inside.to_owned());
        let length = || arguments.parse::<usize>().ok().filter(|n| (1..=LONGEST).contains(n)).ok_or_else(wrong);
        let range = || -> Option<(i64, i64)> {
            let (from, to) = arguments.split_once(':')?;
            let (from, to) = (from.parse().ok()?, to.parse().ok()?);
            (from <= to).then_some((from, to))
        };
        let text = match name {
            "alnum" => self.characters(length()?, Alphabet::Alnum),
            "lower" => self.characters(length()?, Alphabet::Lower),
            "upper" => self.characters(length()?, Alphabet::Upper),
            "hex" => self.characters(length()?, Alphabet::Hex),
            "digits" => {
                let length = length()?;
                let text = self.pick_from(1, b"123456789") + &self.pick_from(length - 1, b"0123456789");
                self.note(&text, || MadeKind::Digits);
                text
            }
            "base64" => {
                let bytes: Vec<u8> = (0..length()?).map(|_| self.rng.random()).collect();
                let text = STANDARD.encode(bytes);
                self.note(&text, || MadeKind::Base64);
                text
            }
            "int" => {
                let (from, to) = range().ok_or_else(wrong)?;
                let text = self.rng.random_range(from..=to).to_string();
                self.note(&text, || MadeKind::Number(from, to));
                return Ok(Rendered::Number(text));
            }
            "decimal" | "amount" => {
                let (from, to) = range().ok_or_else(wrong)?;
                let (from, to) = (from.checked_mul(100).ok_or_else(wrong)?, to.checked_mul(100).ok_or_else(wrong)?);
                let cents = self.rng.random_range(from..=to);
                let sign = if cents < 0 { "-" } else { "" };
                let text = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
                if name == "decimal" {
                    return Ok(Rendered::Number(text));
                }
                text
            }
            "pick" => {
                let choices: Vec<&str> = arguments.split('|').collect();
                choices[self.rng.random_range(0..choices.len())].to_owned()
            }
            _ => return Err(PlaceholderError::Unknown(inside.to_owned())),
        };
        Ok(Rendered::Text(text))
    }

    fn characters(&mut self, length: usize, alphabet: Alphabet) -> String {
        let text = self.pick_from(length, alphabet.characters());
        self.note(&text, || MadeKind::Characters(alphabet));
        text
    }

    fn pick_from(&mut self, length: usize, alphabet: &[u8]) -> String {
        (0..length).map(|_| char::from(alphabet[self.rng.random_range(0..alphabet.len())])).collect()
    }
}
