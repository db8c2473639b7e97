// Package notify delivers messages to people: standard output, webhooks, mail, Slack,
// Teams, PagerDuty and whatever else shoutrrr can reach
// (https://github.com/nicholas-fedor/shoutrrr).
//
// A message is kept until every target has it, across restarts, and is then
// remembered by its id for a week, so that it is not sent again: a target gets it at
// least once, and twice only when the program is killed between sending and
// writing that down. A target that fails is tried again with growing pauses and
// holds up no other. How many messages wait is bounded.
//
// Addresses hold secrets. They are read from a file or the environment, and
// neither they nor what a library says of them is ever in an error or a log.
//
// Messages are made of evidence, which is hostile: each service gets text in which
// nothing is a mention, a link or mark-up of its own.
package notify
