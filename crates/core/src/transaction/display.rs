//! What a person reads of a transaction: the very texts that are hashed, with labels beside them.

use serde_json::Value;

/// Rows of a payment, in fixed places: the payee, where it goes, the amount, the reference.
pub(super) fn payment(entry: &Value) -> Vec<(String, String)> {
    let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str);
    let mut rows = Vec::new();
    let mut row = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            rows.push((label.to_owned(), value));
        }
    };
    row("To", text("/creditorName").map(str::to_owned));
    row("Account", text("/creditorAccount/iban").map(grouped));
    let amount = text("/instructedAmount/currency").zip(text("/instructedAmount/amount"));
    row("Amount", amount.map(|(currency, amount)| format!("{currency} {}", thousands(amount))));
    row("Reference", text("/remittanceInformationUnstructured").map(str::to_owned));
    rows
}

/// Rows of a general action: what it is, on what, and then its own rows.
pub(super) fn action(entry: &Value) -> Vec<(String, String)> {
    let text = |name: &str| Some(entry.get(name)?.as_str()?.to_owned());
    let named = [("Action", text("action")), ("On", text("resource"))];
    let named = named.into_iter().filter_map(|(label, text)| Some((label.to_owned(), text?)));
    let own = entry.get("display").and_then(Value::as_array).into_iter().flatten();
    let own =
        own.filter_map(|row| Some((row.get(0)?.as_str()?.to_owned(), row.get(1)?.as_str()?.to_owned())));
    named.chain(own).collect()
}

/// `DE02120300000000202051` as `DE02 1203 0000 0000 2020 51`.
fn grouped(iban: &str) -> String {
    let chars: Vec<char> = iban.chars().collect();
    chars.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// `1234.00` as `1,234.00`: separators are put between the same digits, nothing is rounded or dropped.
fn thousands(amount: &str) -> String {
    let (whole, fraction) = amount.split_once('.').map_or((amount, None), |(w, f)| (w, Some(f)));
    let digits: Vec<char> = whole.chars().collect();
    let head = digits.len() % 3;
    let mut groups: Vec<String> = Vec::new();
    if let Some(first) = digits.get(..head).filter(|first| !first.is_empty()) {
        groups.push(first.iter().collect());
    }
    groups.extend(digits.get(head..).unwrap_or_default().chunks(3).map(|group| group.iter().collect()));
    match fraction {
        Some(fraction) => format!("{}.{fraction}", groups.join(",")),
        None => groups.join(","),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_change_no_digit() {
        for (plain, shown) in [
            ("1", "1"),
            ("999", "999"),
            ("1234.00", "1,234.00"),
            ("1234567.5", "1,234,567.5"),
            ("0.01", "0.01"),
        ] {
            assert_eq!(thousands(plain), shown);
        }
        assert_eq!(grouped("DE02120300000000202051"), "DE02 1203 0000 0000 2020 51");
    }
}
