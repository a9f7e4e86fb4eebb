package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	middleware "github.com/oapi-codegen/nethttp-middleware"

	"payments-api/bench/peers/go/api"
)

// codePoint matches a character escape in a pattern, which Go's regular expressions write differently.
var codePoint = regexp.MustCompile(`\\\\u([0-9a-fA-F]{4})`)

// contract validates requests.
func contract() (*openapi3.T, error) {
	embedded, err := api.GetSpec()
	if err != nil {
		return nil, err
	}
	text, err := embedded.MarshalJSON()
	if err != nil {
		return nil, err
	}
	spec, err := openapi3.NewLoader().LoadFromData(codePoint.ReplaceAll(text, []byte(`\\x{$1}`)))
	if err != nil {
		return nil, err
	}
	// Otherwise only requests to the server that the contract names would match.
	spec.Servers = nil
	return spec, nil
}

// validation reports everything that is wrong with a request at once.
var validation = &middleware.Options{
	Options:               openapi3filter.Options{MultiError: true},
	DoNotValidateServers:  true,
	SilenceServersWarning: true,
	ErrorHandlerWithOpts: func(_ context.Context, err error, w http.ResponseWriter, r *http.Request, opts middleware.ErrorHandlerOpts) {
		status, code := opts.StatusCode, "validation_failed"
		var tooLarge *http.MaxBytesError
		var request *openapi3filter.RequestError
		switch {
		case errors.As(err, &tooLarge):
			status, code = http.StatusRequestEntityTooLarge, "body_too_large"
		case errors.As(err, &request) && strings.Contains(request.Reason, "Content-Type"):
			status, code = http.StatusUnsupportedMediaType, "unsupported_media_type"
		case status == http.StatusNotFound:
			code = "route_not_found"
		case status == http.StatusMethodNotAllowed:
			code = "method_not_allowed"
		}
		reject(w, r, status, code, invalidFields(err))
	},
}

// invalidFields flattens kin-openapi's tree of errors.
func invalidFields(err error) []api.Fault {
	var found []api.Fault
	var walk func(err error)
	walk = func(err error) {
		switch e := err.(type) {
		case openapi3.MultiError:
			for _, one := range e {
				walk(one)
			}
		case *openapi3filter.RequestError:
			if inner, ok := e.Err.(openapi3.MultiError); ok {
				walk(inner)
			} else if schema, ok := e.Err.(*openapi3.SchemaError); ok {
				walk(schema)
			} else {
				found = append(found, api.Fault{Detail: e.Error()})
			}
		case *openapi3.SchemaError:
			found = append(found, api.Fault{Pointer: "/" + strings.Join(e.JSONPointer(), "/"), Detail: e.Reason})
		default:
			found = append(found, api.Fault{Detail: err.Error()})
		}
	}
	walk(err)
	return found
}

func problem(ctx context.Context, status int, code string, found []api.Fault) api.Problem {
	made := api.Problem{
		Type: "urn:problem:payments-api:" + code, Title: http.StatusText(status), Status: int32(status),
		Detail: http.StatusText(status), Instance: requestID(ctx), Code: code,
	}
	if found != nil {
		made.Errors = &found
	}
	return made
}

func reject(w http.ResponseWriter, r *http.Request, status int, code string, found []api.Fault) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(problem(r.Context(), status, code, found))
}

func refuseAs(status int, code string) func(http.ResponseWriter, *http.Request, error) {
	return func(w http.ResponseWriter, r *http.Request, err error) {
		reject(w, r, status, code, []api.Fault{{Detail: err.Error()}})
	}
}

func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimitBytes)
		next.ServeHTTP(w, r)
	})
}

// lengthWriter sends Content-Length. The strict server's handlers omit it, although they write the whole body at once.
type lengthWriter struct {
	http.ResponseWriter
	status int
}

func (w *lengthWriter) WriteHeader(status int) {
	if status == http.StatusNotModified {
		w.ResponseWriter.WriteHeader(status)
	} else {
		w.status = status
	}
}

func (w *lengthWriter) Write(body []byte) (int, error) {
	if w.status != 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.ResponseWriter.WriteHeader(w.status)
		w.status = 0
	}
	return w.ResponseWriter.Write(body)
}

func withLength(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&lengthWriter{ResponseWriter: w}, r)
	})
}

// knownQuery rejects parameters that the contract does not define, which the validator ignores.
func knownQuery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" {
			for name := range r.URL.Query() {
				switch name {
				case "from", "size", "to", "after", "organisation_id":
				default:
					reject(w, r, http.StatusBadRequest, "validation_failed",
						[]api.Fault{{Pointer: "/query/" + name, Detail: "is not known"}})
					return
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}
