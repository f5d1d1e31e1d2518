package models

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	channel = "countersign"
	// maxPayload is how long a notification may be: PostgreSQL takes 7999 bytes.
	maxPayload = 7900

	listenPings = 10 * time.Second // between two looks whether a silent server is still there
	listenPause = time.Second      // before another attempt to connect
)

// notifications are what other processes are told about the topics of a group. Each begins
// with who tells it.
func notifications(origin string, group []*write) (payloads []string) {
	topics := make(map[string]bool)
	for _, op := range group {
		for _, topic := range op.topics {
			if op.err == nil {
				topics[topic] = true
			}
		}
	}
	payload := origin
	flush := func() {
		if payload != origin {
			payloads = append(payloads, storable(payload))
		}
		payload = origin
	}
	for _, topic := range slices.Sorted(maps.Keys(topics)) {
		if len(topic) > maxPayload/2 {
			continue // nobody can subscribe to it by an address that long
		}
		if len(payload)+len(topic)+1 > maxPayload {
			flush()
		}
		payload += "\n" + topic
	}
	flush()
	return payloads
}

// literal is a text as a literal of SQL.
func literal(text string) string {
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// openListener begins to hear what other processes commit.
func (s *Store) openListener(ctx context.Context, config *pgx.ConnConfig) error {
	config = tuned(config, nil)
	conn, err := listenOn(ctx, config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		s.listen(ctx, config, conn)
	}()
	s.onClose(func() error {
		cancel()
		<-stopped
		return nil
	})
	return nil
}

func listenOn(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectPatience)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err == nil {
		_, err = conn.Exec(ctx, "LISTEN "+channel)
	}
	return conn, err
}

// listen hears until ctx ends. While there is no connection nothing is cached, and when
// there is one again everybody looks whether something has changed meanwhile.
func (s *Store) listen(ctx context.Context, config *pgx.ConnConfig, conn *pgx.Conn) {
	for {
		err := s.hearFrom(ctx, conn)
		s.cache(false)
		closeListener(conn)
		if ctx.Err() != nil {
			return
		}
		s.log.Warn("changes by other processes are not heard; connecting again", "error", err)
		if conn = listenAgain(ctx, config); conn == nil {
			return
		}
		s.cache(true)
		s.hub.publishAll()
		s.hearers.tell(nil)
		s.log.Info("changes by other processes are heard again")
	}
}

func listenAgain(ctx context.Context, config *pgx.ConnConfig) *pgx.Conn {
	for pause := listenPause / 10; ; pause = min(2*pause, listenPause) {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
		conn, err := listenOn(ctx, config)
		if err == nil {
			return conn
		}
		closeListener(conn)
	}
}

func closeListener(conn *pgx.Conn) {
	if conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// hearFrom passes on what is heard until the connection is lost.
func (s *Store) hearFrom(ctx context.Context, conn *pgx.Conn) error {
	for {
		wait, cancel := context.WithTimeout(ctx, listenPings)
		heard, err := conn.WaitForNotification(wait)
		cancel()
		switch {
		case err == nil:
			if heard := strings.Split(heard.Payload, "\n"); heard[0] != s.origin { // its own it has published itself
				s.hear(heard[1:])
			}
		case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) || conn.IsClosed():
			return err
		default:
			wait, cancel := context.WithTimeout(ctx, connectPatience)
			err := conn.Ping(wait)
			cancel()
			if err != nil {
				return fmt.Errorf("the server is silent: %w", err)
			}
		}
	}
}

// hear passes on that something has changed elsewhere.
func (s *Store) hear(topics []string) {
	for _, topic := range topics {
		switch topic {
		case TopicSettings:
			s.settings.empty()
		case TopicStateMachines:
			s.started.empty()
		}
	}
	s.tellHolders(topics)
	s.hub.publish(topics)
}

// cache says whether what was read may be kept until something is heard.
func (s *Store) cache(on bool) {
	s.settings.use(on)
	s.started.use(on)
}
