// What a user of the client does that openapi-generator generates for Go; ends with 1 at the first surprise.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"journey/payments"
)

func main() {
	ctx := context.Background()
	client := connect(os.Getenv("SERVICE_URL"))
	api := client.PaymentsAPI
	id := os.Getenv("PAYMENT_ID")
	attributes := func(amount string) payments.PaymentAttributes {
		return payments.PaymentAttributes{
			Amount:               amount,
			AdditionalProperties: map[string]any{"currency": "GBP"},
		}
	}

	request := *payments.NewCreatePaymentRequest(*payments.NewPaymentInput(id, "Payment", "acme", attributes("100.21")))
	created, _, err := api.CreatePayment(ctx).CreatePaymentRequest(request).Execute()
	check(err)
	expect("created version", created.Data.Version, 0)
	_, _, err = api.CreatePayment(ctx).CreatePaymentRequest(request).Execute()
	expect("second create", codeOf(err), "payment_exists")

	read, _, err := api.GetPayment(ctx, id).Execute()
	check(err)
	expect("id", read.Data.Id, id)
	expect("currency", read.Data.Attributes.AdditionalProperties["currency"], "GBP")

	list, _, err := api.ListPayments(ctx).OrganisationId("acme").Execute()
	check(err)
	expect("listed id", list.Data[len(list.Data)-1].Id, id)

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
	changes, _, err := client.ChangesAPI.ListChanges(ctx).OrganisationId("acme").Execute()
	check(err)
	last := changes.Data[len(changes.Data)-1]
	expect("last change", last.Kind+" "+last.Payment.Id, "deleted "+id)

	_, _, err = connect(os.Getenv("NEWER_SERVICE_URL")).PaymentsAPI.GetPayment(ctx, id).Execute()
	expect("unknown code", codeOf(err), "a_code_of_next_year")
}

func connect(url string) *payments.APIClient {
	configuration := payments.NewConfiguration()
	configuration.Servers = payments.ServerConfigurations{{URL: url}}
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
