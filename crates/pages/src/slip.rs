use riser_wire::TransactionView;

use crate::shown::Shown;

/// A transaction as it stands on the page: the amount and the payee always in the same two places, large,
/// and the other rows below in the order given. Texts are never re-formatted.
#[derive(Debug, Default)]
pub(crate) struct Slip<'a> {
    pub(crate) amount: Option<Row<'a>>,
    pub(crate) payee: Option<Row<'a>>,
    pub(crate) rest: Vec<Row<'a>>,
}

/// One label and its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) label: Shown<'a>,
    pub(crate) text: Shown<'a>,
}

impl<'a> From<&'a TransactionView> for Slip<'a> {
    fn from(view: &'a TransactionView) -> Self {
        let amount = position(view, is_amount);
        let payee = position(view, is_payee).filter(|found| Some(*found) != amount);
        let mut slip = Self::default();
        for (at, (label, text)) in view.display.iter().enumerate() {
            let row = Row { label: Shown(label), text: Shown(text) };
            if Some(at) == amount {
                slip.amount = Some(row);
            } else if Some(at) == payee {
                slip.payee = Some(row);
            } else {
                slip.rest.push(row);
            }
        }
        slip
    }
}

impl Slip<'_> {
    /// A long amount is set smaller, so that it stays in one line: a number broken in two can be misread.
    pub(crate) fn amount_class(&self) -> &'static str {
        let length = self.amount.map_or(0, |row| row.text.0.chars().count());
        if length > 16 { "amount long" } else { "amount" }
    }
}

/// The row that holds a field. The labels of `riser_action` are the application's own words, so nothing
/// there earns a larger type; all other types take their labels from the operator.
fn position(view: &TransactionView, holds: fn(&TransactionView, &str, &str) -> bool) -> Option<usize> {
    if view.kind == "riser_action" {
        return None;
    }
    view.display.iter().position(|(label, text)| holds(view, label, text))
}

/// By what is hashed where that is known, whatever the operator called the row; by its label otherwise.
fn is_amount(view: &TransactionView, label: &str, text: &str) -> bool {
    let hashed = view.details.get("instructedAmount");
    let part = |name| hashed.and_then(|amount| amount.get(name)).and_then(|value| value.as_str());
    match (part("currency"), part("amount")) {
        (Some(currency), Some(amount)) => {
            !is_creditor(view, text) && text.contains(currency) && digits(text) == digits(amount)
        }
        _ => label.eq_ignore_ascii_case("amount"),
    }
}

fn is_payee(view: &TransactionView, label: &str, text: &str) -> bool {
    let named = view.details.get("creditorName").is_some();
    let labelled = ["to", "payee", "recipient"].iter().any(|name| label.eq_ignore_ascii_case(name));
    if named { is_creditor(view, text) } else { labelled }
}

fn is_creditor(view: &TransactionView, text: &str) -> bool {
    view.details.get("creditorName").and_then(|name| name.as_str()) == Some(text)
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(kind: &str, details: &str, display: &[(&str, &str)]) -> TransactionView {
        TransactionView {
            kind: kind.to_owned(),
            details: details.parse().unwrap(),
            display: display.iter().map(|(label, text)| ((*label).to_owned(), (*text).to_owned())).collect(),
        }
    }

    const PAYMENT: &str =
        r#"{"instructedAmount":{"currency":"EUR","amount":"1234.00"},"creditorName":"ACME GmbH"}"#;

    #[test]
    fn amount_and_payee_are_found_by_what_is_hashed_not_by_their_labels() {
        let rows = [("An", "ACME GmbH"), ("IBAN", "DE02"), ("Betrag", "EUR 1,234.00")];
        let view = view("payment_initiation", PAYMENT, &rows);
        let slip = Slip::from(&view);
        assert_eq!(slip.amount.unwrap().text.0, "EUR 1,234.00");
        assert_eq!(slip.payee.unwrap().text.0, "ACME GmbH");
        assert_eq!(slip.rest.len(), 1);
    }

    #[test]
    fn atk_wb_06_a_payee_cannot_stand_where_the_amount_belongs() {
        let details = r#"{"instructedAmount":{"currency":"EUR","amount":"9.00"},"creditorName":"EUR 9.00"}"#;
        let view = view(
            "payment_initiation",
            details,
            &[("To", "EUR 9.00"), ("Note", "EUR 1.00"), ("Amount", "EUR 9,00")],
        );
        let slip = Slip::from(&view);
        assert_eq!(slip.amount.unwrap().label.0, "Amount");
        assert_eq!(slip.payee.unwrap().label.0, "To");
    }

    #[test]
    fn atk_wb_06_an_application_cannot_dress_its_own_label_as_an_amount() {
        let view = view("riser_action", "{}", &[("Amount", "EUR 0.01"), ("To", "you")]);
        let slip = Slip::from(&view);
        assert!(slip.amount.is_none() && slip.payee.is_none());
        assert_eq!(slip.rest.len(), 2);
    }

    #[test]
    fn no_row_is_ever_lost_or_shown_twice() {
        let rows = [
            ("Amount", "EUR 1,234.00"),
            ("Amount", "EUR 1,234.00"),
            ("To", "ACME GmbH"),
            ("To", "ACME GmbH"),
        ];
        let view = view("payment_initiation", PAYMENT, &rows);
        let slip = Slip::from(&view);
        assert_eq!(slip.rest.len() + 2, rows.len());
    }
}
