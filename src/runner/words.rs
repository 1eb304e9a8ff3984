//! Numbers and durations for people.

use std::time::Duration;

/// `0.02 s`, `14 s`, `3 m 05 s`, `2 h 10 m`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.2} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// `14 s`, `3 m`, `2 h`.
pub fn seconds(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} m", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

/// `1 migration`, `3 migrations`.
pub fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// `512 kB`, `24 GB`, as PostgreSQL counts them.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut amount = number.div_ceil(1024);
    for unit in UNITS {
        // Two digits and more say enough.
        if amount < 10 * 1024 || unit == "TB" {
            return format!("{} {unit}", thousands(amount));
        }
        amount = amount.div_ceil(1024);
    }
    String::new()
}

/// `41,180,224`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(duration(Duration::from_millis(20)), "0.02 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 m 05 s");
        assert_eq!(seconds(45), "45 s");
        assert_eq!(seconds(180), "3 m");
        assert_eq!(count(1, "migration"), "1 migration");
        assert_eq!(count(0, "migration"), "0 migrations");
        assert_eq!(thousands(41_180_224), "41,180,224");
        assert_eq!(thousands(999), "999");
        assert_eq!(bytes(8192), "8 kB");
        assert_eq!(bytes(25_769_803_776), "24 GB");
    }
}
