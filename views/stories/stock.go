package stories

import (
	"time"

	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
)

func inventoryStories() []Story {
	rows := []pages.InventoryRow{
		{ID: "item1", Name: "Linen notebook", Picture: picture(1), Price: eur(2490), OnHand: 1240, Reserved: 6},
		{ID: "item3", Name: "Desk lamp", Picture: picture(3), Price: eur(12900), OnHand: 5, Reserved: 3},
		{ID: "item6", Name: "Standing desk", Picture: picture(6), Price: eur(74900), OnHand: 12},
		{ID: "item7", Name: "Fountain pen", Picture: picture(7), Price: eur(18900), OnHand: 1, Reserved: 1},
	}
	move := func(reason string, before time.Duration, onHand, reserved int64) pages.StockMovement {
		return pages.StockMovement{At: ago(before), Status: pages.MovementStatus(reason), OnHandChange: onHand, ReservedChange: reserved}
	}
	moves := []pages.StockMovement{
		move("RESERVED", 30*time.Minute, 0, 3), move("SHIPPED", 52*time.Minute, -2, -2), move("RELEASED", 2*time.Hour, 0, -1), move("STOCKED", 26*time.Hour, 40, 0),
	}
	for i, order := range []string{"CS-7K2M4Q9A", "CS-4T8W1ZXC", "CS-2B6N8VPD"} {
		moves[i].OrderID = workflowOrder(order)
	}
	moves[3].Person, moves[3].Note = "Olga Operator", "Delivery of 40 pieces"
	item := pages.InventoryItem{Now: now, CSRF: "csrf-token", Item: rows[1], Form: pages.StockForm{Stock: "5"}, Movements: moves, Older: paths.InventoryItemAfter("item3", "1")}
	wrong := item
	wrong.Form = pages.StockForm{Stock: "2", StockError: "3 pieces are promised to open orders, so at least 3 must stay. Cancel an order first, or count again.", Note: "", NoteError: "Say why: the next person wants to know."}
	fresh := pages.InventoryItem{Now: now, CSRF: "csrf-token", Item: rows[2], Form: pages.StockForm{Stock: "12"}}
	return []Story{
		{"inventory-some", operatorShell("Inventory", layouts.Inventory, pages.InventoryPage(pages.Inventory{Now: now, Rows: rows, LiveURL: paths.InventoryLive}))},
		{"inventory-none", operatorShell("Inventory", layouts.Inventory, pages.InventoryPage(pages.Inventory{Now: now, LiveURL: paths.InventoryLive}))},
		{"inventory-item", operatorShell("Desk lamp", layouts.Inventory, pages.InventoryItemPage(item))},
		{"inventory-item-wrong", operatorShell("Desk lamp", layouts.Inventory, pages.InventoryItemPage(wrong))},
		{"inventory-item-fresh", operatorShell("Standing desk", layouts.Inventory, pages.InventoryItemPage(fresh))},
	}
}

func mailStories() []Story {
	rows := []pages.MailRow{
		{ID: "41", OrderID: "CS-9FH3T2LQ", To: "clara@countersign.example", Subject: "Your order CS-9FH3T2LQ is on its way", At: ago(14 * time.Second)},
		{ID: "40", OrderID: "CS-4T8W1ZXC", To: "karl@countersign.example", Subject: "Your order CS-4T8W1ZXC is on its way", At: ago(52 * time.Minute), SentAt: ago(51 * time.Minute), Attempts: 1},
		{ID: "39", OrderID: "CS-2B6N8VPD", To: "clara@countersign.example", Subject: "Your order CS-2B6N8VPD was not approved", At: ago(2 * time.Hour), Attempts: 3, Problem: "dial tcp: connection refused", RetryAt: in(40 * time.Second)},
		{ID: "38", To: "anton@countersign.example", Subject: "Message from OrderApproval", At: ago(3 * time.Hour), SentAt: ago(3 * time.Hour), Attempts: 1},
	}
	body := "Dear Clara Customer,\n\nyour order CS-2B6N8VPD was not approved:\n\n    Please order the smaller desk.\n\nNothing was charged; the hold on your card is released.\n\nCountersign"
	kept := rows[0]
	return []Story{
		{"mails-server", operatorShell("Mail", layouts.Mail, pages.MailsPage(pages.Mails{Now: now, Server: "smtp.example.com:587", Rows: rows, Older: paths.MailAfter("1"), LiveURL: paths.MailLive}))},
		{"mails-no-server", operatorShell("Mail", layouts.Mail, pages.MailsPage(pages.Mails{Now: now, Rows: rows[:1], LiveURL: paths.MailLive}))},
		{"mails-none", operatorShell("Mail", layouts.Mail, pages.MailsPage(pages.Mails{Now: now, LiveURL: paths.MailLive}))},
		{"mail-trying-again", operatorShell(rows[2].Subject, layouts.Mail, pages.MailPage(pages.Mail{Now: now, Server: "smtp.example.com:587", MailRow: rows[2], Body: body}))},
		{"mail-kept", operatorShell(kept.Subject, layouts.Mail, pages.MailPage(pages.Mail{Now: now, MailRow: kept, Body: body}))},
	}
}
