//! Classes of bytes.

/// Where the name that begins at `start` ends; variables of psql hold no `$`.
pub(super) fn name_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or(&[]);
    start + rest.iter().position(|&byte| !is_name_part(byte) || byte == b'$').unwrap_or(rest.len())
}

/// Whether a number at `start` is written with a radix: `0xff`.
pub(super) fn is_radix(bytes: &[u8], start: usize) -> bool {
    matches!(bytes.get(start..start + 2), Some([b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B']))
}

/// Whether a name can begin with the byte.
pub(super) fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

/// Whether the byte can stand inside a name.
pub(super) fn is_name_part(byte: u8) -> bool {
    is_name_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

/// Whether operators are made of the byte.
pub(super) fn is_operator(byte: u8) -> bool {
    matches!(
        byte,
        b'+' | b'-'
            | b'*'
            | b'/'
            | b'<'
            | b'>'
            | b'='
            | b'~'
            | b'!'
            | b'@'
            | b'#'
            | b'%'
            | b'^'
            | b'&'
            | b'|'
            | b'`'
            | b'?'
    )
}
