// What a user of the client does that oapi-codegen generates; ends with 1 at the first surprise.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"

	"journey/payments"
)

func main() {
	ctx := context.Background()
	client, err := payments.NewClientWithResponses(os.Getenv("SERVICE_URL"))
	check(err)
	id, organisation := os.Getenv("PAYMENT_ID"), os.Getenv("ORGANISATION_ID")
	var others map[string]any
	check(json.Unmarshal([]byte(os.Getenv("ATTRIBUTES")), &others))
	attributes := func(amount string) payments.PaymentAttributes {
		return payments.PaymentAttributes{Amount: amount, AdditionalProperties: others}
	}

	request := payments.CreatePaymentRequest{Data: payments.PaymentInput{
		Id: id, Type: "Payment", OrganisationId: organisation, Attributes: attributes("100.21"),
	}}
	key := organisation
	created, err := client.CreatePaymentWithResponse(ctx, &payments.CreatePaymentParams{IdempotencyKey: &key}, request)
	check(err)
	expect("created version", created.JSON201.Data.Version, 0)
	replay, err := client.CreatePaymentWithResponse(ctx, &payments.CreatePaymentParams{IdempotencyKey: &key}, request)
	check(err)
	expect("replay", replay.HTTPResponse.Header.Get("Idempotent-Replayed"), "true")
	again, err := client.CreatePaymentWithResponse(ctx, nil, request)
	check(err)
	expect("second create", string(again.JSON409.Code), "payment_exists")

	read, err := client.GetPaymentWithResponse(ctx, id, nil)
	check(err)
	expect("id", read.JSON200.Data.Id, id)
	expect("attributes", read.JSON200.Data.Attributes.AdditionalProperties, others)

	size, from, to := 1, int64(0), 1
	page, err := client.ListPaymentsWithResponse(ctx, &payments.ListPaymentsParams{OrganisationId: &organisation, Size: &size})
	check(err)
	expect("listed id", page.JSON200.Data[0].Id, id)
	next, err := url.Parse(page.JSON200.Links.Next)
	check(err)
	after := next.Query().Get("after")
	rest, err := client.ListPaymentsWithResponse(ctx, &payments.ListPaymentsParams{OrganisationId: &organisation, After: &after})
	check(err)
	expect("after the last", len(rest.JSON200.Data), 0)
	first, err := client.ListPaymentsWithResponse(ctx, &payments.ListPaymentsParams{
		OrganisationId: &organisation, From: &from, To: &to,
	})
	check(err)
	expect("from and to", len(first.JSON200.Data), 1)

	payment := read.JSON200.Data
	payment.Attributes = attributes("0.01")
	updated, err := client.UpdatePaymentWithResponse(ctx, id, nil, payments.UpdatePaymentRequest{Data: payment})
	check(err)
	expect("updated version", updated.JSON200.Data.Version, 1)
	conflict, err := client.UpdatePaymentWithResponse(ctx, id, nil, payments.UpdatePaymentRequest{Data: payment})
	check(err)
	expect("second update", string(conflict.JSON409.Code), "version_conflict")

	deleted, err := client.DeletePaymentWithResponse(ctx, id, &payments.DeletePaymentParams{Version: 1})
	check(err)
	expect("delete", deleted.StatusCode(), 204)

	versions, err := client.ListPaymentVersionsWithResponse(ctx, id, nil)
	check(err)
	expect("versions", len(versions.JSON200.Data), 3)
	changes, err := client.ListChangesWithResponse(ctx, &payments.ListChangesParams{OrganisationId: &organisation})
	check(err)
	last := changes.JSON200.Data[len(changes.JSON200.Data)-1]
	expect("last change", string(last.Kind)+" "+last.Payment.Id, "deleted "+id)
	wait := int32(1)
	later, err := client.ListChangesWithResponse(ctx, &payments.ListChangesParams{
		After: &changes.JSON200.Data[0].Position, Wait: &wait, Size: &size,
	})
	check(err)
	expect("change after the first", later.JSON200.Data[0].Kind, "updated")

	newer, err := payments.NewClientWithResponses(os.Getenv("NEWER_SERVICE_URL"))
	check(err)
	unknown, err := newer.GetPaymentWithResponse(ctx, id, nil)
	check(err)
	expect("unknown code", string(unknown.JSON404.Code), "a_code_of_next_year")
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
