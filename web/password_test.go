package web

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestPasswordVerification(t *testing.T) {
	ctx := t.Context()
	hash, err := hashPassword(ctx, rightPassword)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := hashPassword(ctx, rightPassword)
	if hash == again || strings.Contains(hash, rightPassword) || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("%s\n%s", hash, again)
	}
	for _, tc := range []struct {
		password, stored string
		right            bool
	}{
		{rightPassword, hash, true},
		{rightPassword + " ", hash, false},
		{"", hash, false},
		{"", "", false},
		{rightPassword, "", false},
		{strings.Repeat("x", maxPassword+1), hash, false},
		{rightPassword, nobodysHash, false},
		// RFC 9106's parameters may change; what is stored with others still verifies.
		{"password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", true},
	} {
		if right, err := verifyPassword(ctx, tc.password, tc.stored); right != tc.right || err != nil {
			t.Errorf("%.20q against %q: %v %v", tc.password, tc.stored, right, err)
		}
	}
}

func TestStoredTextThatIsNoHashIsAnError(t *testing.T) {
	for _, stored := range []string{
		"plain", "$argon2i$v=19$m=1,t=1,p=1$AAAA$AAAA", "$argon2id$v=18$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=19456,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$", "$argon2id$v=19$m=19456,t=2,p=1$!$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	} {
		if right, err := verifyPassword(t.Context(), "x", stored); right || err == nil {
			t.Errorf("%s: %v %v", stored, right, err)
		}
	}
}

func TestHashingGivesUpWithItsRequest(t *testing.T) {
	for range cap(hashing) {
		hashing <- struct{}{}
	}
	defer func() {
		for range cap(hashing) {
			<-hashing
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := hashPassword(ctx, "x"); err == nil {
		t.Error("hashed beyond the bound")
	}
}
