// Package file reads evidence from a file, a folder or standard input.
//
// It is given whatever people keep: log trees, saved output of the AWS CLI,
// query results, listings, exports of identity providers, in one folder and
// under any name. It walks the folder, opens files, and remembers what it found in
// a tree that has not changed since; package intake reads what is in them and says
// what they cover. It reads no network.
package file
