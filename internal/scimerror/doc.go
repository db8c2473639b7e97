// Package scimerror explains why a provisioning call was refused: what the
// error means, whose attribute it is, which cause it points to and who mends it
// where.
//
// It knows the errors of AWS IAM Identity Center (SCIM endpoint, Identity Store
// API, CloudTrail look-ups), the messages in which Okta wraps them, Okta's own
// API errors, Microsoft Entra's provisioning errors and those of SailPoint's
// connectors. Messages are recognised as people meet them: inside envelopes,
// pasted as JSON bodies, cut by a log, translated, with odd quotes and spaces.
//
// It does not decide why a group is empty: an error is one piece of evidence,
// and [Entry.Causes] only names the causes that it speaks for. It formats
// nothing: a message is hostile text, and whoever prints one escapes it. What is
// not in the catalogue is not explained; nothing is guessed from resemblance.
//
// The data lies in files named for its origin (aws_validation.go, okta.go,
// entra.go, languages.go, ...). Explain works in four steps, one file each:
// fold.go makes spellings comparable, envelope.go and body.go peel what others
// wrapped round the message, validation.go reads lists of failed constraints,
// and matcher.go tries the catalogue, the specific before the general.
package scimerror
