package integrations

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"time"
)

// connectPatience is how long a connection and its TLS handshake may take.
const connectPatience = 10 * time.Second

// newClient follows no redirect: a signature or a credential is for one receiver. control
// may refuse an address after its name was resolved; it then reaches no proxy either,
// because a proxy would resolve the name itself.
func newClient(control func(network, address string, c syscall.RawConn) error) *http.Client {
	dialer := &net.Dialer{Timeout: connectPatience, KeepAlive: 30 * time.Second, Control: control}
	transport := &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: connectPatience, ForceAttemptHTTP2: true,
		MaxIdleConns: 512, MaxIdleConnsPerHost: 128, IdleConnTimeout: 90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10, ExpectContinueTimeout: time.Second,
	}
	if control == nil {
		transport.Proxy = http.ProxyFromEnvironment
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// reply is an answer with as much of its body as was asked for.
type reply struct {
	status int
	header http.Header
	body   []byte
	longer bool // than what body holds
}

func (r reply) success() bool { return r.status/100 == 2 }

// exchange sends a request and reads the answer up to limit bytes, so that the connection
// can be used again.
func exchange(client *http.Client, r *http.Request, limit int) (reply, error) {
	res, err := client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, int64(limit)+1))
	if err != nil {
		return reply{}, err
	}
	a := reply{status: res.StatusCode, header: res.Header, body: body}
	if len(body) > limit {
		a.body, a.longer = body[:limit], true
	}
	return a, nil
}

// reason is what went wrong, without the URL and the name server's address: they may be
// nobody's to read.
func reason(err error) string {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	var name *net.DNSError
	if errors.As(err, &name) {
		return name.Err + ": " + name.Name
	}
	return err.Error()
}

// tookTooLong says whether a request ended by its own time limit or the network's.
func tookTooLong(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
