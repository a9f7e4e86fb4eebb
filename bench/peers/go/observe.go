package main

import (
	"bufio"
	"context"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

type requestIDKey struct{}

var saneRequestID = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~:/=@-]{1,128}$")

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// observer writes the access log and the metrics.
type observer struct {
	registry *prometheus.Registry
	duration *prometheus.HistogramVec
	log      *slog.Logger
}

func newObserver() *observer {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_request_duration_seconds",
		Help: "Duration of HTTP requests in seconds.",
	}, []string{"method", "route", "status"})
	registry.MustRegister(duration)
	return &observer{registry, duration, slog.New(slog.NewJSONHandler(newSink(), nil))}
}

func (o *observer) middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		id := r.Header.Get("X-Request-Id")
		if !saneRequestID.MatchString(id) {
			id = uuid.NewString()
			// The contract's validator checks it too.
			r.Header.Del("X-Request-Id")
		}
		w.Header().Set("X-Request-Id", id)
		wrapped := chimiddleware.NewWrapResponseWriter(w, r.ProtoMajor)
		r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
		next.ServeHTTP(wrapped, r)
		took := time.Since(started)
		route := chi.RouteContext(r.Context()).RoutePattern()
		o.duration.WithLabelValues(r.Method, route, strconv.Itoa(wrapped.Status())).Observe(took.Seconds())
		o.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("request_id", id), slog.String("method", r.Method), slog.String("route", route),
			slog.Int("status", wrapped.Status()), slog.Float64("duration_ms", float64(took.Microseconds())/1000))
	})
}

// sink buffers the log, as the other peers do.
type sink struct {
	mutex  sync.Mutex
	writer *bufio.Writer
}

func newSink() *sink {
	s := &sink{writer: bufio.NewWriterSize(os.Stdout, 4096)}
	go func() {
		for range time.Tick(50 * time.Millisecond) {
			s.mutex.Lock()
			_ = s.writer.Flush()
			s.mutex.Unlock()
		}
	}()
	return s
}

func (s *sink) Write(line []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.writer.Write(line)
}
