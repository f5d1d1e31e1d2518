package jsonata

import "time"

var began = time.Now()

// spent is the time since the start: close to what a process spends that has a machine for itself.
func spent() time.Duration { return time.Since(began) }
