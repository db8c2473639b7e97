// Package delivery delivers CloudTrail records into a folder as CloudTrail
// delivers them into a bucket: gzipped log files in the layout of S3 every five
// minutes, and every hour a signed digest of what was delivered (cloudtrail
// reference 4.1 to 4.3).
//
// It has no clock: a [Courier] is told what time it is and does what is due. It
// does not make records, and does not serve anything.
//
// # Exactly once
//
// What a Courier has done is kept in its [Book] before it does it: first a file is
// entered, then written, then marked as written. A file is made of nothing but the
// records it holds, so one that was entered and not marked is written again, with
// the same bytes, after a crash. So each record is in one log file (but for the
// faults that are asked for), each log file in one digest, and the chain of
// digests has no holes.
//
// # Windows
//
// Digests cover an hour. Three differences from CloudTrail: a jump of the clock and
// a clean stop end the window early, so that everything delivered is signed;
// what lies more than two days back when nothing was delivered, because the clock
// jumped or nobody ran the program, is signed a day at a time; and there is one trail,
// one account and one Region.
package delivery
