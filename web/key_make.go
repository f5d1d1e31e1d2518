package web

import (
	"context"
	"strings"
	"unicode/utf8"

	"countersign/models"
)

// maxKeyName is how many characters the name of an API key may have.
const maxKeyName = 60

// makeKey makes an API key for a person. The secret is shown on the page that answers, and
// nobody can read it again.
func makeKey(ctx context.Context, store accountStore, by *models.Person, personID, name string) (key models.APIKey, secret string, err error) {
	if err := mayManage(by, personID); err != nil {
		return key, "", err
	}
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > maxKeyName || strings.ContainsFunc(name, unprintable) {
		return key, "", invalid(FieldError{"name", "Name the key after what will use it, in at most 60 characters."})
	}
	return store.MakeAPIKey(ctx, personID, name, by.ID)
}
