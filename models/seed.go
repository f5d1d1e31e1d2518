package models

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"countersign/workflow"
)

// Sample says what a new database starts with.
type Sample struct {
	People       bool          // the demo people, and the demo's API key
	PasswordHash string        // of every demo person; empty: sign-in by one click only
	Card         workflow.Card // on file for every demo person
}

// DemoKey is the well-known secret of the demo operator's API key.
const DemoKey = "demo"

// The demo operator's access key, well-known too.
const (
	DemoAccessKey    = "demo"
	DemoAccessSecret = "countersign"
)

// Seed puts the sample catalogue, and the demo people if wanted, into an empty
// database. A database that has an item keeps its catalogue, and one that has a
// person keeps its people: seeding again changes nothing.
func (s *Store) Seed(ctx context.Context, sample Sample) error {
	return s.enqueue(ctx, []string{TopicInventory, TopicPeople}, &write{needs: lockChanges | lockStock, fn: func(tx *gorm.DB) error {
		if err := s.seedItems(tx); err != nil || !sample.People {
			return err
		}
		if err := s.seedPeople(tx, sample); err != nil {
			return err
		}
		return s.seedAccessKey(tx)
	}})
}

func isEmpty(tx *gorm.DB, table string) (bool, error) {
	var rows int64
	if err := tx.Table(table).Count(&rows).Error; err != nil {
		return false, fmt.Errorf("count %s: %w", table, err)
	}
	return rows == 0, nil
}

func (s *Store) seedItems(tx *gorm.DB) error {
	if empty, err := isEmpty(tx, "items"); err != nil || !empty {
		return err
	}
	for i, item := range sampleItems {
		item.ID = fmt.Sprintf("item%d", i+1)
		item.Picture = "img/items/" + item.ID + ".svg"
		if err := addItem(tx, item, "", stampOf(s.now())); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) seedPeople(tx *gorm.DB, sample Sample) error {
	if empty, err := isEmpty(tx, "people"); err != nil || !empty {
		return err
	}
	at := stampOf(s.now())
	for _, p := range samplePeople {
		p.Demo, p.PasswordHash, p.Card = true, sample.PasswordHash, sample.Card
		if err := addPerson(tx, p, at); err != nil {
			return err
		}
	}
	return addAPIKey(tx, apiKeyRecord{
		ID: DemoKey, PersonID: DemoOperator, Name: "Demo key", Prefix: DemoKey, Digest: digest(DemoKey), CreatedAt: at,
	})
}

// seedAccessKey gives the demo operator the well-known key, once: a revoked one keeps its row.
func (s *Store) seedAccessKey(tx *gorm.DB) error {
	return tx.Exec(`INSERT INTO access_keys (id, person_id, name, secret, created_at, last_used_at, revoked_at)
		SELECT ?, id, 'Demo access key', ?, ?, 0, 0 FROM people WHERE id = ? AND demo
		ON CONFLICT (id) DO NOTHING`, DemoAccessKey, DemoAccessSecret, stampOf(s.now()), DemoOperator).Error
}

// The demo people's ids.
const (
	DemoCustomer       = "clara"
	DemoApprover       = "anton"
	DemoOperator       = "olga"
	DemoAdministrator  = "ada"
	DemoSecondApprover = "berta"
	DemoSecondCustomer = "karl"
)

// Everybody has a customer id, so that an approver can order something and be told
// that somebody else has to approve it.
var samplePeople = []Person{
	demoPerson(DemoCustomer, "Clara Customer", "67890", "12 Harbour Street", "Dublin", "D02 X285", "IE", workflow.RoleCustomer),
	demoPerson(DemoApprover, "Anton Approver", "67891", "Lindenweg 4", "Hamburg", "20095", "DE", workflow.RoleApprover),
	demoPerson(DemoSecondApprover, "Berta Approver", "67892", "Rue des Lilas 31", "Lyon", "69003", "FR", workflow.RoleApprover),
	demoPerson(DemoOperator, "Olga Operator", "67893", "Kauppakatu 9", "Turku", "20100", "FI", workflow.RoleOperator),
	demoPerson(DemoAdministrator, "Ada Administrator", "67894", "Calle del Sol 7", "Valencia", "46001", "ES", workflow.RoleAdministrator),
	demoPerson(DemoSecondCustomer, "Karl Customer", "67895", "Getreidegasse 20", "Salzburg", "5020", "AT", workflow.RoleCustomer),
}

func demoPerson(id, name, customerID, street, city, postcode, country string, roles ...workflow.Role) Person {
	return Person{
		ID: id, Name: name, Email: id + "@example.com", CustomerID: customerID, Roles: roles,
		Address: workflow.Address{Name: name, Street: street, City: city, Postcode: postcode, Country: country},
	}
}

// sampleItems lie on both sides of the default approval limit, and of the last
// there is a single one. Their ids are item1, item2, … in this order.
var sampleItems = []workflow.Item{
	sampleItem("Notebook", "Dotted pages, lies flat, 192 of them.", 12_90, 120),
	sampleItem("Fountain pen", "Steel nib, medium, with a converter for bottled ink.", 49_00, 60),
	sampleItem("Desk lamp", "Warm to cool light, dimmable, remembers how you left it.", 89_00, 40),
	sampleItem("Mechanical keyboard", "Quiet switches, full size, cable or Bluetooth.", 159_00, 35),
	sampleItem("Office chair", "Adjusts in seven ways and holds all of them.", 620_00, 18),
	sampleItem("Standing desk", "Two motors, four heights by heart, 160 × 80 cm.", 890_00, 12),
	sampleItem("Studio monitor", "32 inches, 4K, calibrated, one cable for everything.", 1240_00, 9),
	sampleItem("Headphones", "Closed, noise-cancelling, thirty hours on a charge.", 279_00, 25),
	sampleItem("Espresso machine", "Heats in three minutes; grinder not included.", 749_00, 10),
	sampleItem("Limited-edition print", "Number 50 of 50, signed. When it is gone, it is gone.", 180_00, 1),
}

func sampleItem(name, summary string, price, onHand int64) workflow.Item {
	return workflow.Item{
		Name: name, Summary: summary, Price: workflow.Money{Amount: price, Currency: "EUR"}, Available: onHand,
	}
}
