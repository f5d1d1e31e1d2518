package web

import (
	"context"

	"countersign/models"
	"countersign/workflow"
)

// accountStore keeps passwords and keys.
type accountStore interface {
	Person(ctx context.Context, id string) (models.Person, error)
	SetPassword(ctx context.Context, id, hash, by string) error
	MakeAPIKey(ctx context.Context, personID, name, by string) (key models.APIKey, secret string, err error)
	RevokeAPIKey(ctx context.Context, personID, keyID, by string) error
	MakeAccessKey(ctx context.Context, personID, name, by string) (key models.AccessKey, secret string, err error)
	RevokeAccessKey(ctx context.Context, personID, keyID, by string) error
}

// mayManage: everybody their own account, administrators every account. To others there is none.
func mayManage(by *models.Person, personID string) error {
	if by.ID == personID || by.Has(workflow.RoleAdministrator) {
		return nil
	}
	return workflow.ErrNotFound
}
