//! The clean tenant: it comes between hostile ones, and must find an interpreter as the snapshot has it, with nothing of theirs in it.

use pyrun::{Error, Interpreter, Limits, Pool};

use crate::programs::numbers::Numbers;
use crate::programs::state::{DESCRIBE, finds};

/// What a clean tenant looks for.
pub(crate) struct Clean {
    /// What each secret begins with.
    mark: Vec<u8>,
    /// What a tenant can find out, of an interpreter that nobody has used.
    described: String,
    limits: Limits,
}

impl Clean {
    /// With the first interpreter of the pool as the measure.
    pub(crate) fn new(pool: &Pool, limits: Limits) -> Self {
        let mut numbers = Numbers::of(u64::from(std::process::id()));
        let mark = (0..16).map(|_| 128 + numbers.below(128) as u8).collect();
        let mut clean = Self { mark, described: String::new(), limits };
        let py = clean.tenant(pool).expect("a first tenant");
        clean.described = py.eval(DESCRIBE).expect("a description");
        drop(py);
        clean
    }

    /// What a tenant has to keep from the others.
    pub(crate) fn secret(&self, numbers: &mut Numbers) -> Vec<u8> {
        let own = (0..16).map(|_| numbers.below(256) as u8);
        self.mark.iter().copied().chain(own).collect()
    }

    /// It has time: the machine may have other work.
    fn tenant(&self, pool: &Pool) -> Result<pyrun::Pooled, Error> {
        let limits = self.limits.clone();
        pool.get_with(|builder| Ok(builder.limits(limits)))
    }

    /// Looks, and says what it has found of others.
    pub(crate) fn look(&self, pool: &Pool) -> Result<(), String> {
        let mut py = match self.tenant(pool) {
            Ok(py) => py,
            // The granted folder was just taken away.
            Err(Error::Folder(_)) => return Ok(()),
            Err(error) => return Err(format!("no clean tenant: {}", error.with_causes())),
        };
        let text: String =
            py.eval(DESCRIBE).map_err(|error| format!("CROSSING: a clean tenant ends: {}", error.with_causes()))?;
        if text != self.described {
            let at = text.bytes().zip(self.described.bytes()).take_while(|(one, two)| one == two).count();
            let part = |text: &str| text.chars().skip(at.saturating_sub(40)).take(120).collect::<String>();
            return Err(format!("CROSSING: {:?} where it was {:?}", part(&text), part(&self.described)));
        }
        match holds(&mut py, &self.mark) {
            Ok(false) => Ok(()),
            Ok(true) => Err("CROSSING: a secret is in memory".to_owned()),
            Err(error) => Err(format!("a clean tenant's memory: {}", error.with_causes())),
        }
    }
}

/// Whether the bytes are anywhere in memory.
fn holds(py: &mut Interpreter, bytes: &[u8]) -> Result<bool, Error> {
    let buffer = py.run("whole")?.buffer()?;
    Ok(finds(py.memory()?.bytes(&buffer)?, bytes))
}
