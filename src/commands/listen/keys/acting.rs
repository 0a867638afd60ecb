//! What keys do with a delivery: show all of it, send it again, copy it, open it in the inspector.

use std::process::{Command, Stdio};
use std::sync::mpsc::Receiver as Queue;

use crate::commands::listen::desk::Desk;
use crate::error::Failure;
use crate::inspector::guard::Guard;
use crate::output::human::delivery as human;
use crate::output::human::diagnosis::Writing;
use crate::output::panel::Act;
use crate::output::{sanitize, style};

/// Keys that may wait to be acted on.
pub(in crate::commands::listen) const QUEUE: usize = 8;

/// Lines of a body that are shown: more would push everything else out of the scrollback.
const LONGEST_BODY: usize = 120;

/// The longest command that is copied: more, terminals take for an attack.
const LONGEST_COPY: usize = 64 << 10;

/// So many characters of it are shown.
const LONGEST_SHOWN: usize = 1_500;

/// What opens an address in somebody's browser.
const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

/// Who acts.
pub(in crate::commands::listen) struct Acting<'a> {
    pub(in crate::commands::listen) desk: &'a Desk<'a>,
    /// The inspector's door, if there is one.
    pub(in crate::commands::listen) guard: Option<&'a Guard>,
}

impl Acting<'_> {
    /// Does what is asked for, one after the other, until nobody can ask any more.
    pub(in crate::commands::listen) fn run(&self, acts: &Queue<Act>) {
        for act in acts {
            let done = match act {
                Act::Details(number) => self.details(number),
                Act::Replay(number) => self.desk.replay(number),
                Act::Curl(number) => self.curl(number),
                Act::Open(number) => self.open(number),
                Act::Quit => Ok(()),
            };
            if let Err(failure) = done {
                self.desk.context.output.failure(&failure);
            }
        }
    }

    /// Shows all of it, and at the end, where one looks first, what there is to say of its signature.
    fn details(&self, number: i64) -> Result<(), Failure> {
        let Desk { context, args, receiver, .. } = self.desk;
        let (delivery, request) = self.desk.found(number)?;
        let attempts = receiver.store.attempts_of(number)?;
        let mut lines = vec![String::new()];
        lines.extend(human::whole(&delivery, &request, &attempts, (args.seeing.show_secrets, LONGEST_BODY)));
        lines.push(String::new());
        let lesson = self.desk.lesson(&delivery, &request, Writing::to(&context.output))?;
        if !lesson.is_empty() {
            lines.extend(lesson);
            lines.push(String::new());
        }
        context.output.block(&lines);
        Ok(())
    }

    /// Copies the command that sends it again, and shows it.
    fn curl(&self, number: i64) -> Result<(), Failure> {
        let (delivery, request) = self.desk.found(number)?;
        let command = self.desk.curl(&delivery, &request);
        if command.whole.len() > LONGEST_COPY {
            return Err(Failure::usage(format!("#{number} is too long to be copied"))
                .hint(format!("'hookctl events show {number} --curl' prints it")));
        }
        let output = &self.desk.context.output;
        output.copy(&command.whole);
        let (shown, cut) = match command.shown.char_indices().nth(LONGEST_SHOWN) {
            Some((end, _)) => (format!("{}…", &command.shown[..end]), true),
            None => (command.shown, false),
        };
        output.block(&[String::new(), sanitize::lines(shown.trim_end()).into_owned(), String::new()]);
        let mut said = vec!["copied, if this terminal gives programs its clipboard".to_owned()];
        said.extend(command.hides.then(|| "credentials are masked here, and not in what is copied".to_owned()));
        said.extend(cut.then(|| format!("'hookctl events show {number} --curl' prints all of it")));
        let said = output.wrapped(vec![said.join("; ")]);
        said.iter().for_each(|line| output.note(&style::dim(line)));
        Ok(())
    }

    /// Opens it in the inspector.
    fn open(&self, number: i64) -> Result<(), Failure> {
        let Some(guard) = self.guard else {
            return Err(Failure::usage("there is no inspector").hint("leave out --no-ui"));
        };
        let mut opener = Command::new(OPENER);
        opener.arg(guard.ticket(number)).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let output = &self.desk.context.output;
        // Some of them end at once, some with the browser; nobody waits for either.
        match opener.spawn() {
            Ok(mut opener) => {
                output.note(&style::dim(&format!("opening #{number} in the inspector")));
                std::thread::spawn(move || opener.wait());
            }
            Err(_) => output.note(&format!("no browser was found; open {}#/{number}", guard.page())),
        }
        Ok(())
    }
}
