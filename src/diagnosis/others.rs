//! The schemes of other providers, with the same secrets.
//!
//! Two questions: whether the request carries another provider's own headers and is theirs, which is asked before all else,
//! and whether what is in this provider's place was made in another provider's way, which is asked when nothing else fits.

use super::cause::{Cause, Change};
use super::effort::Ended;
use super::found::Candidates;
use super::keyed::{Search, Tally};
use super::{Case, Hit, general, is_keyed};
use crate::provider::Provider;
use crate::signature::{Scheme, is_present};
use crate::text::list;

/// Providers that are named, at most: many share a scheme.
const MOST_NAMES: usize = 4;

/// Whether the request is another provider's, by headers that are not this one's.
pub(super) fn of_their_own_headers(
    case: &Case<'_>,
    candidates: &Candidates<'_>,
    tally: &mut Tally<'_>,
) -> Result<(), Ended> {
    let own = |theirs: &Scheme| case.provider.definition.schemes().any(|own| share_a_header(own, theirs));
    // The quick questions first: whether a signature is there may need the body parsed.
    let fits =
        |scheme: &Scheme| scheme.carrier.headers().next().is_some() && !own(scheme) && is_present(scheme, case.request);
    search((case, candidates), tally, fits, <[Change]>::is_empty)
}

/// Whether it was made in the way of any other provider, wherever it stands.
pub(super) fn of_any(case: &Case<'_>, candidates: &Candidates<'_>, tally: &mut Tally<'_>) -> Result<(), Ended> {
    let is_place = |change: &Change| matches!(change.cause, Cause::HeaderOther | Cause::HeaderListMerged);
    search((case, candidates), tally, is_keyed, |beside| beside.iter().all(is_place))
}

fn share_a_header(one: &Scheme, other: &Scheme) -> bool {
    one.carrier.headers().any(|name| other.carrier.headers().any(|theirs| name.eq_ignore_ascii_case(&theirs)))
}

fn search(
    (case, candidates): (&Case<'_>, &Candidates<'_>),
    tally: &mut Tally<'_>,
    fits: impl Fn(&Scheme) -> bool,
    may_differ: impl Fn(&[Change]) -> bool,
) -> Result<(), Ended> {
    let theirs = Change::new(Cause::SchemeOtherProvider, String::new());
    let mut found: Vec<(&Provider, &Scheme, String)> = Vec::new();
    for provider in case.providers.iter().filter(|provider| provider.name != case.provider.name) {
        for scheme in provider.definition.schemes().filter(|scheme| fits(scheme)) {
            let mut hits: Vec<Hit> = Vec::new();
            let mut its = Tally { budget: tally.budget, hits: &mut hits };
            if is_keyed(scheme) {
                let Some(search) = Search::new(case, scheme, candidates) else { continue };
                search.as_it_is(&theirs, &mut its)?;
            } else {
                general::as_it_is(case, scheme, &theirs, &mut its)?;
            }
            if let Some(hit) = hits.into_iter().find(|hit| may_differ(&hit.changes[1..])) {
                found.push((provider, scheme, hit.proof));
                break;
            }
        }
    }
    let Some((_, scheme, proof)) = found.first() else { return Ok(()) };
    let titles: Vec<&str> = found.iter().map(|(provider, ..)| provider.definition.title.as_str()).collect();
    let detail = match titles.as_slice() {
        [title] => format!("it is signed as {title} signs ({})", scheme.id),
        few if few.len() <= MOST_NAMES => format!("it is signed as {} sign ({})", list(few), scheme.id),
        many => {
            let others = many.len() - MOST_NAMES;
            format!("it is signed as {} and {others} others sign ({})", many[..MOST_NAMES].join(", "), scheme.id)
        }
    };
    // Where the signature stands is part of another provider's way, not a further change.
    let changes = vec![Change { detail, ..theirs }];
    tally.hits.push(Hit { changes, proof: proof.clone(), difference: None });
    Ok(())
}
