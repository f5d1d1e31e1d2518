package sfn

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"sync"
	"time"
)

// secretStore gives the key that pagination tokens are sealed with.
type secretStore interface {
	Secret(ctx context.Context, name string) ([]byte, error)
}

const (
	tokenLife    = 24 * time.Hour
	defaultLimit = 100
	maxLimit     = 1000
)

func invalidToken() *Error { return Refuse("InvalidToken", "Invalid Token: 'Invalid token'") }

// limitOf is how many results a page has; 0 asks for the default.
func limitOf(maxResults int) int {
	if maxResults <= 0 {
		return defaultLimit
	}
	return min(maxResults, maxLimit)
}

// pager seals what a list goes on after into a token that says nothing to its bearer, cannot be
// changed, and is good for a day and for the same question only. The zero pager is not ready.
type pager struct {
	once sync.Mutex // held while the key is fetched
	seal cipher.AEAD
}

func (s *Service) sealer(ctx context.Context) (cipher.AEAD, error) {
	s.pager.once.Lock()
	defer s.pager.once.Unlock()
	if s.pager.seal != nil {
		return s.pager.seal, nil
	}
	key, err := s.Store.Secret(ctx, "pagination")
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	s.pager.seal, err = cipher.NewGCM(block)
	return s.pager.seal, err
}

// question is what a token must be used with again: the operation and its other arguments.
func (c *Call) question(arguments []string) []byte {
	return []byte(c.Operation + "\x00" + strings.Join(arguments, "\x00"))
}

// nextToken makes the token for what comes after a cursor; arguments are all members of the
// input that choose what is listed.
func (s *Service) nextToken(c *Call, cursor string, arguments ...string) (string, error) {
	seal, err := s.sealer(c)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, seal.NonceSize())
	rand.Read(nonce) // never fails (crypto/rand)
	plain := binary.BigEndian.AppendUint64(nil, uint64(s.Now().Add(tokenLife).Unix()))
	return base64.RawURLEncoding.EncodeToString(seal.Seal(nonce, nonce, append(plain, cursor...), c.question(arguments))), nil
}

// after reads a token of nextToken's. An empty token is the beginning: an empty cursor.
func (s *Service) after(c *Call, token string, arguments ...string) (cursor string, err error) {
	if token == "" {
		return "", nil
	}
	seal, err := s.sealer(c)
	if err != nil {
		return "", err
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(sealed) < seal.NonceSize() {
		return "", invalidToken()
	}
	plain, err := seal.Open(nil, sealed[:seal.NonceSize()], sealed[seal.NonceSize():], c.question(arguments))
	if err != nil || len(plain) < 8 || s.Now().Unix() > int64(binary.BigEndian.Uint64(plain)) {
		return "", invalidToken()
	}
	return string(plain[8:]), nil
}

// cut takes the row more than a page holds, if there is one, and makes the token for the rest.
// Lists ask their store for limit+1 rows.
func cut[T any](s *Service, c *Call, rows []T, limit int, cursor func(T) string, arguments ...string) ([]T, string, error) {
	if len(rows) <= limit {
		return rows, "", nil
	}
	token, err := s.nextToken(c, cursor(rows[limit-1]), arguments...)
	return rows[:limit], token, err
}

// pageInput is what every list takes.
type pageInput struct {
	MaxResults int    `json:"maxResults"`
	NextToken  string `json:"nextToken"`
}
