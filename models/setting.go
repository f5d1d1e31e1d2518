package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

type settingRecord struct {
	Key       string `gorm:"primaryKey"`
	Value     string // JSON
	UpdatedAt stamp  `gorm:"autoUpdateTime:false"`
	UpdatedBy string
}

func (settingRecord) TableName() string { return "settings" }

const (
	settingsKey = "settings"
	switchesKey = "switches"
)

// DefaultSettings hold until an operator changes them.
var DefaultSettings = workflow.Settings{
	ApprovalLimit:    workflow.Money{Amount: 500_00, Currency: "EUR"},
	ApprovalDeadline: 24 * time.Hour,
}

// Settings are the ones in force.
func (s *Store) Settings(ctx context.Context) (workflow.Settings, error) {
	return setting(ctx, s, settingsKey, DefaultSettings)
}

// Switches are the failures that are turned on in the sandbox parties.
func (s *Store) Switches(ctx context.Context) (workflow.Switches, error) {
	return setting(ctx, s, switchesKey, workflow.Switches{})
}

// SaveSettings puts settings in force for every task that begins from now on.
func (s *Store) SaveSettings(ctx context.Context, settings workflow.Settings, by string) error {
	return s.saveSetting(ctx, settingsKey, settings, by)
}

// SaveSwitches turns the named failures on and off.
func (s *Store) SaveSwitches(ctx context.Context, switches workflow.Switches, by string) error {
	return s.saveSetting(ctx, switchesKey, switches, by)
}

// SettingChange is who changed settings or switches last; zero when nobody has.
type SettingChange struct {
	By string // person
	At time.Time
}

// LastSettingChange is the latest change of settings or switches.
func (s *Store) LastSettingChange(ctx context.Context) (SettingChange, error) {
	var rows []settingRecord
	if err := s.read(ctx).Order("updated_at DESC").Limit(1).Find(&rows).Error; err != nil {
		return SettingChange{}, fmt.Errorf("read settings: %w", err)
	}
	if len(rows) == 0 {
		return SettingChange{}, nil
	}
	return SettingChange{By: rows[0].UpdatedBy, At: rows[0].UpdatedAt.Time()}, nil
}

func setting[T any](ctx context.Context, s *Store, key string, absent T) (T, error) {
	cached, ok, emptied := s.settings.get(key)
	if ok {
		return cached.(T), nil
	}
	value := absent
	var r settingRecord
	err := s.read(ctx).Where("key = ?", key).Take(&r).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
	case err != nil:
		return value, fmt.Errorf("read %s: %w", key, err)
	default:
		if err := json.Unmarshal([]byte(r.Value), &value); err != nil {
			return value, fmt.Errorf("read %s: %w", key, err)
		}
	}
	s.settings.put(key, value, emptied)
	return value, nil
}

func (s *Store) saveSetting(ctx context.Context, key string, value any, by string) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("save %s: %w", key, err)
	}
	defer s.settings.empty() // also after an error: a commit may have failed on its way back
	return s.write(ctx, []string{TopicSettings}, func(tx *gorm.DB) error {
		err := tx.Exec(`INSERT INTO settings (key, value, updated_at, updated_by) VALUES (?, ?, ?, ?) ON CONFLICT (key)
			DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
			key, string(text), stampOf(s.now()), by).Error
		if err != nil {
			return fmt.Errorf("save %s: %w", key, err)
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditSettingsChanged, Subject: key, Detail: string(text)})
	})
}
