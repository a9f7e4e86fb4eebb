"""What a user of the client does that openapi-generator generates for Python; ends with 1 at the first surprise."""

import os
import sys

import payments_client as payments


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: got {got!r}, expected {wanted!r}")


def connect(url):
    return payments.ApiClient(payments.Configuration(host=url))


def code_of(call, *arguments, **options):
    """The code of the problem that a call fails with."""
    try:
        call(*arguments, **options)
    except payments.ApiException as failure:
        return payments.Problem.from_json(failure.body).code
    return "no failure"


def attributes(amount):
    return payments.PaymentAttributes(amount=amount, additional_properties={"currency": "GBP"})


client = connect(os.environ["SERVICE_URL"])
api, changes_api = payments.PaymentsApi(client), payments.ChangesApi(client)
id = os.environ["PAYMENT_ID"]

data = payments.NewPayment(id=id, type="Payment", organisation_id="acme", attributes=attributes("100.21"))
request = payments.CreatePaymentRequest(data=data)
expect("created version", api.create_payment(request).data.version, 0)
expect("second create", code_of(api.create_payment, request), "payment_exists")

payment = api.get_payment(id).data
expect("id", payment.id, id)
expect("currency", payment.attributes.additional_properties["currency"], "GBP")
expect("listed id", api.list_payments(organisation_id="acme").data[-1].id, id)

payment.attributes = attributes("0.01")
update = payments.UpdatePaymentRequest(data=payment)
expect("updated version", api.update_payment(id, update).data.version, 1)
expect("second update", code_of(api.update_payment, id, update), "version_conflict")

expect("delete", api.delete_payment_with_http_info(id, 1).status_code, 204)

expect("versions", len(changes_api.list_payment_versions(id).data), 3)
last = changes_api.list_changes(organisation_id="acme").data[-1]
expect("last change", f"{last.kind} {last.payment.id}", f"deleted {id}")

newer = payments.PaymentsApi(connect(os.environ["NEWER_SERVICE_URL"]))
expect("unknown code", code_of(newer.get_payment, id), "a_code_of_next_year")
