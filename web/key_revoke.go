package web

import (
	"context"

	"countersign/models"
)

// revokeKey ends an API key for good, from the next request on.
func revokeKey(ctx context.Context, store accountStore, by *models.Person, personID, keyID string) error {
	if err := mayManage(by, personID); err != nil {
		return err
	}
	return store.RevokeAPIKey(ctx, personID, keyID, by.ID)
}
