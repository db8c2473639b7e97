// Package report writes answers for people and programs: text, JSON, Markdown,
// HTML, CSV and OCSF. It is the only place that formats for people.
//
// Everything that comes from the evidence is hostile: a user agent or a group's
// name may hold terminal escapes, markup or formulas. Each renderer escapes for
// its own medium; Clean does it for terminals. The package reads no clock and
// opens no file, so the same answer gives the same bytes.
package report
