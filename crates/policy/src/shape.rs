//! What an attribute may hold, and a request's JSON as such a value. Whatever the schema does not declare is left out:
//! AuthZEN requires that a decision point ignores what it does not know. What it declares must fit.

use std::collections::BTreeMap;

use cedar_policy::RestrictedExpression;
use serde_json::{Map, Value};

/// The type of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    Number,
    Flag,
    Set(Box<Self>),
    Record(Record),
}

/// The attributes of a record: each with whether it must be there.
pub(crate) type Record = BTreeMap<String, (Shape, bool)>;

/// An attribute of a request that does not fit what the schema declares.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misfit {
    #[error("`{0}` is missing")]
    Missing(String),
    #[error("`{0}` is not of the declared type")]
    Type(String),
}

/// The values of the attributes that the record declares.
pub(crate) fn values_of(
    declared: &Record,
    given: &Map<String, Value>,
) -> Result<Vec<(String, RestrictedExpression)>, Misfit> {
    let mut values = Vec::with_capacity(declared.len());
    for (name, (shape, required)) in declared {
        // A null is as if left out: many libraries write one for what is not there.
        match given.get(name).filter(|value| !value.is_null()) {
            Some(value) => values.push((name.clone(), value_of(name, shape, value)?)),
            None if *required => return Err(Misfit::Missing(name.clone())),
            None => {}
        }
    }
    Ok(values)
}

fn value_of(name: &str, shape: &Shape, value: &Value) -> Result<RestrictedExpression, Misfit> {
    let misfit = || Misfit::Type(name.to_owned());
    match (shape, value) {
        (Shape::Text, Value::String(text)) => Ok(RestrictedExpression::new_string(text.clone())),
        (Shape::Flag, Value::Bool(flag)) => Ok(RestrictedExpression::new_bool(*flag)),
        // Whole numbers only: a fraction would have to be rounded, and by whom?
        (Shape::Number, Value::Number(number)) => {
            number.as_i64().map(RestrictedExpression::new_long).ok_or_else(misfit)
        }
        (Shape::Set(element), Value::Array(values)) => {
            let values: Result<Vec<_>, _> =
                values.iter().map(|value| value_of(name, element, value)).collect();
            Ok(RestrictedExpression::new_set(values?))
        }
        (Shape::Record(record), Value::Object(members)) => {
            RestrictedExpression::new_record(values_of(record, members)?).map_err(|_| misfit())
        }
        _ => Err(misfit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: &Value) -> Result<Vec<String>, Misfit> {
        let declared = Record::from([
            ("amount".to_owned(), (Shape::Number, true)),
            ("tags".to_owned(), (Shape::Set(Box::new(Shape::Text)), false)),
        ]);
        let values = values_of(&declared, value.as_object().unwrap())?;
        Ok(values.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn what_is_declared_must_fit_and_what_is_not_is_left_out() {
        assert_eq!(read(&json!({"amount": 5, "other": {"x": 1}, "tags": null})), Ok(vec!["amount".into()]));
        assert_eq!(read(&json!({"tags": []})), Err(Misfit::Missing("amount".into())));
        for amount in [json!("5"), json!(5.5), json!(1e30), json!([5]), json!(true)] {
            assert_eq!(read(&json!({ "amount": amount })), Err(Misfit::Type("amount".into())), "{amount}");
        }
        assert_eq!(read(&json!({"amount": 1, "tags": ["a", 1]})), Err(Misfit::Type("tags".into())));
    }
}
