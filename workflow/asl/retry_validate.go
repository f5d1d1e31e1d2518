package asl

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"countersign/workflow"
)

// Defaults of a retrier (specification, "Errors").
const (
	defaultInterval = 1
	defaultAttempts = 3
	defaultBackoff  = 2.0
)

// predefinedErrors are the names beginning with "States." that the language has.
var predefinedErrors = []string{
	workflow.ErrorAll, workflow.ErrorHeartbeatTimeout, workflow.ErrorTimeout, workflow.ErrorTaskFailed,
	workflow.ErrorPermissions, workflow.ErrorResultPathMatchFailure, workflow.ErrorParameterPathFailure,
	workflow.ErrorNoChoiceMatched, workflow.ErrorIntrinsicFailure, workflow.ErrorRuntime, workflow.ErrorDataLimitExceeded,
	"States.BranchFailed", "States.ExceedToleratedFailureThreshold", "States.ItemReaderFailed",
	"States.ResultWriterFailed", "States.QueryEvaluationError", "States.Http.Socket", "States.Http.StatusCode",
}

func (c *compiler) retriers(p place) (out []retrier) {
	c.handlers(p, "Retry", func(item place, errors []string) {
		r := retrier{
			errors:   errors,
			interval: c.number(item, "IntervalSeconds", defaultInterval, 0, maxSeconds, true),
			attempts: int(c.number(item, "MaxAttempts", defaultAttempts, 0, maxSeconds, true)),
			backoff:  c.number(item, "BackoffRate", defaultBackoff, 1, 1e9, false),
			maxDelay: c.number(item, "MaxDelaySeconds", 0, 1, maxRetryDelay, true),
		}
		if jitter, ok := item.member("JitterStrategy"); ok && jitter.value.kind == '"' {
			r.jitter = jitter.value.text == "FULL"
		}
		out = append(out, r)
	})
	return out
}

func (c *compiler) catchers(p place) (out []catcher) {
	c.handlers(p, "Catch", func(item place, errors []string) {
		within := "Catch[" + strconv.Itoa(len(out)) + "]/"
		k := catcher{errors: errors, next: c.target(item, "Next"), assign: c.assign(item, within, seesError)}
		if c.current.jsonata {
			if f, ok := item.member("Output"); ok {
				k.out = c.queriesIn(f, within+"Output", seesError)
			}
		} else {
			k.resultPath, k.noResult = c.pathOrNull(item, "ResultPath", true)
		}
		out = append(out, k)
	})
	return out
}

// handlers goes through Retry or Catch.
func (c *compiler) handlers(p place, field string, handle func(item place, errors []string)) {
	list, ok := p.member(field)
	if !ok || list.value.kind != '[' {
		return
	}
	for i := range list.value.items {
		if item := list.item(i); item.value.kind == '{' {
			handle(item, c.errorNames(item, i == len(list.value.items)-1))
		}
	}
}

// errorNames reads ErrorEquals.
func (c *compiler) errorNames(item place, last bool) (names []string) {
	list, ok := item.member("ErrorEquals")
	if !ok || list.value.kind != '[' {
		return nil
	}
	if len(list.value.items) == 0 {
		c.at(list, CodeSchema, emptyValue)
	}
	for i, v := range list.value.items {
		if v.kind != '"' {
			c.at(list.item(i), CodeSchema, "%s", expectedType('"'))
			continue
		}
		names = append(names, v.text)
		if strings.HasPrefix(v.text, "States.") && !slices.Contains(predefinedErrors, v.text) {
			c.warn(list.item(i), list.item(i), CodeUnknownError, "'%s' is not the name of a predefined error, and only those begin with 'States.'", v.text)
		}
		if v.text != workflow.ErrorAll {
			continue
		}
		if len(list.value.items) > 1 || !last {
			c.at(list.item(i), CodeSchema, "States.ALL must appear alone and at end of list")
		}
	}
	return names
}

// number reads a number field within bounds, or its default.
func (c *compiler) number(p place, field string, otherwise, least, most float64, whole bool) float64 {
	f, ok := p.member(field)
	if !ok || f.value.kind != '0' {
		return otherwise
	}
	n, err := strconv.ParseFloat(string(c.d.raw(f.value)), 64)
	digits := 0
	if !whole {
		digits = 1
	}
	switch {
	case whole && err == nil && n != math.Trunc(n):
		c.at(f, CodeSchema, "%s", expectedType(integer))
	case n < least:
		c.at(f, CodeSchema, "Minimum value is %.*f", digits, least)
	case n > most:
		c.at(f, CodeSchema, "Maximum value is %.*f", digits, most)
	default:
		return n
	}
	return otherwise
}
