//! A transfer as it is asked for, and the one form in which it is approved.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    iban::is_iban,
    money::Cents,
    text::{self, BadText},
};

/// The body of `POST /api/transfers`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransferRequest {
    payee: String,
    iban: String,
    amount: String,
    #[serde(default)]
    reference: Option<String>,
    idempotency_key: String,
}

/// A transfer that could be done: each field is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub(crate) payee: String,
    pub(crate) iban: String,
    pub(crate) amount: Cents,
    pub(crate) reference: Option<String>,
}

/// A field that cannot be taken, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadField {
    pub(crate) field: &'static str,
    pub(crate) cure: &'static str,
}

impl TransferRequest {
    /// Checks every field, and takes the key of the request apart from the transfer.
    pub(crate) fn check(self) -> Result<(String, Transfer), Vec<BadField>> {
        let mut bad = Vec::new();
        check_text("payee", &self.payee, &mut bad);
        if !is_iban(&self.iban) {
            bad.push(BadField { field: "iban", cure: "Check the IBAN: its check digits do not fit." });
        }
        let amount = Cents::parse(&self.amount);
        if amount.is_none() {
            bad.push(BadField {
                field: "amount",
                cure: "Write the amount with two decimals, as in 1234.00, up to one million.",
            });
        }
        if let Some(reference) = &self.reference {
            check_text("reference", reference, &mut bad);
        }
        let key_fits = (8..=64).contains(&self.idempotency_key.len())
            && self.idempotency_key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !key_fits {
            bad.push(BadField {
                field: "idempotency_key",
                cure: "Send a random key of 8 to 64 letters and digits.",
            });
        }
        match amount {
            Some(amount) if bad.is_empty() => Ok((
                self.idempotency_key,
                Transfer { payee: self.payee, iban: self.iban, amount, reference: self.reference },
            )),
            _ => Err(bad),
        }
    }
}

fn check_text(field: &'static str, value: &str, bad: &mut Vec<BadField>) {
    let cure = match text::check(value) {
        Ok(()) => return,
        Err(BadText::Empty) => "Fill this in.",
        Err(BadText::TooLong) => "Use at most 140 characters.",
        Err(BadText::Hidden) => "Remove line breaks and invisible characters.",
    };
    bad.push(BadField { field, cure });
}

impl Transfer {
    /// What the person approves: `authorization_details` of RFC 9396 §2, always built from the transfer
    /// itself. It is asked for, shown, signed, and compared again before the money moves.
    pub(crate) fn authorization_details(&self) -> Value {
        let mut entry = json!({
            "type": "payment_initiation",
            "instructedAmount": { "currency": "EUR", "amount": self.amount.plain() },
            "creditorName": self.payee,
            "creditorAccount": { "iban": self.iban },
        });
        if let Some(reference) = &self.reference {
            entry["remittanceInformationUnstructured"] = json!(reference);
        }
        json!([entry])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(changes: &Value) -> Result<TransferRequest, serde_json::Error> {
        let mut body = json!({
            "payee": "ACME GmbH", "iban": "DE89370400440532013000", "amount": "1234.00",
            "idempotency_key": "11111111-2222",
        });
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        serde_json::from_value(body)
    }

    #[test]
    fn the_details_are_the_transfer() {
        let (key, transfer) = request(&json!({})).unwrap().check().unwrap();
        assert_eq!(key, "11111111-2222");
        let expected = json!([{
            "type": "payment_initiation",
            "instructedAmount": { "currency": "EUR", "amount": "1234.00" },
            "creditorName": "ACME GmbH",
            "creditorAccount": { "iban": "DE89370400440532013000" },
        }]);
        assert_eq!(transfer.authorization_details(), expected);
        let (_, referenced) = request(&json!({ "reference": "Invoice 7" })).unwrap().check().unwrap();
        assert_eq!(referenced.authorization_details()[0]["remittanceInformationUnstructured"], "Invoice 7");
        assert_ne!(referenced.authorization_details(), expected);
    }

    #[test]
    fn each_bad_field_is_named() {
        for (changes, field) in [
            (json!({ "payee": "" }), "payee"),
            (json!({ "payee": "\u{202e}x" }), "payee"),
            (json!({ "iban": "DE00370400440532013000" }), "iban"),
            (json!({ "amount": "1234" }), "amount"),
            (json!({ "amount": "-1.00" }), "amount"),
            (json!({ "reference": "" }), "reference"),
            (json!({ "reference": "x".repeat(141) }), "reference"),
            (json!({ "idempotency_key": "short" }), "idempotency_key"),
            (json!({ "idempotency_key": "with spaces in it" }), "idempotency_key"),
        ] {
            let bad = request(&changes).unwrap().check().unwrap_err();
            assert_eq!(bad.iter().map(|bad| bad.field).collect::<Vec<_>>(), [field], "{changes}");
        }
        for changes in [json!({ "amount": 1234 }), json!({ "payee": null }), json!({ "more": 1 })] {
            assert!(request(&changes).is_err(), "{changes}");
        }
    }
}
