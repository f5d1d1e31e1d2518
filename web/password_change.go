package web

import (
	"context"
	"strings"

	"countersign/models"
)

// passwordChange is a wish for a new password.
type passwordChange struct {
	Person                  string // whose
	Current                 string // the asker's own password, when it is their own account
	Password, PasswordAgain string
}

// changePassword sets a new password and ends every session of that person; after changing
// their own, the handler signs the asker in again (activePerson, signIn). Who holds a stolen session does not know
// the current password, which is why one's own must be typed once more.
func (s *Server) changePassword(ctx context.Context, store accountStore, by *models.Person, w passwordChange) error {
	if err := mayManage(by, w.Person); err != nil {
		return err
	}
	p, err := store.Person(ctx, w.Person)
	if err != nil {
		return err
	}
	if problems := checkNewPassword(w.Password, w.PasswordAgain); len(problems) > 0 {
		return invalid(problems...)
	}
	if p.ID == by.ID && p.PasswordHash != "" {
		if err := s.checkCurrent(ctx, &p, w.Current); err != nil {
			return err
		}
	}
	hash, err := hashPassword(ctx, w.Password)
	if err != nil {
		return err
	}
	return store.SetPassword(ctx, p.ID, hash, by.ID)
}

// checkCurrent spends an attempt of the account's, like the sign-in.
func (s *Server) checkCurrent(ctx context.Context, p *models.Person, current string) error {
	account := strings.ToLower(p.Email)
	wait, err := s.emailAttempts.Take(ctx, account)
	if err != nil {
		return err
	}
	if wait > 0 {
		return tooMany(wait)
	}
	right, err := verifyPassword(ctx, current, p.PasswordHash)
	if err != nil {
		return err
	}
	if !right {
		return invalid(FieldError{"current", "This is not your present password. Type it once more."})
	}
	s.giveBack(ctx, s.emailAttempts, account)
	return nil
}
