package asl

import (
	"testing"
)

// machineOfQueries makes an order's totals: nine states, some twenty expressions, most
// of them simple, three that are for the library.
const machineOfQueries = `{"QueryLanguage":"JSONata","StartAt":"Receive","States":{
 "Receive":{"Type":"Pass","Assign":{"orderId":"{% $states.input.order.orderId %}","customer":"{% $states.input.order.customerId %}"},
   "Output":{"order":"{% $states.input.order %}","received":"{% $states.context.Execution.StartTime %}"},"Next":"Totals"},
 "Totals":{"Type":"Pass","Assign":{"lines":"{% $count($states.input.order.items) %}","quantity":"{% $sum($states.input.order.items.quantity) %}"},"Next":"Known"},
 "Known":{"Type":"Choice","Default":"Refused","Choices":[
   {"Condition":"{% $not($exists($customer)) %}","Next":"Refused"},
   {"Condition":"{% $quantity > 100 and $lines < 3 %}","Next":"Refused"},
   {"Condition":"{% $quantity > 0 %}","Output":{"order":"{% $states.input.order %}","text":"{% 'Order ' & $orderId & ' of ' & $customer %}"},"Next":"Pay"}]},
 "Pay":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","TimeoutSeconds":"{% 30 + $lines %}",
   "Arguments":{"FunctionName":"Pay","Payload":{"orderId":"{% $orderId %}","lines":"{% $lines %}","text":"{% $states.input.text %}"}},
   "Assign":{"paid":"{% $states.result.StatusCode = 200 %}"},"Output":"{% $states.input %}","Next":"Paid"},
 "Paid":{"Type":"Choice","Default":"Refused","Choices":[{"Condition":"{% $paid %}","Next":"Skus"}]},
 "Skus":{"Type":"Pass","Output":{"skus":"{% [$states.input.order.items.itemId] %}","order":"{% $states.input.order %}"},"Next":"Ship"},
 "Ship":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:Ship","Arguments":{"orderId":"{% $orderId %}","skus":"{% $states.input.skus %}"},
   "Output":{"shipment":"{% $states.result %}"},"Next":"Text"},
 "Text":{"Type":"Pass","Output":{"text":"{% $uppercase($orderId) & ': ' & $join($map([1..$lines], $string), ', ') %}"},"Next":"Done"},
 "Done":{"Type":"Succeed","Output":{"orderId":"{% $orderId %}","text":"{% $states.input.text %}"}},
 "Refused":{"Type":"Fail","Error":"Refused","Cause":"{% 'Order ' & $orderId %}"}}}`

// BenchmarkQueries is one execution of machineOfQueries: nine states, three steps.
func BenchmarkQueries(b *testing.B) {
	m := compile(b, machineOfQueries)
	b.ReportAllocs()
	for b.Loop() {
		o, err := m.Start(Start{ID: 1, Name: "n", StateMachine: "m", Input: order}, epoch, Seed{})
		for err == nil && len(o.Commands) > 0 {
			inv := o.Commands[0].(Invoke)
			o, err = m.Step(o.Snapshot, TaskSucceeded{Entry: inv.Entry, Attempt: inv.Attempt, StartedAt: epoch, Output: order}, epoch, Seed{})
		}
		if err != nil || o.Snapshot.Output() == nil {
			name, cause := o.Snapshot.Failure()
			b.Fatal(err, name, cause)
		}
	}
	b.ReportMetric(float64(b.N*9)/b.Elapsed().Seconds(), "states/s")
}
