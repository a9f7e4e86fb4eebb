package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"payments-api/bench/peers/go/api"
)

const noCache = "no-cache"

// server has the operations. Each returns one of its responses in the contract.
type server struct {
	store *store
	url   string
}

func (s *server) GetHealth(ctx context.Context, _ api.GetHealthRequestObject) (api.GetHealthResponseObject, error) {
	return api.GetHealth200JSONResponse{Body: api.Health{Status: "up"}, Headers: api.GetHealth200ResponseHeaders{XRequestId: requestID(ctx)}}, nil
}

func (s *server) ListPayments(ctx context.Context, r api.ListPaymentsRequestObject) (api.ListPaymentsResponseObject, error) {
	size, after := maxResults, int64(0)
	if r.Params.Size != nil {
		size = min(int(*r.Params.Size), maxResults)
	}
	query := ""
	if r.Params.After != nil {
		position, err := decodeCursor(*r.Params.After)
		if err != nil {
			found := []api.Fault{{Pointer: "/query/after", Detail: "is not a cursor"}}
			return api.ListPayments400JSONResponse{BadRequestJSONResponse: api.BadRequestJSONResponse{
				Body: problem(ctx, 400, "validation_failed", found), Headers: api.BadRequestResponseHeaders{XRequestId: requestID(ctx)},
			}}, nil
		}
		after, query = position, "after="+*r.Params.After+"&"
	}
	page, err := s.store.list(ctx, after, size)
	if err != nil {
		return nil, err
	}
	data := make([]api.Payment, len(page))
	for i, stored := range page {
		data[i] = payment(stored)
		after = stored.seq
	}
	list := s.url + "/v1/payments?"
	return api.ListPayments200JSONResponse{
		Body: api.PaymentList{Data: data, Links: api.PageLinks{
			Self: fmt.Sprintf("%s%ssize=%d", list, query, size),
			Next: fmt.Sprintf("%safter=%s&size=%d", list, encodeCursor(after), size),
		}},
		Headers: api.ListPayments200ResponseHeaders{CacheControl: noCache, XRequestId: requestID(ctx)},
	}, nil
}

func (s *server) GetPayment(ctx context.Context, r api.GetPaymentRequestObject) (api.GetPaymentResponseObject, error) {
	stored, err := s.store.find(ctx, r.Id)
	if errors.Is(err, errNotFound) {
		return api.GetPayment404JSONResponse{PaymentNotFoundJSONResponse: s.notFound(ctx)}, nil
	} else if err != nil {
		return nil, err
	}
	etag := etagOf(stored.version)
	if r.Params.IfNoneMatch != nil && matches(*r.Params.IfNoneMatch, etag) {
		return api.GetPayment304Response{Headers: api.GetPayment304ResponseHeaders{CacheControl: noCache, ETag: etag, XRequestId: requestID(ctx)}}, nil
	}
	return api.GetPayment200JSONResponse{PaymentFoundJSONResponse: api.PaymentFoundJSONResponse{
		Body: api.PaymentReply{Data: payment(stored), Links: api.Links{Self: s.paymentURL(stored.id)}}, Headers: api.PaymentFoundResponseHeaders{CacheControl: noCache, ETag: etag, XRequestId: requestID(ctx)},
	}}, nil
}

func (s *server) CreatePayment(ctx context.Context, r api.CreatePaymentRequestObject) (api.CreatePaymentResponseObject, error) {
	sent := r.Body.Data
	stored := storedPayment{id: sent.Id, organisationID: sent.OrganisationId, attributes: string(sent.Attributes)}
	if err := s.store.create(ctx, stored); errors.Is(err, errConflict) {
		return api.CreatePayment409JSONResponse{PaymentExistsJSONResponse: api.PaymentExistsJSONResponse{
			Body: problem(ctx, 409, "payment_exists", nil), Headers: api.PaymentExistsResponseHeaders{XRequestId: requestID(ctx)},
		}}, nil
	} else if err != nil {
		return nil, err
	}
	self := s.paymentURL(sent.Id)
	return api.CreatePayment201JSONResponse{
		Body:    s.envelope(sent.Id, 0, sent.OrganisationId, sent.Attributes),
		Headers: api.CreatePayment201ResponseHeaders{CacheControl: noCache, ETag: etagOf(0), Location: self, XRequestId: requestID(ctx)},
	}, nil
}

func (s *server) UpdatePayment(ctx context.Context, r api.UpdatePaymentRequestObject) (api.UpdatePaymentResponseObject, error) {
	sent := r.Body.Data
	if sent.Id != r.Id {
		found := []api.Fault{{Pointer: "/data/id", Detail: "must be the id of the path"}}
		return api.UpdatePayment400JSONResponse{BadRequestJSONResponse: api.BadRequestJSONResponse{
			Body: problem(ctx, 400, "validation_failed", found), Headers: api.BadRequestResponseHeaders{XRequestId: requestID(ctx)},
		}}, nil
	}
	if r.Params.IfMatch != nil && !matches(*r.Params.IfMatch, etagOf(sent.Version)) {
		return api.UpdatePayment412JSONResponse{PreconditionFailedJSONResponse: api.PreconditionFailedJSONResponse{
			Body: problem(ctx, 412, "precondition_failed", nil), Headers: api.PreconditionFailedResponseHeaders{XRequestId: requestID(ctx)},
		}}, nil
	}
	err := s.store.replace(ctx, storedPayment{
		id: sent.Id, version: sent.Version, organisationID: sent.OrganisationId, attributes: string(sent.Attributes),
	})
	switch {
	case errors.Is(err, errNotFound):
		return api.UpdatePayment404JSONResponse{PaymentNotFoundJSONResponse: s.notFound(ctx)}, nil
	case errors.Is(err, errConflict):
		return api.UpdatePayment409JSONResponse{VersionConflictJSONResponse: api.VersionConflictJSONResponse{
			Body: problem(ctx, 409, "version_conflict", nil), Headers: api.VersionConflictResponseHeaders{XRequestId: requestID(ctx)},
		}}, nil
	case err != nil:
		return nil, err
	}
	return api.UpdatePayment200JSONResponse{UpdatedPaymentJSONResponse: api.UpdatedPaymentJSONResponse{
		Body:    s.envelope(sent.Id, sent.Version+1, sent.OrganisationId, sent.Attributes),
		Headers: api.UpdatedPaymentResponseHeaders{CacheControl: noCache, ETag: etagOf(sent.Version + 1), XRequestId: requestID(ctx)},
	}}, nil
}

func (s *server) notFound(ctx context.Context) api.PaymentNotFoundJSONResponse {
	return api.PaymentNotFoundJSONResponse{
		Body: problem(ctx, http.StatusNotFound, "payment_not_found", nil), Headers: api.PaymentNotFoundResponseHeaders{XRequestId: requestID(ctx)},
	}
}

func (s *server) paymentURL(id string) string {
	return s.url + "/v1/payments/" + url.PathEscape(id)
}

func (s *server) envelope(id string, version int64, organisationID string, attributes api.PaymentAttributes) api.PaymentReply {
	data := api.Payment{Id: id, Version: version, Type: "Payment", OrganisationId: organisationID, Attributes: attributes}
	return api.PaymentReply{Data: data, Links: api.Links{Self: s.paymentURL(id)}}
}

func payment(stored storedPayment) api.Payment {
	return api.Payment{
		Id: stored.id, Version: stored.version, Type: "Payment",
		OrganisationId: stored.organisationID, Attributes: json.RawMessage(stored.attributes),
	}
}

func etagOf(version int64) string {
	return `"` + strconv.FormatInt(version, 10) + `"`
}

// matches reports whether If-Match or If-None-Match contains the tag (RFC 9110, 13.1).
func matches(header, etag string) bool {
	if header == "*" || header == etag {
		return true
	}
	for _, tag := range strings.Split(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(tag), "W/") == etag {
			return true
		}
	}
	return false
}

func encodeCursor(position int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte("1a" + strconv.FormatInt(position, 10)))
}

func decodeCursor(text string) (int64, error) {
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, err
	}
	digits, found := strings.CutPrefix(string(decoded), "1a")
	if !found {
		return 0, errors.New("not a cursor")
	}
	return strconv.ParseInt(digits, 10, 64)
}
