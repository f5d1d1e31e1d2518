package web

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"countersign/models"
	"countersign/workflow"
)

// orderFigures are what waits for a person, of the whole installation. While the database does
// not answer they are absent, and everything else at /metrics is there.
type orderFigures struct {
	count func(context.Context) (models.OrderCounts, error)
}

var (
	ordersNeedingAttention = prometheus.NewDesc("countersign_orders_needing_attention",
		"Orders whose undo has failed for good, of all replicas: an operator must look at them.", nil, nil)
	ordersAwaitingApproval = prometheus.NewDesc("countersign_orders_awaiting_approval",
		"Orders that wait for an approver, of all replicas; counted up to a bound.", nil, nil)
)

func (f orderFigures) Describe(to chan<- *prometheus.Desc) {
	to <- ordersNeedingAttention
	to <- ordersAwaitingApproval
}

func (f orderFigures) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	counts, err := f.count(ctx)
	if err != nil {
		return
	}
	gauge := func(desc *prometheus.Desc, of workflow.Count) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(of.N))
	}
	gauge(ordersNeedingAttention, counts.Attention)
	gauge(ordersAwaitingApproval, counts.ByStatus[workflow.OrderAwaitingApproval])
}
