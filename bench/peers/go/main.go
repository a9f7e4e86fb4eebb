// The same API in Go, with the usual packages: net/http with chi, oapi-codegen's strict server and its validator,
// database/sql on SQLite (mattn) and Postgres (pgx), log/slog, Prometheus' client, httprate.
//
//go:generate go tool oapi-codegen -config oapi-codegen.yml ../../../api/openapi.yml
package main

import (
	"flag"
	"log"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/httprate"
	middleware "github.com/oapi-codegen/nethttp-middleware"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"payments-api/bench/peers/go/api"
)

const (
	bodyLimitBytes = 1 << 20
	maxResults     = 20
	// Counted for each client address, and never reached: only the cost of counting is measured.
	limitPerSecond = 1_000_000_000
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "host:port")
	repo := flag.String("repo", "sqlite3", "sqlite3 or postgres")
	repoURI := flag.String("repo-uri", ":memory:", "a file, or a connection string")
	flag.Parse()

	store, err := openStore(*repo, *repoURI)
	if err != nil {
		log.Fatal(err)
	}
	spec, err := contract()
	if err != nil {
		log.Fatal(err)
	}

	observed := newObserver()
	handlers := api.NewStrictHandlerWithOptions(&server{store: store, url: "http://" + *listen}, nil, api.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  refuseAs(http.StatusBadRequest, "malformed_json"),
		ResponseErrorHandlerFunc: refuseAs(http.StatusInternalServerError, "internal_error"),
	})
	router := chi.NewRouter()
	router.Use(observed.middleware)
	router.Handle("/metrics", promhttp.HandlerFor(observed.registry, promhttp.HandlerOpts{}))
	router.Group(func(payments chi.Router) {
		payments.Use(httprate.LimitByIP(limitPerSecond, time.Second), withLength, limitBody, knownQuery)
		payments.Use(middleware.OapiRequestValidatorWithOptions(spec, validation))
		api.HandlerWithOptions(handlers, api.ChiServerOptions{
			BaseRouter:       payments,
			ErrorHandlerFunc: refuseAs(http.StatusBadRequest, "validation_failed"),
		})
	})
	log.Fatal(http.ListenAndServe(*listen, router))
}
