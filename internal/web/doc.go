// Package web is the local page over a case: what scimtrail knows, to look at
// instead of to read.
//
// A View is a case with its ledger and the indices that let every page answer
// at once; it does not change. A Server shows the latest View. Pages are made on
// the server with html/template and work without a script; every view has a URL
// that can be shared and the same as JSON and CSV. The package words nothing
// itself that package report words already.
//
// It is for one person at one machine: it is reached over loopback, with a link
// that works once, and gives nothing to anybody else. Everything in the evidence
// is hostile, so nothing of it is interpreted: no markup, no script, no style, no
// terminal escape, no formula. It reads no files and no network, and it keeps
// nothing; who makes Views does.
package web
