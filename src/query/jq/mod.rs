//! A jq filter over deliveries: compiled once, asked about many.
//!
//! A filter sees the object of one delivery and nothing else: neither the environment nor other input, no modules, no way
//! to print or to end the process. What it may spend is bounded ([`limits`]), so that a filter that never ends is an error
//! and not a program that hangs.

mod error;
mod limits;
mod value;

use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Compiler, Ctx, Error, Filter, Native, ValT, Vars, unwrap_valr};
use jaq_json::Val;

pub use error::{JqError, JqFailure};
use limits::{Access, Bounded, Budget, within};

use super::Facts;

/// Longer filters are programs; reading them recurses.
const LONGEST: usize = 8 * 1024;

/// Brackets within brackets, for the same reason.
const DEEPEST: usize = 128;

/// Outputs that are looked at until one is true.
const OUTPUTS: usize = 100_000;

/// Functions of jq that are left out: what leaves the delivery, and what is replaced by one that draws on the budget.
const LEFT_OUT: [&str; 10] =
    ["env", "halt", "halt_error", "debug", "debug_empty", "stderr", "stderr_empty", "range", "fromjson", "input"];

/// A compiled filter.
pub struct Jq {
    text: String,
    filter: Filter<Bounded>,
}

impl std::fmt::Debug for Jq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Jq").field(&self.text).finish()
    }
}

impl Jq {
    /// Compiles a filter.
    ///
    /// # Errors
    /// Where it is wrong.
    pub fn compile(text: &str) -> Result<Self, JqError> {
        if text.len() > LONGEST {
            return Err(JqError::TooLong { limit: LONGEST });
        }
        if nesting(text) > DEEPEST {
            return Err(JqError::TooNested { limit: DEEPEST });
        }
        let arena = Arena::default();
        let modules = Loader::new(definitions())
            .load(&arena, File { code: text, path: () })
            .map_err(|errors| JqError::of_load(text, errors))?;
        let filter = Compiler::default()
            .with_funs(functions())
            .compile(modules)
            .map_err(|errors| JqError::of_compile(text, errors, names))?;
        Ok(Self { text: text.to_owned(), filter })
    }

    /// The filter as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a delivery fits: whether one of the filter's outputs is neither `false` nor `null`.
    ///
    /// # Errors
    /// The filter failed on this delivery.
    pub fn fits(&self, facts: &Facts<'_>) -> Result<bool, JqFailure> {
        self.fits_within(facts, &Budget::full())
    }

    /// The filter's first output, as JSON; `None` if it has none, or `null`.
    ///
    /// # Errors
    /// The filter failed on this delivery.
    pub fn first(&self, facts: &Facts<'_>) -> Result<Option<String>, JqFailure> {
        let budget = Budget::full();
        let input = value::of(facts);
        within(|| {
            let context = Ctx::<Bounded>::new(Access::new(&self.filter.lut, &budget), Vars::new([]));
            let output = self.filter.id.run((context, input)).map(unwrap_valr).next();
            let output = output.transpose().map_err(|error| JqFailure::of(&error))?;
            Ok(output.filter(|value| *value != Val::Null).map(|value| value.to_string()))
        })?
    }

    fn fits_within(&self, facts: &Facts<'_>, budget: &Budget) -> Result<bool, JqFailure> {
        let input = value::of(facts);
        within(|| {
            let context = Ctx::<Bounded>::new(Access::new(&self.filter.lut, budget), Vars::new([]));
            for output in self.filter.id.run((context, input)).map(unwrap_valr).take(OUTPUTS) {
                if output.map_err(|error| JqFailure::of(&error))?.as_bool() {
                    return Ok(true);
                }
            }
            Ok(false)
        })?
    }
}

/// How deep brackets are nested, those in texts included.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

type Definition = load::parse::Def<&'static str>;

/// jq's functions that are written in jq.
fn definitions() -> impl Iterator<Item = Definition> {
    let all = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    // `range` with one and two arguments leads to the one with three, which is a function of ours.
    all.filter(|definition| definition.name == "range" || !LEFT_OUT.contains(&definition.name))
}

/// jq's functions that are not.
fn functions() -> impl Iterator<Item = Fun<Bounded>> {
    let all = jaq_core::funs::<Bounded>().chain(jaq_std::funs()).chain(jaq_json::funs());
    all.filter(|(name, ..)| !LEFT_OUT.contains(name)).chain(own_functions())
}

/// All names, to offer the nearest one.
fn names() -> Vec<String> {
    let mut names: Vec<String> = definitions().map(|definition| definition.name.to_owned()).collect();
    names.extend(functions().map(|(name, ..)| name.to_owned()));
    names.sort();
    names.dedup();
    names
}

fn own_functions() -> [Fun<Bounded>; 2] {
    let range: (_, _, jaq_core::RunPtr<Bounded>) = ("range", v(3), |mut cv| {
        let (by, to, from) = (cv.0.pop_var(), cv.0.pop_var(), cv.0.pop_var());
        let access = *cv.0.data();
        let zero = Val::from(0_usize);
        let mut next = Some(from);
        Box::new(std::iter::from_fn(move || {
            access.step();
            let this = next.take()?;
            let more = match by.cmp(&zero) {
                std::cmp::Ordering::Greater => this < to,
                std::cmp::Ordering::Less => this > to,
                std::cmp::Ordering::Equal => this != to,
            };
            if !more {
                return None;
            }
            match this.clone() + by.clone() {
                Ok(following) => {
                    next = Some(following);
                    Some(Ok(this))
                }
                Err(error) => Some(Err(error.into())),
            }
        }))
    });
    let fromjson: (_, _, jaq_core::RunPtr<Bounded>) = ("fromjson", v(0), |cv| {
        let parsed = match &cv.1 {
            Val::TStr(text) => value::json(text),
            _ => None,
        };
        bome(parsed.ok_or_else(|| Error::str(format_args!("{} is no JSON", error::short(&cv.1)))))
    });
    [run::<Bounded>(range), run::<Bounded>(fromjson)]
}

/// Filters are shared between tasks.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<Jq>();
    shared::<Native<Bounded>>();
};

#[cfg(test)]
mod tests;
