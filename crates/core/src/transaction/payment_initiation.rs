use serde::Deserialize;

use super::details::DetailsError;
use super::text::is_plain;

/// `payment_initiation`, exactly: one amount, one payee, nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentInitiation {
    #[serde(rename = "type")]
    _type: String,
    #[serde(rename = "instructedAmount")]
    instructed_amount: Amount,
    #[serde(rename = "creditorName")]
    creditor_name: String,
    #[serde(rename = "creditorAccount")]
    creditor_account: Account,
    #[serde(rename = "remittanceInformationUnstructured", default)]
    remittance: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Amount {
    currency: String,
    amount: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    iban: String,
}

pub(super) fn check(entry: &serde_json::Value) -> Result<(), DetailsError> {
    let payment: PaymentInitiation =
        serde_json::from_value(entry.clone()).map_err(|error| DetailsError::Malformed(error.to_string()))?;
    let Amount { currency, amount } = &payment.instructed_amount;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(DetailsError::Field("instructedAmount.currency"));
    }
    if !is_amount(amount) {
        return Err(DetailsError::Field("instructedAmount.amount"));
    }
    let iban = &payment.creditor_account.iban;
    if !(5..=34).contains(&iban.len())
        || !iban.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    {
        return Err(DetailsError::Field("creditorAccount.iban"));
    }
    if !is_plain(&payment.creditor_name) {
        return Err(DetailsError::Field("creditorName"));
    }
    if payment.remittance.is_some_and(|text| !is_plain(&text)) {
        return Err(DetailsError::Field("remittanceInformationUnstructured"));
    }
    Ok(())
}

/// A positive decimal in one spelling only: no sign, exponent, leading zero or separator.
fn is_amount(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    digits(whole, 15)
        && digits(fraction, 4)
        && (whole == "0" || !whole.starts_with('0'))
        && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::is_amount;

    #[test]
    fn an_amount_has_one_spelling() {
        for good in ["1", "0.01", "1234.00", "999999999999999.9999"] {
            assert!(is_amount(good), "{good}");
        }
        for bad in [
            "", "0", "0.00", "-1", "+1", "01", "1.", ".5", "1e3", "1,000.00", "1 000", "١", "1.00000", "0x10",
        ] {
            assert!(!is_amount(bad), "{bad}");
        }
    }
}
