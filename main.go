// Countersign takes orders, runs each through a durable workflow, stops where a person
// must countersign it, and shows everybody what happened.
//
// This file reads the command line and the environment, wires the rooms together and
// shuts them down in order. It decides nothing else.
package main

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/mail"
	"net/netip"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"countersign/models"
	"countersign/models/upkeep"
	"countersign/web"
	"countersign/web/paths"
	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/bench"
	"countersign/workflow/fulfilment"
	"countersign/workflow/fulfilment/load"
	"countersign/workflow/fulfilment/postman"
	"countersign/workflow/fulfilment/sandbox"
	"countersign/workflow/integrations"
	"countersign/workflow/objects"
)

// Exit codes.
const (
	exitFailure  = 1
	exitUsage    = 2
	exitDatabase = 3 // the database cannot be used
	exitAddress  = 4 // the address cannot be listened on
)

type commands struct {
	Serve   serve          `cmd:"" default:"withargs" help:"Serve the web app (the default)."`
	Bench   bench.Command  `cmd:"" help:"Measure this machine: orders and state transitions a second, durable, and latencies."`
	Audit   upkeep.Audit   `cmd:"" help:"Check the books and the histories of a database: of a file that no process uses, or in PostgreSQL; exit 1 if something is wrong."`
	Backup  upkeep.Backup  `cmd:"" help:"Copy a database, in use or not, to a new file, and verify the copy."`
	Compact upkeep.Compact `cmd:"" help:"Make the file of a database that no process uses as small as it can be."`
	Migrate upkeep.Migrate `cmd:"" help:"Move an installation from an SQLite file to an empty PostgreSQL database."`
	Restore upkeep.Restore `cmd:"" help:"Verify a backup and make a database of it."`

	Version kong.VersionFlag `help:"Print the version."`
}

func main() {
	var c commands
	parser := kong.Must(&c, kong.Name("countersign"), kong.UsageOnError(), kong.Vars{"version": version()},
		kong.Description("Orders, durable workflows, and people who countersign them."))
	parsed, err := parser.Parse(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "countersign: %v\nSee countersign %s--help.\n", err, commandOf(err))
		os.Exit(exitUsage)
	}
	collectLess()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	parsed.BindTo(ctx, (*context.Context)(nil))
	parsed.Bind(&bench.Program{Fresh: models.Fresh, Open: openBench})
	if err := parsed.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "countersign: %v\n", err)
		os.Exit(exitCode(err))
	}
}

// commandOf names the command that was called wrongly, if it is known.
func commandOf(err error) string {
	var wrong *kong.ParseError
	if !errors.As(err, &wrong) || wrong.Context.Selected() == nil {
		return ""
	}
	return wrong.Context.Selected().Name + " "
}

// collectLess trades a little memory for throughput: the heap is small, so it may grow
// further between collections. 400 gave orders more still, and one order on an idle machine
// less than it should have (countersign bench). GOGC and GOMEMLIMIT say otherwise.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(512 << 20) // near it, collect as often as ever
	}
}

func exitCode(err error) int {
	var database *models.OpenError
	var address *addressError
	var usage upkeep.UsageError
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &database):
		return exitDatabase
	case errors.As(err, &address):
		return exitAddress
	}
	return exitFailure
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "devel"
}

// serve is the web app.
type serve struct {
	Addr       string         `env:"ADDR" default:"127.0.0.1:8080" help:"Address to listen on; port 0 takes a free one and prints it."`
	Database   string         `env:"DATABASE_URL" default:"countersign.db" help:"SQLite file, made when absent, or postgres://USER:PASSWORD@HOST:PORT/DATABASE for any number of replicas."`
	NoDemo     bool           `env:"NO_DEMO" help:"No demo people and no demo key; the first start prints a link for the first administrator."`
	Workers    int            `env:"WORKERS" default:"256" help:"Function calls at the same time."`
	DataFolder string         `env:"DATA_FOLDER" placeholder:"FOLDER" help:"Folder whose folders are the buckets that Distributed Maps read items from and write results to."`
	Proxies    []netip.Prefix `name:"trusted-proxies" env:"TRUSTED_PROXIES" placeholder:"ADDRESS,…" help:"Addresses (192.0.2.0/24,…) of proxies that say in X-Forwarded-For where a request comes from."`
	Secure     bool           `env:"SECURE_COOKIES" help:"Browsers reach this server over HTTPS (through a proxy): secure cookies, HSTS."`

	ShutdownDelay time.Duration `env:"SHUTDOWN_DELAY" default:"0s" help:"After SIGTERM go on serving for so long (5s) while /readyz says no, so that a balancer sends requests elsewhere first."`

	KeepClosed float64 `env:"KEEP_CLOSED" placeholder:"DAYS" help:"Delete executions that have been closed for so many days; orders, payments, approvals and the audit trail stay. By default executions are kept for ever."`
	Archive    string  `env:"ARCHIVE" type:"existingdir" placeholder:"FOLDER" help:"With --keep-closed: write executions to this folder, which exists, before they are deleted."`

	AllowPrivateHTTP bool `name:"allow-private-http" env:"ALLOW_PRIVATE_HTTP" help:"Tasks may reach loopback and private addresses with http:invoke."`

	SMTPHost     string `name:"smtp-host" env:"SMTP_HOST" placeholder:"HOST" help:"Mail server; without one, mails stay in the outbox and are shown under /mail."`
	SMTPPort     int    `name:"smtp-port" env:"SMTP_PORT" default:"587" help:"Its port."`
	SMTPUser     string `name:"smtp-user" env:"SMTP_USER" placeholder:"NAME" help:"Who signs in there; without a name nobody does."`
	SMTPPassword string `name:"smtp-password" env:"SMTP_PASSWORD" placeholder:"…" help:"Better given in the environment: others on this machine can read command lines."`
	SMTPFrom     string `name:"smtp-from" env:"SMTP_FROM" default:"orders@localhost" help:"Whom mails come from."`
	SMTPTLS      bool   `name:"smtp-tls" env:"SMTP_TLS" help:"Refuse mail servers without STARTTLS."`
}

const (
	webPatience    = 5 * time.Second  // for requests under way at a shutdown
	chorePatience  = 3 * time.Second  // for a mail under way
	enginePatience = 10 * time.Second // for functions under way
)

// Validate refuses settings that mean nothing, before anything is opened.
func (c *serve) Validate() error {
	const mostWorkers, century = 10_000, 36_500
	_, port, err := net.SplitHostPort(c.Addr)
	_, noSender := mail.ParseAddress(c.SMTPFrom)
	switch {
	case err != nil || port == "":
		return fmt.Errorf("--addr %s is no HOST:PORT; write 127.0.0.1:8080, or :8080 for every address of this machine", c.Addr)
	case c.Database == "":
		return errors.New("--database is empty; give a file, or postgres://USER:PASSWORD@HOST:PORT/DATABASE")
	case c.Workers < 1 || c.Workers > mostWorkers:
		return fmt.Errorf("--workers is %d; give at least 1, and %d at most", c.Workers, mostWorkers)
	case !(c.KeepClosed >= 0 && c.KeepClosed <= century): // nor NaN
		return fmt.Errorf("--keep-closed is %v; give a number of days, or leave it out to keep executions for ever", c.KeepClosed)
	case c.Archive != "" && c.KeepClosed == 0:
		return errors.New("--archive keeps executions that are deleted, and none are; say with --keep-closed DAYS after how many days")
	case c.ShutdownDelay < 0:
		return fmt.Errorf("--shutdown-delay is %v; give a time such as 5s", c.ShutdownDelay)
	case c.SMTPPort < 1 || c.SMTPPort > 65535:
		return fmt.Errorf("--smtp-port is %d; give a number from 1 to 65535", c.SMTPPort)
	case c.SMTPHost != "" && noSender != nil:
		return fmt.Errorf("--smtp-from %s is no e-mail address", c.SMTPFrom)
	}
	return nil
}

// Run serves until ctx ends, and then shuts down in order: web, mail, engine, database.
func (c *serve) Run(ctx context.Context) (err error) {
	if !c.NoDemo && !loopback(c.Addr) {
		return fmt.Errorf("demo mode lets anybody in, so it answers this machine only, and %s is for others too: use --addr 127.0.0.1:8080, or --no-demo", c.Addr)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	listener, err := listen(c.Addr)
	if err != nil {
		return err
	}
	ended := func() {}
	defer func() { ended() }()
	defer listener.Close()
	folder, err := objects.Open(c.DataFolder)
	if err != nil {
		return err
	}
	defer folder.Close()
	in, err := open(ctx, c.Database, !c.NoDemo, c.AllowPrivateHTTP, log, func(o *engine.Options) { o.Workers, o.Objects = c.Workers, folder })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close(enginePatience)) }()
	setup, err := c.setupToken(ctx, in.store)
	if err != nil {
		return err
	}
	server, err := web.New(web.Options{
		Store: in.store, Sessions: in.store.Sessions(), Engine: in.engine, Orders: orderDesk(),
		Demo: !c.NoDemo, Secure: c.Secure, Proxies: c.Proxies, SetupToken: setup, Version: version(), MailServer: c.SMTPHost, KeepClosed: c.keepClosed(),
		CallFunction: in.outside.Functions.Call, PublishMessage: in.outside.Topics.Publish, BuiltIn: in.builtIn,
		Ready: in.store.Ready, Figures: web.EngineFigures(in.engine.Stats), Logger: log,
	})
	if err != nil {
		return err
	}
	if err := in.engine.Run(ctx); err != nil {
		return err
	}
	aside, stop := context.WithCancel(ctx)
	var chores sync.WaitGroup
	defer func() {
		stop()
		wait(&chores, chorePatience)
	}()
	chores.Go(func() { in.store.Sessions().Sweep(aside, time.Hour) })
	published, unsubscribe := in.store.Subscribe(models.TopicDeliveries)
	defer unsubscribe()
	chores.Go(func() { in.outside.Courier(published, log).Run(aside) })
	if c.KeepClosed > 0 {
		retention := upkeep.Retention{Store: in.store, Keep: c.keepClosed(), Archive: c.Archive, Logger: log}
		chores.Go(func() { retention.Run(aside) })
	}
	if c.SMTPHost != "" {
		chores.Go(func() { c.postman(in.store, log).Run(aside) })
	}
	c.welcome(listener.Addr(), setup)
	log.Info("started", "version", version(), "address", listener.Addr(), "database", models.Place(c.Database), "demo", !c.NoDemo)
	ended = func() { log.Info("stopped") }
	return c.serveUntil(ctx, server, listener, log)
}

func (c *serve) keepClosed() time.Duration {
	return time.Duration(c.KeepClosed * float64(24*time.Hour))
}

func (c *serve) serveUntil(ctx context.Context, server *web.Server, listener net.Listener, log *slog.Logger) error {
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping", "delay", c.ShutdownDelay)
	server.Leave()
	select {
	case err := <-ended:
		return err
	case <-time.After(c.ShutdownDelay):
	}
	patient, cancel := context.WithTimeout(context.Background(), webPatience)
	defer cancel()
	return server.Shutdown(patient)
}

// wait is for a mail server that answers; one that hangs must not keep the engine from draining.
func wait(chores *sync.WaitGroup, patience time.Duration) {
	done := make(chan struct{})
	go func() {
		chores.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(patience):
	}
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// setupToken is the secret of the one-time link while there is no administrator.
func (c *serve) setupToken(ctx context.Context, store *models.Store) (string, error) {
	if !c.NoDemo {
		return "", nil
	}
	has, err := store.HasAdministrator(ctx)
	if err != nil || has {
		return "", err
	}
	secret, err := store.Secret(ctx, "setup") // the same on every start and every replica
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret), err
}

func (c *serve) postman(store *models.Store, log *slog.Logger) *postman.Postman {
	return &postman.Postman{Outbox: outbox{store}, Now: time.Now, Logger: log, Server: postman.Server{
		Host: c.SMTPHost, Port: c.SMTPPort, Username: c.SMTPUser, Password: c.SMTPPassword, From: c.SMTPFrom, TLS: c.SMTPTLS}}
}

func (c *serve) welcome(addr net.Addr, setup string) {
	at := "http://" + reachable(addr)
	fmt.Printf("Countersign is at %s\n", at)
	if !c.NoDemo {
		fmt.Println("Demo: sign in with one click as a customer, an approver, an operator or an administrator.")
	}
	fmt.Printf("Data is kept in %s. Ctrl-C stops; the next start goes on from there.\n", models.Place(c.Database))
	if setup != "" {
		fmt.Printf("There is no administrator yet. Create the first one, once, at this address, or at the same path of the proxy in front:\n  %s%s\n", at, paths.Setup(setup))
	}
}

// reachable is an address that a browser finds: of every address of this machine, its name.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			return net.JoinHostPort(name, port)
		}
	}
	return addr.String()
}

// installation is everything between the web and the disk.
type installation struct {
	store   *models.Store
	engine  *engine.Engine
	outside *integrations.Integrations
	builtIn []string // names of the order workflow's functions
}

// open opens the database, brings catalogue and definitions up to date, and prepares
// an engine. change may alter the engine's options.
func open(ctx context.Context, database string, demo, privateHTTP bool, log *slog.Logger, change func(*engine.Options)) (*installation, error) {
	store, err := models.Open(ctx, models.Options{URL: database, Logger: log})
	if err != nil {
		return nil, err
	}
	card, err := sandbox.Tokenise(sandbox.TestCards()[0].Number)
	if err == nil {
		err = store.Seed(ctx, models.Sample{People: demo, Card: card})
	}
	if err == nil {
		err = web.RegisterBuiltIn(ctx, store, fulfilment.StateMachineName, fulfilment.Definition())
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	outside := integrations.New(integrations.Options{Books: store, AllowPrivate: privateHTTP})
	functions := fulfilment.New(fulfilment.Options{
		Books: store, Switches: store,
		Gateway: sandbox.NewGateway(store, store), Carrier: sandbox.NewCarrier(store, store),
	})
	builtIn := functions.Handlers()
	o := engine.Options{Store: store, MapRuns: store, Observe: functions.Observe, Exclusive: store.Exclusive(), Logger: log,
		Functions: outside.Before(builtIn), Fallback: outside.Functions.Call, Integrations: outside.Handlers()}
	change(&o)
	return &installation{store, engine.New(o), outside, slices.Collect(maps.Keys(builtIn))}, nil
}

// close drains the engine for at most patience and closes the database.
func (i *installation) close(patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return errors.Join(i.engine.Drain(ctx), i.store.Close())
}

// orderDesk tells the web what it must know of the order workflow.
func orderDesk() web.OrderDesk {
	return web.OrderDesk{
		StateMachine:  fulfilment.StateMachineName,
		ExecutionName: fulfilment.ExecutionName,
		Parse: func(document []byte) (web.OrderRequest, []web.FieldError) {
			request, problems := fulfilment.ParseOrder(document)
			return web.OrderRequest(request), fieldErrors(problems)
		},
		Check: func(r web.OrderRequest) []web.FieldError {
			return fieldErrors(fulfilment.OrderRequest(r).Problems())
		},
		Price: func(items map[string]workflow.Item, lines []workflow.Line) ([]workflow.Line, workflow.Money, []web.FieldError) {
			priced, total, problems := fulfilment.Price(items, lines)
			return priced, total, fieldErrors(problems)
		},
		Input:    fulfilment.Input,
		Tokenise: sandbox.Tokenise,
		Parcels:  fulfilment.Parcels,
		Cards:    testCards(),
		Approved: fulfilment.Approved,
		Rejected: fulfilment.ErrorOrderRejected, Cancelled: fulfilment.ErrorOrderCancelled,
	}
}

func testCards() []web.TestCard {
	var cards []web.TestCard
	for _, card := range sandbox.TestCards() {
		cards = append(cards, web.TestCard(card))
	}
	return cards
}

func fieldErrors(problems []fulfilment.FieldError) []web.FieldError {
	var fields []web.FieldError
	for _, p := range problems {
		fields = append(fields, web.FieldError(p))
	}
	return fields
}

// openBench opens a database to be measured.
func openBench(ctx context.Context, database string, change func(*engine.Options)) (*bench.Installation, error) {
	in, err := open(ctx, database, true, false, slog.New(slog.NewTextHandler(os.Stderr, nil)), change)
	if err != nil {
		return nil, err
	}
	stop := func() error { return in.close(enginePatience) }
	orders, err := benchOrders(ctx, in)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	return &bench.Installation{Engine: in.engine, Database: in.store, Orders: orders, Close: stop}, nil
}

// benchOrders are orders of the demo customer's.
func benchOrders(ctx context.Context, in *installation) (bench.Orders, error) {
	p, err := in.store.Person(ctx, models.DemoCustomer)
	if err != nil {
		return bench.Orders{}, err
	}
	return load.Orders(ctx, in.engine, benchBooks{in.store}, load.Buyer{CustomerID: p.CustomerID, Name: p.Name, Email: p.Email, Address: p.Address, Card: p.Card})
}

// benchBooks lets the demo approver grant approvals.
type benchBooks struct{ *models.Store }

func (b benchBooks) Asked(ctx context.Context, order workflow.OrderID) (workflow.TaskToken, func(time.Time) workflow.Effect, error) {
	approvals, err := b.ApprovalsOf(ctx, order)
	if err != nil || len(approvals) == 0 {
		return "", nil, err
	}
	a := approvals[0]
	return a.Token, func(at time.Time) workflow.Effect {
		return b.DecideApproval(models.Decision{ApprovalID: a.ID, OrderID: order, By: models.DemoApprover, Verdict: workflow.ApprovalApproved, At: at})
	}, nil
}

// addressError: the address cannot be listened on.
type addressError struct {
	addr string
	err  error
}

func (e *addressError) Error() string {
	if errors.Is(e.err, syscall.EADDRINUSE) {
		return fmt.Sprintf("%s is in use by another program. Stop that, or choose another address with --addr.", e.addr)
	}
	return fmt.Sprintf("cannot listen on %s: %v. Choose another address with --addr HOST:PORT.", e.addr, e.err)
}

func (e *addressError) Unwrap() error { return e.err }

func listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, &addressError{addr, err}
	}
	return l, nil
}

// outbox shows the store's outbox to the postman.
type outbox struct{ *models.Store }

func (o outbox) Claim(ctx context.Context, until time.Time, limit int) ([]postman.Letter, error) {
	mails, err := o.ClaimMails(ctx, until, limit)
	var letters []postman.Letter
	for _, m := range mails {
		letters = append(letters, postman.Letter{Mail: m.Mail, ID: m.ID, Attempts: m.Attempts})
	}
	return letters, err
}

func (o outbox) Sent(ctx context.Context, id int64) error { return o.MarkMailSent(ctx, id) }

func (o outbox) Failed(ctx context.Context, id int64, reason string, again time.Time) error {
	return o.MarkMailFailed(ctx, id, reason, again)
}
