package models

import (
	"context"
	"crypto/rand"
	"fmt"

	"gorm.io/gorm"
)

// secretSize is enough for any key that is derived from a secret.
const secretSize = 32

// Secret is random bytes that belong to this database under a name: made when they are first
// asked for, the same ever after.
func (s *Store) Secret(ctx context.Context, name string) (value []byte, err error) {
	err = s.write(ctx, nil, func(tx *gorm.DB) error {
		fresh := make([]byte, secretSize)
		rand.Read(fresh) // never fails (crypto/rand)
		if err := tx.Exec(`INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`, name, fresh).Error; err != nil {
			return fmt.Errorf("make secret %s: %w", name, err)
		}
		return tx.Raw(`SELECT value FROM secrets WHERE name = ?`, name).Row().Scan(&value)
	})
	return value, err
}
