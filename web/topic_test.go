package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

func subscriberFields(protocol, endpoint string) url.Values {
	return url.Values{"protocol": {protocol}, "endpoint": {endpoint}}
}

func TestTopicGetsSubscribersAndMessages(t *testing.T) {
	s := openIntegrations(t)
	ada := s.as(models.DemoAdministrator)
	ada.get(paths.Topics).is(http.StatusOK).says("There is no topic yet")
	ada.post(paths.Topics, url.Values{"name": {" Orders "}}).is(http.StatusSeeOther).leadsTo(paths.Topic("Orders"))
	ada.get(paths.Topic("Orders")).is(http.StatusOK).says("The topic Orders is made").says("arn:aws:sns:us-east-1:123456789012:Orders").says("Nobody is subscribed yet")
	ada.post(paths.Topics, url.Values{"name": {"Orders"}}).is(http.StatusConflict).says("There is a topic of this name")

	ada.post(paths.Subscriptions("Orders"), subscriberFields("email", "anton@countersign.example")).is(http.StatusSeeOther)
	s.clock.advance(time.Second)
	hook := ada.post(paths.Subscriptions("Orders"), subscriberFields("https", "http://10.0.0.7:8000/hook")).is(http.StatusCreated)
	secret := hook.find("#new-secret").Text()
	if !strings.HasPrefix(secret, "whsec_") || strings.Contains(ada.get(paths.Topic("Orders")).body, secret) {
		t.Errorf("secret %q is not shown, or twice", secret)
	}
	ada.post(paths.Subscriptions("Orders"), subscriberFields("https", "http://10.0.0.7:8000/hook")).is(http.StatusConflict).says("subscribed already")

	ada.post(paths.TopicPublish("Orders"), url.Values{"subject": {"Shipped"}, "message": {"<b>12345</b>"}}).is(http.StatusSeeOther)
	page := ada.get(paths.Topic("Orders")).is(http.StatusOK).says("The message is published").says("&lt;b&gt;12345").says("1 on the way")
	if page.find("#messages-title").Length() != 1 {
		t.Error("no messages")
	}
	s.as(models.DemoOperator).get(paths.Mail).says("Shipped").says("anton@countersign.example")
	mails, _, _ := s.store.Mails(t.Context(), "", models.Page{})
	s.as(models.DemoOperator).get(paths.MailMessage(fmt.Sprint(mails[0].ID))).is(http.StatusOK).says("&lt;b&gt;12345").says("subscribed to the topic Orders")

	subscribers, err := s.store.Subscribers(t.Context(), "Orders")
	if err != nil || len(subscribers) != 2 {
		t.Fatal(subscribers, err)
	}
	mail, webhook := subscribers[0], subscribers[1]
	fresh := ada.post(paths.SubscriptionSecret("Orders", webhook.ID), nil).is(http.StatusOK).find("#new-secret").Text()
	if fresh == secret || fresh == "" {
		t.Errorf("new secret %q", fresh)
	}
	ada.post(paths.SubscriptionSecret("Orders", mail.ID), nil).is(http.StatusNotFound)
	ada.post(paths.SubscriptionRemove("Orders", mail.ID), nil).is(http.StatusSeeOther)
	ada.post(paths.SubscriptionRemove("Orders", mail.ID), nil).is(http.StatusNotFound)
	ada.post(paths.TopicRemove("Orders"), nil).is(http.StatusSeeOther).leadsTo(paths.Topics)
	ada.get(paths.Topic("Orders")).is(http.StatusNotFound)
	want := "[topic removed subscriber removed secret rotated message published subscriber added subscriber added topic made]"
	if got := fmt.Sprint(s.audited("topic Orders")); got != want {
		t.Errorf("audited %s", got)
	}
}

func TestTopicFormsSayWhatIsWrong(t *testing.T) {
	s := openIntegrations(t)
	ada := s.as(models.DemoAdministrator)
	for _, name := range []string{"", "a b", "Orders.fifo", "a/b", strings.Repeat("a", 257)} {
		if page := ada.post(paths.Topics, url.Values{"name": {name}}).is(http.StatusUnprocessableEntity); page.find("#name-error").Text() == "" {
			t.Errorf("%q: nothing is said", name)
		}
	}
	ada.post(paths.Topics, url.Values{"name": {"Orders"}}).is(http.StatusSeeOther)
	for _, tc := range []struct {
		path  string
		form  url.Values
		error string
	}{
		{paths.Subscriptions("Orders"), subscriberFields("email", "anton"), "#endpoint-error"},
		{paths.Subscriptions("Orders"), subscriberFields("email", "Anton <a@example.com>"), "#endpoint-error"},
		{paths.Subscriptions("Orders"), subscriberFields("https", "a@example.com"), "#endpoint-error"},
		{paths.Subscriptions("Orders"), subscriberFields("https", ""), "#endpoint-error"},
		{paths.Subscriptions("Orders"), subscriberFields("sqs", "arn"), "#protocol-error"},
		{paths.TopicPublish("Orders"), url.Values{"message": {""}}, "#message-error"},
		{paths.TopicPublish("Orders"), url.Values{"message": {strings.Repeat("x", 262_145)}}, "#message-error"},
		{paths.TopicPublish("Orders"), url.Values{"message": {"m"}, "subject": {"Grüße"}}, "#subject-error"},
		{paths.TopicPublish("Orders"), url.Values{"message": {"m"}, "subject": {strings.Repeat("x", 100)}}, "#subject-error"},
	} {
		if page := ada.post(tc.path, tc.form).is(http.StatusUnprocessableEntity); page.find(tc.error).Text() == "" {
			t.Errorf("%s: nothing is said at %s", tc.path, tc.error)
		}
	}
	for _, path := range []string{paths.Subscriptions("None"), paths.TopicPublish("None"), paths.TopicRemove("None")} {
		form := subscriberFields("https", "http://a")
		form.Set("message", "m")
		ada.post(path, form).is(http.StatusNotFound)
	}
}

func TestGivenUpDeliveriesAreTriedAgain(t *testing.T) {
	s := openIntegrations(t)
	ada := s.as(models.DemoAdministrator)
	ada.post(paths.Topics, url.Values{"name": {"Orders"}})
	ada.post(paths.TopicRetry("Orders"), nil).is(http.StatusSeeOther)
	ada.get(paths.Topic("Orders")).says("Nothing was given up")
	ada.post(paths.Subscriptions("Orders"), subscriberFields("https", "http://10.0.0.7:8000/hook"))
	ada.post(paths.TopicPublish("Orders"), url.Values{"message": {"m"}})
	claimed, err := s.store.ClaimDeliveries(t.Context(), s.clock.now().Add(time.Minute), 10)
	if err != nil || len(claimed) != 1 {
		t.Fatal(claimed, err)
	}
	if err := s.store.MarkDeliveryFailed(t.Context(), claimed[0].ID, "The webhook answered with HTTP status 404 (Not Found).", time.Time{}); err != nil {
		t.Fatal(err)
	}
	ada.get(paths.Topic("Orders")).says("1 given up").says("HTTP status 404").says("Deliver again")
	ada.post(paths.TopicRetry("Orders"), nil).is(http.StatusSeeOther)
	ada.get(paths.Topic("Orders")).says("on the way again").says("1 on the way")
}

func TestMessagesArePaged(t *testing.T) {
	s := openIntegrations(t)
	ada := s.as(models.DemoAdministrator)
	ada.post(paths.Topics, url.Values{"name": {"Orders"}})
	for n := range messagesOnPage + 1 {
		s.clock.advance(time.Second)
		m := workflow.Message{ID: fmt.Sprint(n), Topic: "Orders", Body: fmt.Sprintf("Message %d %s", n, strings.Repeat("ü", 300)), At: s.clock.now()}
		if err := s.store.Apply(t.Context(), s.store.Publish(m)); err != nil {
			t.Fatal(err)
		}
	}
	first := ada.get(paths.Topic("Orders")).is(http.StatusOK).says("Message 20 ").says("…").says("Nobody was subscribed")
	ada.get(first.find("nav[aria-label=Pages] a.pager-older").AttrOr("href", "")).is(http.StatusOK).says("Message 0 ")
}
