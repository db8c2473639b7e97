// Package loggen writes CloudTrail log trees to measure and test with: the layout
// of a bucket, the mix of services, the sizes and the randomness of real logs, and
// in it a known number of records about identities.
//
// A Plan says which files a tree has; each File writes itself, a record at a time,
// so that a tree of any size costs constant memory. The same options always give
// the same bytes. Every account, name and address is invented.
//
// It tells stories of no one: records follow each other at random, and groups and
// users come from nowhere. Package story is for evidence that means something.
package loggen
