"""
What Schemathesis has to know beyond the contract. Each entry says why the contract cannot say it.
"""

import re
from urllib.parse import unquote

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData, UseAfterFree

# Values that only an earlier response contains, and constraints between parameters: the schema of one parameter cannot
# say them. A request that breaks one is a documented 400.
OPAQUE = {"after"}
EXCLUSIVE = [("to", "size"), ("to", "from")]
ENTITY_TAGS = re.compile(r'^\*$|"')


def is_sendable(value) -> bool:
    """Whether HTTP/1.1 lets a header carry it."""
    return not isinstance(value, str) or all(" " <= character <= "~" for character in value)


def is_positive(case) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def before_call(context, case, kwargs):
    """Leaves headers out that cannot be sent, for example as request ids, of which the contract takes any text."""
    for name in [name for name, value in case.headers.items() if not is_sendable(value)]:
        del case.headers[name]
    # Nobody changes anything meanwhile, so waiting would only take time. What is no number of seconds stays.
    if str(case.query.get("wait")).isdecimal() and 0 < int(str(case.query["wait"])) <= 30:
        case.query["wait"] = 0
    if is_positive(case):
        make_valid(case)


def make_valid(case):
    for name in OPAQUE & case.query.keys():
        del case.query[name]
    for name, other in EXCLUSIVE:
        if name in case.query and other in case.query:
            del case.query[name]
    # Schemathesis takes some entity tags from the version of a payment, without the quotes.
    for name in list(case.headers):
        if name.lower() in ("if-match", "if-none-match") and not ENTITY_TAGS.search(str(case.headers[name])):
            del case.headers[name]
    # The id of the path must be that of the body.
    if case.method.upper() == "PUT" and isinstance(case.body, dict) and isinstance(case.body.get("data"), dict):
        case.body["data"]["id"] = unquote(case.path_parameters["id"])


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Failures of responses that the contract announces all the same."""
    # The versions of a payment remain when it is deleted.
    if isinstance(failure, UseAfterFree):
        return not case.operation.path.endswith("/versions")
    if not isinstance(failure, RejectedPositiveData):
        return True
    # That is what If-Match and Idempotency-Key are for: the payment has changed, the key belongs to another request.
    if response.status_code in (412, 422):
        return False
    # A number is never rounded silently: a request where it would have to be is rejected.
    errors = response.json().get("errors", [])
    return not errors or not all("more digits than a double can represent" in error["detail"] for error in errors)
