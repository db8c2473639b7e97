-- +goose Up

-- Numbers that there is one of: generation (grows with every change of
-- evidence), readings (writers so far), purges, purged (seconds since 1970:
-- nothing older is kept).
CREATE TABLE numbers (
	name  TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO numbers (name, value) VALUES ('generation', 0), ('readings', 0), ('purges', 0), ('purged', 0);

-- What repeats in the columns of events, once each.
CREATE TABLE words (
	id   INTEGER PRIMARY KEY,
	text TEXT NOT NULL UNIQUE
);

-- What raw bytes are compressed against. A row is never changed.
CREATE TABLE dictionaries (
	id   INTEGER PRIMARY KEY,
	data BLOB NOT NULL
);

-- The chain of custody: what evidence was read from.
CREATE TABLE inputs (
	id      INTEGER PRIMARY KEY,
	key     BLOB NOT NULL UNIQUE, -- of path, size and time as they were before it was read
	path    TEXT NOT NULL,
	size    INTEGER NOT NULL,     -- -1: not known
	sha256  TEXT NOT NULL,        -- hex; '' when not computed
	kind    TEXT NOT NULL,
	time    TEXT NOT NULL,        -- RFC 3339; '' when not known
	records INTEGER NOT NULL,     -- of any service
	reading INTEGER NOT NULL,     -- the last that counted
	seen    INTEGER NOT NULL      -- records, in that reading
);
CREATE INDEX inputs_sha256 ON inputs (sha256) WHERE sha256 <> '';

-- Files that were read whole, held nothing of identities and are not listed.
CREATE TABLE passed (
	source  TEXT PRIMARY KEY, -- what was read, as the collector named it
	files   INTEGER NOT NULL,
	bytes   INTEGER NOT NULL,
	records INTEGER NOT NULL,
	reading INTEGER NOT NULL,
	seen_files   INTEGER NOT NULL,
	seen_bytes   INTEGER NOT NULL,
	seen_records INTEGER NOT NULL
) WITHOUT ROWID;

-- Identity records, in order of arrival. The columns after raw are for looking
-- records up; what counts is raw.
CREATE TABLE events (
	seq     INTEGER PRIMARY KEY AUTOINCREMENT,
	hash    BLOB NOT NULL UNIQUE,  -- first 16 bytes of the SHA-256 of the record
	input   INTEGER NOT NULL,      -- that it was first read from
	copies  INTEGER NOT NULL,      -- how often it is there again
	reading INTEGER NOT NULL,
	arrived INTEGER NOT NULL,      -- seconds since 1970
	dictionary INTEGER NOT NULL,   -- 0: none
	raw     BLOB NOT NULL,         -- zstd
	id      BLOB,                  -- eventID, 16 bytes where it is a UUID
	time    INTEGER,               -- seconds since 1970; NULL when blanked
	source  INTEGER, name INTEGER, account INTEGER, region INTEGER, store INTEGER,
	grp     INTEGER, usr  INTEGER,
	caller  INTEGER,               -- principal, else access key, else user agent
	error   INTEGER,               -- code, else message
	reads   INTEGER NOT NULL       -- 1: it only reads
);
CREATE INDEX events_id   ON events (id);
CREATE INDEX events_input ON events (input);
CREATE INDEX events_time ON events (time);
CREATE INDEX events_grp  ON events (grp, time) WHERE grp IS NOT NULL;
CREATE INDEX events_usr  ON events (usr, time) WHERE usr IS NOT NULL;

-- The same record in further inputs.
CREATE TABLE copies (
	event   INTEGER NOT NULL,
	input   INTEGER NOT NULL,
	n       INTEGER NOT NULL,
	reading INTEGER NOT NULL,
	PRIMARY KEY (event, input)
) WITHOUT ROWID;
CREATE INDEX copies_input ON copies (input);

-- Listings of identity stores and states of providers: documents of package
-- kept.
CREATE TABLE documents_kept (
	id      INTEGER PRIMARY KEY,
	hash    BLOB NOT NULL,         -- of the document
	input   INTEGER NOT NULL,
	kind    TEXT NOT NULL,         -- snapshot or upstream
	store   TEXT NOT NULL,
	taken   INTEGER,               -- seconds since 1970; NULL when not known
	arrived INTEGER NOT NULL,
	UNIQUE (hash, input)
);

-- The text of documents in pieces, which listings that differ little have in
-- common.
CREATE TABLE pieces (
	id      INTEGER PRIMARY KEY,
	hash    BLOB NOT NULL UNIQUE,
	dictionary INTEGER NOT NULL,
	data    BLOB NOT NULL          -- zstd
);
CREATE TABLE document_pieces (
	document INTEGER NOT NULL,
	n        INTEGER NOT NULL,
	piece    INTEGER NOT NULL,
	PRIMARY KEY (document, n)
) WITHOUT ROWID;
CREATE INDEX document_pieces_piece ON document_pieces (piece);

-- Ground that was looked at. Times are RFC 3339.
CREATE TABLE coverage (
	account TEXT NOT NULL, region TEXT NOT NULL, source TEXT NOT NULL,
	channel TEXT NOT NULL, complete INTEGER NOT NULL, -- 0 unknown, 1 claimed, 2 proven
	begins  TEXT NOT NULL, ends TEXT NOT NULL,
	PRIMARY KEY (account, region, source, channel, complete, begins, ends)
) WITHOUT ROWID;

-- Homes of stores, what digests say, what could not be read, notes: JSON.
CREATE TABLE facts (
	hash    BLOB PRIMARY KEY,      -- of kind, source and data
	kind    TEXT NOT NULL,         -- home, seal, loss or note
	source  TEXT NOT NULL,         -- what was read, as the collector named it
	reading INTEGER NOT NULL,      -- the last that said so
	data    TEXT NOT NULL
) WITHOUT ROWID;

-- How far collectors came.
CREATE TABLE journal (
	key   TEXT PRIMARY KEY,
	value BLOB NOT NULL
) WITHOUT ROWID;

-- What watch and the page remember. No evidence.
CREATE TABLE documents (
	kind    TEXT NOT NULL,
	key     TEXT NOT NULL,
	value   BLOB NOT NULL,
	updated INTEGER NOT NULL,
	PRIMARY KEY (kind, key)
) WITHOUT ROWID;

-- Who does what alone.
CREATE TABLE leases (
	role   TEXT PRIMARY KEY,
	holder TEXT NOT NULL,
	ends   INTEGER NOT NULL        -- milliseconds since 1970
) WITHOUT ROWID;

-- Answers to questions on this generation of the evidence.
CREATE TABLE answers (
	key        TEXT PRIMARY KEY,
	generation INTEGER NOT NULL,
	used       INTEGER NOT NULL,
	value      BLOB NOT NULL
) WITHOUT ROWID;
