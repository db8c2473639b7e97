package notify

// SlackForm returns what Slack is sent, which has no address of ours to send to.
func SlackForm(m Message) (title, text string) {
	s := &service{scheme: "slack"}
	text, params := s.form(m)
	title, _ = params.Title()
	return title, text
}
