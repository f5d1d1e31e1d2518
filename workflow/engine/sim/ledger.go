package sim

import (
	"fmt"
	"slices"
	"sync"

	"countersign/workflow"
)

// Move is a local effect: it moves an amount from one account to another, once under its
// key, and is refused when there is too little.
type Move struct {
	Key, From, To string
	Amount        int
}

// EffectName implements workflow.Effect.
func (m Move) EffectName() string {
	return fmt.Sprintf("move %d from %s to %s", m.Amount, m.From, m.To)
}

// Accounts of goods and money are what Moves change.
type Accounts interface {
	// Open gives an account its first balance; others have none.
	Open(account string, amount int)
	Balance(account string) int
	// Twice are the keys of Moves that were to be made a second time.
	Twice() []string
}

// ledger keeps accounts in memory.
type ledger struct {
	mu       sync.Mutex
	accounts map[string]int
	moved    map[string]bool
	twice    []string // keys that came a second time
}

func newLedger() *ledger { return &ledger{accounts: map[string]int{}, moved: map[string]bool{}} }

// apply makes all moves or none.
func (l *ledger) apply(effects []workflow.Effect) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := map[string]int{}
	for _, effect := range effects {
		m := effect.(Move)
		if l.moved[m.Key] {
			l.twice = append(l.twice, m.Key)
			return workflow.ErrEffectRefused
		}
		if taken[m.From] += m.Amount; l.accounts[m.From] < taken[m.From] {
			return workflow.ErrEffectRefused
		}
	}
	for _, effect := range effects {
		m := effect.(Move)
		l.moved[m.Key] = true
		l.accounts[m.From] -= m.Amount
		l.accounts[m.To] += m.Amount
	}
	return nil
}

// Open implements Accounts.
func (l *ledger) Open(account string, amount int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accounts[account] = amount
}

// Twice implements Accounts.
func (l *ledger) Twice() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.twice)
}

// Balance implements Accounts.
func (l *ledger) Balance(account string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.accounts[account]
}
