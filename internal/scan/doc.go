// Package scan turns a stream of JSON into the CloudTrail records that an
// investigation of identities needs, in constant memory whatever the stream.
//
// It takes what people and services make of CloudTrail records: log files
// ({"Records": [...]}), records one a line or one after the other, arrays of
// them, the output of lookup-events, EventBridge envelopes, queue messages, log
// events. It looks only at the top level of a record to decide whether the
// record concerns identities ([cloudtrail.Concerns]); the others are counted and
// passed over undecoded.
//
// Records reads anything and checks its grammar. Log files as CloudTrail writes
// them are nearly all there is to read, and a Sieve reads those: it looks at few
// of their bytes and leaves to the exact reader what may concern identities, and
// whatever is not as it expects. Logs is the two together, over an io.Reader.
//
// A stream that is damaged, cut short or hostile gives all records before and,
// where a new line starts afresh, after the damage; what was lost is a [Damage].
// The package opens no files, knows no compression and no names; package
// intake does.
package scan
