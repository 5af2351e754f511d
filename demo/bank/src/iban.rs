/// Whether `text` is an IBAN in its electronic form: no spaces, capitals, and the check digits right
/// (ISO 13616, ISO 7064 MOD 97-10).
pub(crate) fn is_iban(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !(15..=34).contains(&bytes.len()) {
        return false;
    }
    let (head, account) = bytes.split_at(4);
    let head_fits = head[..2].iter().all(u8::is_ascii_uppercase) && head[2..].iter().all(u8::is_ascii_digit);
    let account_fits = account.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    head_fits && account_fits && remainder(account.iter().chain(head)) == 1
}

/// The number that the characters spell, letters being 10 to 35, modulo 97.
fn remainder<'a>(characters: impl Iterator<Item = &'a u8>) -> u32 {
    characters.fold(0, |rest, character| {
        let value = char::from(*character).to_digit(36).unwrap_or_default();
        let shift = if value < 10 { 10 } else { 100 };
        (rest * shift + value) % 97
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_13616_check_digits() {
        for iban in [
            "DE89370400440532013000",
            "GB29NWBK60161331926819",
            "FR1420041010050500013M02606",
            "NO9386011117947",
            "MT84MALT011000012345MTLCAST001S",
        ] {
            assert!(is_iban(iban), "{iban}");
        }
        for text in [
            "DE89370400440532013001",
            "DE98370400440532013000",
            "de89370400440532013000",
            "DE89 3704 0044 0532 0130 00",
            "8989370400440532013000",
            "DE89",
            "",
            "DE8937040044053201300００",
            "GB29NWBK60161331926819GB29NWBK601613319268",
        ] {
            assert!(!is_iban(text), "{text:?}");
        }
    }

    #[test]
    fn no_two_neighbours_can_be_swapped() {
        let iban = "DE89370400440532013000";
        for index in 4..iban.len() - 1 {
            let mut bytes = iban.as_bytes().to_vec();
            bytes.swap(index, index + 1);
            let swapped = String::from_utf8(bytes).unwrap();
            assert!(swapped == iban || !is_iban(&swapped), "{swapped}");
        }
    }
}
