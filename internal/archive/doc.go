// Package archive keeps evidence in a database, so that a question needs not
// fetch it again: SQLite in one file, or PostgreSQL where a team shares it.
//
// A Writer takes what sources find, in the manner of a casefile.Builder; Collect
// gives everything back to another sink, and the case that comes of it is the
// one that direct reading would have given. Writing the same evidence again
// changes nothing: a record is known by its bytes, a listing by its content, an
// input by its path, size and time (and by its SHA-256 once it has been read);
// ground that was covered is merged.
//
// Everything is written in transactions that one writer at a time holds, so that
// several collectors may work at once, a kill at any moment leaves the archive
// whole, and what a Journal saved never runs ahead of the evidence.
//
// It draws no conclusion and fetches nothing. Packages sqlite and postgres below
// it open the databases; the statements here are understood by both.
package archive
