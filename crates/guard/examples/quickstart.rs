//! One protected action: docs/quickstart-rust.md.

use axum::extract::{FromRef, State};
use axum::{Router, http::StatusCode, routing::post};
use riser_guard::axum::{Action, StepUp};
use riser_guard::{ClientCredentials, ConfigError, Guard};
use serde_json::{Value, json};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Transfer {
    payee: String,
    iban: String,
    amount: String,
}

impl Action for Transfer {
    const ACR: &'static str = "phr";

    fn authorization_details(&self) -> Value {
        let amount = json!({ "currency": "EUR", "amount": self.amount });
        json!([{ "type": "payment_initiation", "instructedAmount": amount,
                 "creditorName": self.payee, "creditorAccount": { "iban": self.iban } }])
    }
}

#[derive(Clone)]
struct Bank(Guard, ClientCredentials);

impl FromRef<Bank> for Guard {
    fn from_ref(bank: &Bank) -> Self {
        bank.0.clone()
    }
}

async fn transfer(
    State(Bank(guard, client)): State<Bank>,
    StepUp { action, elevation }: StepUp<Transfer>,
) -> Result<String, StatusCode> {
    let _spent = guard.consume(&client, elevation).await.map_err(|_| StatusCode::CONFLICT)?;
    Ok(format!("EUR {} to {}", action.amount, action.payee))
}

/// The API, for the tokens of `issuer` that are for `api`.
pub fn app(issuer: &str, api: &str, secret: &str) -> Result<Router, ConfigError> {
    let bank = Bank(Guard::builder(issuer, api).build()?, ClientCredentials::new("bank", secret));
    Ok(Router::new().route("/transfers", post(transfer)).with_state(bank))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = app("http://localhost:8080", "http://127.0.0.1:8081/api", &std::env::var("BANK_SECRET")?)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:9000").await?;
    Ok(axum::serve(listener, app).await?)
}
