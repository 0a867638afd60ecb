//! What is sent: events compiled to templates, their mix, and the requests that come of it one by one.
//!
//! ```text
//! mod.rs        the plan, and its requests by number
//! template.rs   a request as fixed bytes and slots
//! code.rs       slots for ids: unique without memory
//! moment.rs     slots for times
//! signing.rs    slots for signatures
//! sketch.rs     the same told to other programs
//! mix.rs        which event, which duplicates, which forged
//! ```
//!
//! Everything follows from the number of a request and the key of the run. Nothing is rendered, parsed or allocated for a
//! request whose signature is compiled.

mod code;
pub(crate) mod mix;
mod moment;
mod signing;
pub(crate) mod sketch;
mod template;

use std::sync::Arc;

use url::Url;

use self::mix::{Sequence, Share};
use self::moment::form_of;
use self::template::{Source, Template, Validity};
use crate::deliver::build::BuildError;
use crate::deliver::signer::Signer;
use crate::http::head::{HeadError, WriteError};
use crate::model::{Request, Timestamp};
use crate::payload::edit::EditError;
use crate::payload::{Alphabet, Edit, Made, MadeKind, Rendered, Seed};
use crate::provider::definition::StatusRange;
use crate::provider::{Event, Provider, RenderError, RenderOptions, render};

/// An event is rendered so many times with other names and amounts, which then take turns.
const VARIANTS: u64 = 4;
/// Larger requests have one variant: each thread holds all of them.
const LARGE: usize = 16 * 1024;
/// The named value that is the event's id.
const EVENT_ID: &str = "event_id";
/// The field that makes a payload larger.
const PADDING: &str = "hookctl_padding";

/// Why a plan cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// An event cannot be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A request cannot be signed.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A request cannot be written.
    #[error(transparent)]
    Request(#[from] WriteError),
    /// What was written cannot be read again.
    #[error("the request that was made is not valid HTTP: {0}")]
    Unreadable(HeadError),
    /// A payload size that is too small.
    #[error("{event} has {bytes} bytes: it cannot be made as small as {wanted}")]
    TooSmall {
        /// Provider and event.
        event: String,
        /// Its natural size.
        bytes: usize,
        /// What was wanted.
        wanted: usize,
    },
    /// A payload that has no place for padding.
    #[error("{event} is no JSON object and no form, so it cannot be made larger")]
    NoPadding {
        /// Provider and event.
        event: String,
    },
}

/// An event of a provider, or a request that was captured.
pub(crate) enum Content {
    /// An event, rendered anew.
    Event {
        /// The provider.
        provider: Arc<Provider>,
        /// The event type, if one was named.
        event_type: Option<String>,
        /// The event; `None` if only a body is sent.
        event: Option<Box<Event>>,
        /// How it is rendered.
        options: Box<RenderOptions>,
    },
    /// A captured request.
    Captured {
        /// The request, without headers of its connection.
        request: Request,
        /// Its event id, which is made anew.
        event_id: Option<String>,
    },
}

/// Whose event, and which: what results are told apart by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventName {
    /// The provider.
    pub(crate) provider: String,
    /// The event type.
    pub(crate) event_type: String,
}

impl std::fmt::Display for EventName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.provider, self.event_type)
    }
}

/// One of the things to send, with its weight.
pub(crate) struct Part {
    /// What it is.
    pub(crate) content: Content,
    /// What signs it; `None` for a captured request of nobody that is known, which is sent as it is.
    pub(crate) signer: Option<Arc<Signer>>,
    /// Provider and event, as reports name them.
    pub(crate) name: EventName,
    /// The statuses that count as accepted.
    pub(crate) accept: Vec<StatusRange>,
    /// How often, compared with the others.
    pub(crate) weight: u64,
    /// How large the body is to be.
    pub(crate) size: Option<usize>,
    /// Where it goes: an address of the plan's receiver.
    pub(crate) target: Url,
}

/// What is to be mixed in.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shares {
    /// Deliveries that were accepted before, sent again.
    pub(crate) duplicates: Share,
    /// Deliveries with a wrong signature.
    pub(crate) invalid: Share,
}

/// One line of the mix, compiled.
struct Line {
    group: u16,
    accept: Vec<StatusRange>,
    templates: Vec<Template>,
}

/// In which order things are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// By weight, evenly mixed.
    Mixed,
    /// One after the other, as they were captured.
    Recorded,
}

/// Everything that is sent.
pub(crate) struct Plan {
    lines: Vec<Line>,
    groups: Vec<EventName>,
    sequence: Sequence,
    shares: Shares,
}

impl Plan {
    /// Compiles the parts.
    ///
    /// # Errors
    /// One that cannot be rendered, signed or made as large as it should be.
    pub(crate) fn new(
        parts: Vec<Part>,
        order: Order,
        shares: Shares,
        key: u64,
        at: Timestamp,
    ) -> Result<Self, PlanError> {
        let sequence = match order {
            Order::Mixed => Sequence::of(&parts.iter().map(|part| part.weight).collect::<Vec<_>>()),
            Order::Recorded => Sequence::recorded(parts.len()),
        };
        let (mut lines, mut groups) = (Vec::new(), Vec::<EventName>::new());
        for part in parts {
            let group = groups.iter().position(|name| *name == part.name).unwrap_or_else(|| {
                groups.push(part.name.clone());
                groups.len() - 1
            });
            let mut templates = Vec::new();
            for variant in 0..VARIANTS {
                let (request, made) = part.rendered(variant, key, at)?;
                let source = Source { request, made, signer: part.signer.clone(), target: &part.target, at, key };
                let template = Template::compile(source)?;
                let last = template.length() > LARGE || matches!(part.content, Content::Captured { .. });
                templates.push(template);
                if last {
                    break;
                }
            }
            lines.push(Line { group: u16::try_from(group).unwrap_or(u16::MAX), accept: part.accept, templates });
        }
        // One request's ids are numbered by the low bits, so that those of another one never meet them.
        let all = lines.iter().flat_map(|line: &Line| &line.templates);
        let bits = all.map(Template::index_bits).max().unwrap_or_default();
        lines.iter_mut().flat_map(|line| &mut line.templates).for_each(|template| template.set_index_bits(bits));
        Ok(Self { lines, groups, sequence, shares })
    }

    /// Provider and event of each group, in the order of [`Ticket::group`].
    pub(crate) fn groups(&self) -> &[EventName] {
        &self.groups
    }

    /// The groups whose requests are signed by the ordinary path, which costs more than the rest.
    pub(crate) fn ordinary(&self) -> Vec<&EventName> {
        let slow = self.lines.iter().filter(|line| line.templates.iter().any(Template::is_ordinary));
        let mut names: Vec<&EventName> = slow.map(|line| &self.groups[usize::from(line.group)]).collect();
        names.dedup();
        names
    }

    /// Requests for one thread.
    pub(crate) fn maker(self: &Arc<Self>) -> Maker {
        Maker {
            templates: self.lines.iter().map(|line| line.templates.clone()).collect(),
            originals: vec![None; self.lines.len()],
            owed: 0,
            plan: self.clone(),
        }
    }
}

impl Part {
    fn rendered(&self, variant: u64, key: u64, at: Timestamp) -> Result<(Request, Vec<Made>), PlanError> {
        let seed = Seed::of(key).nth(variant);
        let target = &self.target;
        let path = target.query().map_or_else(|| target.path().to_owned(), |q| format!("{}?{q}", target.path()));
        match &self.content {
            Content::Event { provider, event_type, event, options } => {
                let mut base = RenderOptions { seed, target: path, note_made: true, ..(**options).clone() };
                let render =
                    |options: &RenderOptions| render(provider, event_type.as_deref(), event.as_deref(), options, at);
                let mut unsigned = render(&base)?;
                let mut longer = None;
                if let Some(id) = provider.locate(&unsigned.request).event_id
                    && !is_fresh(&id, &unsigned.made, key)
                {
                    // Small numbers as ids get larger, or a receiver would take most deliveries for repetitions.
                    let large = format!("1{:014}", code::scramble(key ^ variant) % 100_000_000_000_000);
                    let mut options = base.clone();
                    options.values.push((EVENT_ID.to_owned(), Rendered::Number(large.clone())));
                    let again = render(&options)?;
                    if provider.locate(&again.request).event_id.as_ref() == Some(&large) {
                        (base, unsigned) = (options, again);
                        longer = Some(Made { text: large, kind: MadeKind::Digits });
                    }
                }
                unsigned.made.extend(longer.clone());
                let Some(wanted) = self.size else { return Ok((unsigned.request, unsigned.made)) };
                if unsigned.request.body.len() == wanted {
                    return Ok((unsigned.request, unsigned.made));
                }
                let padded = |padding: usize| -> Result<_, PlanError> {
                    let place = if unsigned.request.body.starts_with(b"[") { "[0]." } else { "" };
                    let edit = Edit::set_string(&format!("{place}{PADDING}={}", "x".repeat(padding)))
                        .map_err(|error| PlanError::Render(error.into()))?;
                    let mut options = base.clone();
                    options.edits.push(edit);
                    match render(&options) {
                        Ok(made) => Ok(made),
                        Err(RenderError::Edit(EditError::InTheWay { .. })) => {
                            Err(PlanError::NoPadding { event: self.name.to_string() })
                        }
                        Err(error) => Err(error.into()),
                    }
                };
                let least = padded(0)?.request.body.len();
                let Some(padding) = wanted.checked_sub(least) else {
                    return Err(PlanError::TooSmall { event: self.name.to_string(), bytes: least, wanted });
                };
                let mut unsigned = padded(padding)?;
                unsigned.made.extend(longer);
                Ok((unsigned.request, unsigned.made))
            }
            Content::Captured { request, event_id } => {
                let mut made = Vec::new();
                if let Some(id) = event_id {
                    made.extend(id_like(id));
                }
                for scheme in self.signer.iter().flat_map(|signer| signer.schemes()) {
                    let Some(rule) = &scheme.timestamp else { continue };
                    let text = rule.json.as_ref().and_then(|path| path.locate(&request.body));
                    made.extend(text.map(|text| Made { text, kind: MadeKind::Time(form_of(rule.unit), 0) }));
                }
                Ok((request.clone(), made))
            }
        }
    }
}

/// What a request is about: what its answer is judged by and counted for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket {
    /// The event, as an index into [`Plan::groups`].
    pub(crate) group: u16,
    /// What kind of delivery it is.
    pub(crate) nature: Nature,
    line: u16,
    original: Original,
}

/// What kind of delivery a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    /// An event of its own.
    Fresh,
    /// An event that was accepted before: the same id and body, a signature of its own.
    Duplicate,
    /// An event of its own with a wrong signature.
    Forged,
}

/// What makes the same event again.
#[derive(Debug, Clone, Copy)]
struct Original {
    number: u64,
    variant: usize,
    at: Timestamp,
}

/// Makes requests by their number, for one thread.
pub(crate) struct Maker {
    plan: Arc<Plan>,
    templates: Vec<Vec<Template>>,
    /// Of each line the last event that was accepted.
    originals: Vec<Option<Original>>,
    /// Duplicates that were due when nothing had been accepted yet.
    owed: u64,
}

impl Maker {
    /// The request of that number, at that time.
    pub(crate) fn make(&mut self, number: u64, now: Timestamp) -> (&[u8], Ticket) {
        let plan = &self.plan;
        let line = plan.sequence.at(number);
        let forged = plan.shares.invalid.takes(number);
        self.owed += u64::from(plan.shares.duplicates.takes(number));
        let own = Original {
            number,
            variant: usize::try_from(code::scramble(number)).unwrap_or(0) % self.templates[line].len(),
            at: now,
        };
        let (nature, original) = match self.originals[line] {
            _ if forged => (Nature::Forged, own),
            Some(original) if self.owed > 0 => {
                self.owed -= 1;
                (Nature::Duplicate, original)
            }
            _ => (Nature::Fresh, own),
        };
        let validity = if forged { Validity::Forged } else { Validity::Valid };
        let template = &mut self.templates[line][original.variant];
        let bytes = template.write(original.number, original.at, now, validity);
        let group = plan.lines[line].group;
        (bytes, Ticket { group, nature, line: u16::try_from(line).unwrap_or(u16::MAX), original })
    }

    /// Whether this status is an acceptance of that request.
    pub(crate) fn accepts(&self, ticket: &Ticket, status: u16) -> bool {
        self.plan.lines[usize::from(ticket.line)].accept.iter().any(|range| range.contains(status))
    }

    /// Notes that a request was accepted: it may be sent again as a duplicate.
    pub(crate) fn accepted(&mut self, ticket: &Ticket) {
        if ticket.nature == Nature::Fresh && self.plan.shares.duplicates.0 > 0 {
            self.originals[usize::from(ticket.line)] = Some(ticket.original);
        }
    }
}

/// Whether something in the id is made anew for each request.
fn is_fresh(id: &str, made: &[Made], key: u64) -> bool {
    made.iter().any(|made| id.contains(&made.text) && code::Code::like(&made.text, &made.kind, key).is_some())
}

/// How an id that was captured can be made anew: a UUID, or the longest stretch of letters and digits in it.
fn id_like(id: &str) -> Option<Made> {
    if id.len() == 36 && uuid::Uuid::parse_str(id).is_ok() {
        return Some(Made { text: id.to_owned(), kind: MadeKind::Uuid });
    }
    let text = id.split(|c: char| !c.is_ascii_alphanumeric()).max_by_key(|part| part.len())?;
    let all = |allowed: fn(u8) -> bool| text.bytes().all(allowed);
    let kind = if all(|b| b.is_ascii_digit()) {
        if text.starts_with('0') { MadeKind::Characters(Alphabet::Hex) } else { MadeKind::Digits }
    } else if all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        MadeKind::Characters(Alphabet::Hex)
    } else if all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()) {
        MadeKind::Characters(Alphabet::Lower)
    } else if all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
        MadeKind::Characters(Alphabet::Upper)
    } else {
        MadeKind::Characters(Alphabet::Alnum)
    };
    Some(Made { text: text.to_owned(), kind })
}

#[cfg(test)]
mod tests;
