//! What a user of the client does that openapi-generator generates for Rust; ends with 1 at the first surprise.
use payments_client::apis::configuration::Configuration;
use payments_client::apis::{changes_api, payments_api, Error};
use payments_client::models::{payment_input, CreatePaymentRequest, PaymentAttributes, PaymentInput, Problem, UpdatePaymentRequest};
use std::env::var;
use std::fmt::{Debug, Display};

fn main() {
    let service = connect("SERVICE_URL");
    let (id, organisation) = (var("PAYMENT_ID").unwrap(), var("ORGANISATION_ID").unwrap());
    let of_organisation = Some(organisation.as_str());
    // The generator knows no further properties of a struct, so this client loses what else `attributes` holds. Use it to
    // create and to read, and not to update payments of other clients.
    let attributes = |amount: &str| PaymentAttributes::new(amount.to_string());

    let payment = PaymentInput::new(id.clone(), payment_input::Type::Payment, organisation.clone(), attributes("100.21"));
    let request = CreatePaymentRequest::new(payment);
    let create = |key| payments_api::create_payment(&service, request.clone(), key, None);
    expect("created version", create(of_organisation).unwrap().data.version, 0);
    expect("replay", create(of_organisation).unwrap().data.version, 0);
    expect("second create", code_of(create(None)), "payment_exists".into());

    let mut payment = payments_api::get_payment(&service, &id, None, None, None).unwrap().data;
    expect("id", payment.id.clone(), id.clone());
    expect("amount", payment.attributes.amount.clone(), "100.21".into());

    let list = |from, size, to, after| {
        payments_api::list_payments(&service, from, size, to, after, of_organisation, None, None).unwrap()
    };
    let page = list(None, Some(1), None, None);
    expect("listed id", page.data[0].id.clone(), id.clone());
    let after = page.links.next.split("after=").nth(1).unwrap().split('&').next();
    expect("after the last", list(None, None, None, after).data.len(), 0);
    expect("from and to", list(Some(0), None, Some(1), None).data.len(), 1);

    payment.attributes = attributes("0.01");
    let update = UpdatePaymentRequest::new(*payment);
    let updated = payments_api::update_payment(&service, &id, update.clone(), None, None, None).unwrap();
    expect("updated version", updated.data.version, 1);
    let conflict = payments_api::update_payment(&service, &id, update, None, None, None);
    expect("second update", code_of(conflict), "version_conflict".into());

    payments_api::delete_payment(&service, &id, 1, None, None, None).unwrap();

    let versions = changes_api::list_payment_versions(&service, &id, None, None, None, None).unwrap();
    expect("versions", versions.data.len(), 3);
    let changes = changes_api::list_changes(&service, None, None, of_organisation, None, None, None).unwrap().data;
    let last = changes.last().unwrap();
    expect("last change", format!("{:?} {}", last.kind, last.payment.id), format!("Deleted {id}"));
    let first = Some(changes[0].position.as_str());
    let later = changes_api::list_changes(&service, first, Some(1), None, Some(1), None, None).unwrap().data;
    expect("change after the first", format!("{:?}", later[0].kind), "Updated".into());

    let newer = connect("NEWER_SERVICE_URL");
    expect("unknown code", code_of(payments_api::get_payment(&newer, &id, None, None, None)), "a_code_of_next_year".into());
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
