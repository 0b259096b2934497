//! The local time zone.

/// The zone that `localtime` uses.
pub trait LocalZone {
    /// Seconds east of UTC at a moment, which is given in seconds since the epoch. The shim asks about the years −7537 to
    /// 9999 only.
    fn seconds_east(&self, moment: i64) -> i32;

    /// What the zone's time is called at a moment, such as `CET` or `CEST`.
    fn abbreviation(&self, moment: i64) -> String;

    /// The guest has set its variable `TZ` to this, and asks for that zone from now on. What names a zone is the host's to say; a text that
    /// names none is UTC. It never leads to the machine's own zone.
    fn set_zone(&mut self, text: &str);
}
