"""What a user of the client does that openapi-generator generates for Python; ends with 1 at the first surprise."""

import json
import os
import sys
from urllib.parse import parse_qs, urlparse

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


others = json.loads(os.environ["ATTRIBUTES"])


def attributes(amount):
    return payments.PaymentAttributes(amount=amount, additional_properties=others)


client = connect(os.environ["SERVICE_URL"])
api, changes_api = payments.PaymentsApi(client), payments.ChangesApi(client)
id, organisation = os.environ["PAYMENT_ID"], os.environ["ORGANISATION_ID"]

data = payments.PaymentInput(id=id, type="Payment", organisation_id=organisation, attributes=attributes("100.21"))
request = payments.CreatePaymentRequest(data=data)
expect("created version", api.create_payment(request, idempotency_key=organisation).data.version, 0)
replay = api.create_payment_with_http_info(request, idempotency_key=organisation)
expect("replay", replay.headers["Idempotent-Replayed"], "true")
expect("second create", code_of(api.create_payment, request), "payment_exists")

payment = api.get_payment(id).data
expect("id", payment.id, id)
expect("attributes", payment.attributes.additional_properties, others)

page = api.list_payments(organisation_id=organisation, size=1)
expect("listed id", page.data[0].id, id)
after = parse_qs(urlparse(page.links.next).query)["after"][0]
expect("after the last", api.list_payments(organisation_id=organisation, after=after).data, [])
expect("from and to", len(api.list_payments(organisation_id=organisation, var_from=0, to=1).data), 1)

payment.attributes = attributes("0.01")
update = payments.UpdatePaymentRequest(data=payment)
expect("updated version", api.update_payment(id, update).data.version, 1)
expect("second update", code_of(api.update_payment, id, update), "version_conflict")

expect("delete", api.delete_payment_with_http_info(id, 1).status_code, 204)

expect("versions", len(changes_api.list_payment_versions(id).data), 3)
changes = changes_api.list_changes(organisation_id=organisation).data
expect("last change", f"{changes[-1].kind} {changes[-1].payment.id}", f"deleted {id}")
later = changes_api.list_changes(after=changes[0].position, wait=1, size=1).data
expect("change after the first", later[0].kind, "updated")

newer = payments.PaymentsApi(connect(os.environ["NEWER_SERVICE_URL"]))
expect("unknown code", code_of(newer.get_payment, id), "a_code_of_next_year")
