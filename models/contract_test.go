package models

import (
	"github.com/alexedwards/scs/v2"

	"countersign/workflow/fulfilment"
	"countersign/workflow/fulfilment/sandbox"
)

var (
	_ fulfilment.Books       = (*Store)(nil)
	_ fulfilment.Switchboard = (*Store)(nil)
	_ sandbox.Ledger         = (*Store)(nil)
	_ scs.CtxStore           = Sessions{}
)
