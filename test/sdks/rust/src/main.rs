//! What a user of the client does that openapi-generator generates for Rust; ends with 1 at the first surprise.
use payments_client::apis::configuration::Configuration;
use payments_client::apis::{changes_api, payments_api, Error};
use payments_client::models::{new_payment, CreatePaymentRequest, NewPayment, PaymentAttributes, Problem, UpdatePaymentRequest};
use std::env::var;
use std::fmt::{Debug, Display};

fn main() {
    let service = connect("SERVICE_URL");
    let id = var("PAYMENT_ID").unwrap();
    // The generator knows no further properties of a struct, so this client loses what else `attributes` holds. Use it to
    // create and to read, and not to update payments of other clients.
    let attributes = |amount: &str| PaymentAttributes::new(amount.to_string());

    let payment = NewPayment::new(id.clone(), new_payment::Type::Payment, "acme".into(), attributes("100.21"));
    let request = CreatePaymentRequest::new(payment);
    let created = payments_api::create_payment(&service, request.clone(), None, None).unwrap();
    expect("created version", created.data.version, 0);
    expect("second create", code_of(payments_api::create_payment(&service, request, None, None)), "payment_exists".into());

    let mut payment = payments_api::get_payment(&service, &id, None, None).unwrap().data;
    expect("id", payment.id.clone(), id.clone());
    expect("amount", payment.attributes.amount.clone(), "100.21".into());

    let list = payments_api::list_payments(&service, None, None, None, None, Some("acme"), None).unwrap();
    expect("listed id", list.data.last().unwrap().id.clone(), id.clone());

    payment.attributes = attributes("0.01");
    let update = UpdatePaymentRequest::new(*payment);
    let updated = payments_api::update_payment(&service, &id, update.clone(), None, None, None).unwrap();
    expect("updated version", updated.data.version, 1);
    let conflict = payments_api::update_payment(&service, &id, update, None, None, None);
    expect("second update", code_of(conflict), "version_conflict".into());

    payments_api::delete_payment(&service, &id, 1, None, None, None).unwrap();

    let versions = changes_api::list_payment_versions(&service, &id, None, None, None).unwrap();
    expect("versions", versions.data.len(), 3);
    let changes = changes_api::list_changes(&service, None, None, Some("acme"), None, None).unwrap();
    let last = changes.data.last().unwrap();
    expect("last change", format!("{:?} {}", last.kind, last.payment.id), format!("Deleted {id}"));

    let newer = connect("NEWER_SERVICE_URL");
    expect("unknown code", code_of(payments_api::get_payment(&newer, &id, None, None)), "a_code_of_next_year".into());
}

fn connect(variable: &str) -> Configuration {
    Configuration { base_path: var(variable).unwrap(), ..Configuration::default() }
}

/// The code of the problem that a call fails with.
fn code_of<T, E: Debug>(result: Result<T, Error<E>>) -> String {
    match result {
        Err(Error::ResponseError(response)) => serde_json::from_str::<Problem>(&response.content).unwrap().code,
        Err(error) => format!("{error:?}"),
        Ok(_) => "no failure".into(),
    }
}

fn expect<T: PartialEq + Debug + Display>(what: &str, got: T, wanted: T) {
    if got != wanted {
        println!("{what}: got {got}, expected {wanted}");
        std::process::exit(1);
    }
}
