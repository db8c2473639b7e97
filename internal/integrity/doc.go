// Package integrity checks CloudTrail log files against their signed digests
// and says for which windows of delivery the evidence is proven complete.
//
// Every hour, in every Region, a trail with log file validation writes a digest:
// the list of the log files it delivered in that hour with their SHA-256, signed
// by AWS, and the hash and signature of the digest before it (cloudtrail
// reference 4.3). [Verify] follows the algorithm of cloudtrail reference 4.4. It
// works offline, on what [Gather] finds in a folder or on an [Inventory] that
// somebody else put together.
//
// A [Finding] is either a sign of tampering (a signed file was changed or is
// missing) or a limit of what can be proven (no key, no metadata, a pause in
// logging). The two are never mixed: [Kind.Tampering] tells them apart.
//
// # What a proven window means
//
// Every log file that the trail delivered in that window, as far as its digests
// list them, is here and is byte for byte what CloudTrail delivered.
//
// # What it does not mean
//
//   - That every event was delivered. An event that CloudTrail delivered late is
//     in a later window; [Chain.EventTime] allows for that with a margin.
//   - That the trail was told to log the events in question. A trail whose event
//     selectors leave out management events has perfectly valid digests.
//   - That the digests list every delivery. CloudTrail may add a log file
//     afterwards in a backfill digest, which is only seen if it was copied too.
//   - That digests newer than the newest one here do not exist, or older ones.
//   - That the keys are genuine. The keys are the root of trust: whoever can
//     replace the key file together with the digests can sign anything. Keys that
//     come from ListPublicKeys over a connection one trusts are better than a
//     file that lay beside the logs.
//
// The package does not read events, has no clock, and touches no disk but the
// file system it is given.
package integrity
