package models

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

func TestReadersAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var asked [][]int
		release := make(chan struct{})
		g := &gatherer[int, int]{read: func(_ context.Context, keys []int) (map[int]int, error) {
			mu.Lock()
			asked = append(asked, slices.Sorted(slices.Values(keys)))
			first := len(asked) <= gatherQueries
			mu.Unlock()
			if first {
				<-release
			}
			found := make(map[int]int)
			for _, k := range keys {
				if k == 13 {
					return nil, errors.New("thirteen")
				}
				if k%2 == 0 {
					found[k] = 10 * k
				}
			}
			return found, nil
		}}
		ask := func(key int) {
			value, found, err := g.get(t.Context(), key)
			if found != (key%2 == 0) || found && value != 10*key || err != nil {
				t.Errorf("%d: %d, %v, %v", key, value, found, err)
			}
		}
		for _, key := range []int{1, 2} { // each finds a query free
			go ask(key)
			synctest.Wait()
		}
		for _, key := range []int{3, 4, 4, 5} { // these wait
			go ask(key)
		}
		ended, end := context.WithCancel(t.Context())
		gaveUp := make(chan error)
		go func() {
			_, _, err := g.get(ended, 6)
			gaveUp <- err
		}()
		synctest.Wait()
		end()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		close(release)
		synctest.Wait()
		if len(asked) != 3 || !slices.Equal(asked[2], []int{3, 4, 5, 6}) {
			t.Error(asked)
		}
		if _, _, err := g.get(t.Context(), 13); err == nil {
			t.Error("an error was kept back")
		}
		synctest.Wait() // who asked for the others ends after they have heard
		if g.queries != 0 || len(g.waiting) != 0 {
			t.Error(g.queries, g.waiting)
		}
	})
}
