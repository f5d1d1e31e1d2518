package web

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"countersign/models"
	"countersign/web/cloudwatch"
	"countersign/web/sfn"
	"countersign/workflow"
	"countersign/workflow/outage"
)

// Store is everything that the handlers read and change; each handler declares its own part
// beside itself. *models.Store is one.
type Store interface {
	peopleStore
	subscriber
	attemptStore
	signInStore
	setupStore
	placingStore
	orderAPIStore
	approvalAPIStore
	shopStore
	itemStore
	orderPageStore
	cancelStore
	inboxStore
	approvalPageStore
	executionStore
	controlStore
	executionListStore
	mapRunStore
	dashboardStore
	stateMachineStore
	startStore
	inventoryStore
	mailStore
	personStore
	settingsStore
	booksStore
	auditStore
	functionStore
	topicStore
	connectionStore
	signedStore
	drawingStore
	sfn.Store
	cloudwatch.Store
}

// Engine is what the handlers ask of the engine. *engine.Engine is one.
type Engine interface {
	starter
	decider
	controller
	sfn.Engine
}

// Options are what a server works with. Store, Sessions, Engine and Orders are required.
type Options struct {
	Store    Store
	Sessions SessionStore
	Engine   Engine
	Orders   OrderDesk

	Demo       bool           // one click per demo person, the demo key, and only this machine's names
	Secure     bool           // the browser reaches us over HTTPS: secure cookies, HSTS
	Proxies    []netip.Prefix // that are trusted to say in X-Forwarded-For where a request comes from
	SetupToken string         // of the one-time link for the first administrator; empty: there is no link
	Version    string
	MailServer string // that mails are sent by; empty: they stay in the outbox

	KeepClosed time.Duration // that an execution is kept for after it has closed; 0: for ever

	CallFunction   workflow.Handler // tries a registered function; nil: it cannot be tried
	PublishMessage workflow.Handler // publishes to a topic; nil: tasks alone do
	BuiltIn        []string         // names of functions that the order workflow has itself

	Ready   func(context.Context) error // nil: as soon as it answers at all
	Figures []prometheus.Collector      // shown at /metrics beside the server's own
	Now     func() time.Time            // nil: the clock
	Logger  *slog.Logger                // nil: none
}

// Server answers HTTP. Use New, then Serve, then Shutdown.
type Server struct {
	store      Store
	engine     Engine
	orders     OrderDesk
	sessions   *scs.SessionManager
	log        *slog.Logger
	refused    outage.Log // requests that the database, or its absence, keeps from being served
	now        func() time.Time
	demo       bool
	secure     bool
	proxies    []netip.Prefix
	setup      string
	mailServer string
	keepClosed time.Duration
	metrics    *metrics
	listeners  listeners
	drawings   drawings
	histories  histories
	drawer     *drawer
	sfn        *sfn.Service
	metricsAPI *cloudwatch.Service

	callFunction, publishMessage workflow.Handler
	builtIn                      map[string]bool

	keyAttempts, addressAttempts, emailAttempts models.Attempts

	echo   *echo.Echo
	routes map[string]route // by method and pattern
	http   *http.Server

	leaving chan struct{} // closed when it is about to end: balancers send new requests elsewhere
	closing chan struct{} // closed when shutdown begins: streams end
	leave   func()
	once    sync.Once
}

// New builds the server with all its routes.
func New(o Options) (*Server, error) {
	if o.Store == nil || o.Sessions == nil || o.Engine == nil {
		return nil, errors.New("web: Store, Sessions and Engine are required")
	}
	if err := o.Orders.complete(); err != nil {
		return nil, err
	}
	figures, err := newMetrics(o.Version, append([]prometheus.Collector{orderFigures{o.Store.CountOrders}}, o.Figures...))
	if err != nil {
		return nil, fmt.Errorf("web: register figures: %w", err)
	}
	s := &Server{
		store: o.Store, engine: o.Engine, orders: o.Orders, sessions: newSessions(o.Sessions, o.Secure),
		log: o.Logger, now: o.Now, demo: o.Demo, secure: o.Secure, proxies: o.Proxies, setup: o.SetupToken, mailServer: o.MailServer, keepClosed: o.KeepClosed, metrics: figures,
		keyAttempts:     o.Store.Attempts("key", 20, 3*time.Second),
		addressAttempts: o.Store.Attempts("address", 20, 3*time.Second),
		emailAttempts:   o.Store.Attempts("email", 5, 30*time.Second),
		leaving:         make(chan struct{}),
		closing:         make(chan struct{}),
	}
	s.leave = sync.OnceFunc(func() { close(s.leaving) })
	s.callFunction, s.publishMessage, s.builtIn = o.CallFunction, o.PublishMessage, map[string]bool{}
	for _, name := range o.BuiltIn {
		s.builtIn[name] = true
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.drawer = newDrawer(s.store, func(machine string, err error) {
		s.log.Warn("state machine not drawn", "machine", machine, "error", err)
	})
	s.sfn = sfn.New(sfn.Options{
		Store: s.store, Engine: s.engine, Authenticate: s.signer, Place: s.placeWithExecution, Drawn: s.drawer.ask,
		Closing: s.closing, Now: s.now, Logger: s.log,
	})
	s.metricsAPI = cloudwatch.New(cloudwatch.Options{Store: s.store, Authenticate: s.metricsReader, Now: s.now, Logger: s.log})
	s.refused = outage.Log{Logger: s.log, Now: s.now, Over: "requests are served again"}
	s.echo = s.router()
	if err := s.register(s.table(o)); err != nil {
		return nil, err
	}
	s.http = s.httpServer()
	return s, nil
}

// router is Echo with what every request goes through, the outermost first.
func (s *Server) router() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = addresses(s.proxies)
	e.HTTPErrorHandler = s.answerError
	e.Use(withRequestID, s.withHeaders, s.logged, compressed(), s.answered, s.recovered)
	if s.demo {
		e.Use(withOwnHost)
	}
	e.Use(withLimit)
	return e
}

// answered turns an error into its answer inside the compression.
func (s *Server) answered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		if err != nil {
			c.Set(errorKey, err) // for the log
			c.Error(err)
		}
		return nil
	}
}

const errorKey = "error"

func (s *Server) httpServer() *http.Server {
	return &http.Server{
		Handler:           s.echo,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second, // streams move theirs on with every message
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
}

// ServeHTTP answers one request, for tests and for embedding.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Serve answers requests until Shutdown, and then returns nil. Beside that it sees to what the
// Step Functions API has left to be done later.
func (s *Server) Serve(l net.Listener) error {
	ctx, cancel := context.WithCancel(context.Background())
	var behind sync.WaitGroup
	behind.Go(func() { s.sfn.Run(ctx) })
	behind.Go(func() { s.drawer.run(ctx) })
	defer behind.Wait()
	defer cancel()
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	return nil
}

// Leave has /readyz say no, while everything else is answered as before: whoever shares out
// requests among replicas notices before this one takes none any more.
func (s *Server) Leave() { s.leave() }

// Shutdown ends the streams, takes no new connections and waits for requests under way
// until ctx ends; then it cuts them off and says so.
func (s *Server) Shutdown(ctx context.Context) error {
	s.leave()
	s.once.Do(func() { close(s.closing) })
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("HTTP requests were cut off: %w", err), s.http.Close())
	}
	return nil
}

func sameSecret(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
