// What a user of the client does that openapi-generator generates for Go; ends with 1 at the first surprise.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"

	"journey/payments"
)

func main() {
	ctx := context.Background()
	client := connect(os.Getenv("SERVICE_URL"))
	api := client.PaymentsAPI
	id, organisation := os.Getenv("PAYMENT_ID"), os.Getenv("ORGANISATION_ID")
	var others map[string]any
	check(json.Unmarshal([]byte(os.Getenv("ATTRIBUTES")), &others))
	attributes := func(amount string) payments.PaymentAttributes {
		return payments.PaymentAttributes{Amount: amount, AdditionalProperties: others}
	}

	request := *payments.NewCreatePaymentRequest(*payments.NewPaymentInput(id, "Payment", organisation, attributes("100.21")))
	created, _, err := api.CreatePayment(ctx).CreatePaymentRequest(request).IdempotencyKey(organisation).Execute()
	check(err)
	expect("created version", created.Data.Version, 0)
	_, replay, err := api.CreatePayment(ctx).CreatePaymentRequest(request).IdempotencyKey(organisation).Execute()
	check(err)
	expect("replay", replay.Header.Get("Idempotent-Replayed"), "true")
	_, _, err = api.CreatePayment(ctx).CreatePaymentRequest(request).Execute()
	expect("second create", codeOf(err), "payment_exists")

	read, _, err := api.GetPayment(ctx, id).Execute()
	check(err)
	expect("id", read.Data.Id, id)
	expect("attributes", read.Data.Attributes.AdditionalProperties, others)

	page, _, err := api.ListPayments(ctx).OrganisationId(organisation).Size(1).Execute()
	check(err)
	expect("listed id", page.Data[0].Id, id)
	next, err := url.Parse(page.Links.Next)
	check(err)
	rest, _, err := api.ListPayments(ctx).OrganisationId(organisation).After(next.Query().Get("after")).Execute()
	check(err)
	expect("after the last", len(rest.Data), 0)
	first, _, err := api.ListPayments(ctx).OrganisationId(organisation).From(0).To(1).Execute()
	check(err)
	expect("from and to", len(first.Data), 1)

	payment := read.Data
	payment.Attributes = attributes("0.01")
	update := *payments.NewUpdatePaymentRequest(payment)
	updated, _, err := api.UpdatePayment(ctx, id).UpdatePaymentRequest(update).Execute()
	check(err)
	expect("updated version", updated.Data.Version, 1)
	_, _, err = api.UpdatePayment(ctx, id).UpdatePaymentRequest(update).Execute()
	expect("second update", codeOf(err), "version_conflict")

	response, err := api.DeletePayment(ctx, id).Version(1).Execute()
	check(err)
	expect("delete", response.StatusCode, 204)

	versions, _, err := client.ChangesAPI.ListPaymentVersions(ctx, id).Execute()
	check(err)
	expect("versions", len(versions.Data), 3)
	changes, _, err := client.ChangesAPI.ListChanges(ctx).OrganisationId(organisation).Execute()
	check(err)
	last := changes.Data[len(changes.Data)-1]
	expect("last change", last.Kind+" "+last.Payment.Id, "deleted "+id)
	later, _, err := client.ChangesAPI.ListChanges(ctx).After(changes.Data[0].Position).Wait(1).Size(1).Execute()
	check(err)
	expect("change after the first", later.Data[0].Kind, "updated")

	_, _, err = connect(os.Getenv("NEWER_SERVICE_URL")).PaymentsAPI.GetPayment(ctx, id).Execute()
	expect("unknown code", codeOf(err), "a_code_of_next_year")
}

func connect(address string) *payments.APIClient {
	configuration := payments.NewConfiguration()
	configuration.Servers = payments.ServerConfigurations{{URL: address}}
	return payments.NewAPIClient(configuration)
}

// The code of the problem that an error carries.
func codeOf(err error) string {
	var failure *payments.GenericOpenAPIError
	if !errors.As(err, &failure) {
		return fmt.Sprint(err)
	}
	problem, ok := failure.Model().(payments.Problem)
	if !ok {
		return fmt.Sprint(err)
	}
	return string(problem.Code)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func expect(what string, got, want any) {
	one, _ := json.Marshal(got)
	other, _ := json.Marshal(want)
	if string(one) != string(other) {
		fmt.Printf("%s: got %s, expected %s\n", what, one, other)
		os.Exit(1)
	}
}
