package web

import (
	"context"
	"strings"
	"unicode/utf8"

	"countersign/models"
)

// maxKeyName is how many characters the name of a key may have.
const maxKeyName = 60

// makeKey makes an API key for a person. The secret is shown on the page that answers, and
// nobody can read it again.
func makeKey(ctx context.Context, store accountStore, by *models.Person, personID, name string) (key models.APIKey, secret string, err error) {
	if err := mayManage(by, personID); err != nil {
		return key, "", err
	}
	if name, err = keyName(name); err != nil {
		return key, "", err
	}
	return store.MakeAPIKey(ctx, personID, name, by.ID)
}

// keyName is a name as it is kept.
func keyName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > maxKeyName || strings.ContainsFunc(name, unprintable) {
		return "", invalid(FieldError{"name", "Name the key after what will use it, in at most 60 characters."})
	}
	return name, nil
}
