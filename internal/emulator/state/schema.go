package state

// version is the number of the layout below, kept as the database's
// user_version.
const version = 1

// schema is the layout. Records stand apart from what finds them, so that the
// index is read at a start without reading the records, and both grow at their
// ends: an event's place is its time.
const schema = `
CREATE TABLE things (
  kind TEXT NOT NULL,
  id   TEXT NOT NULL,
  json BLOB NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;

CREATE TABLE events (
  time      INTEGER NOT NULL, -- seconds since 1970
  id        TEXT    NOT NULL,
  seq       INTEGER NOT NULL, -- order of storing, and the record's key
  source    TEXT    NOT NULL,
  name      TEXT    NOT NULL,
  read_only INTEGER NOT NULL,
  username  TEXT    NOT NULL,
  key       TEXT    NOT NULL,
  PRIMARY KEY (time, id)
) WITHOUT ROWID;

CREATE TABLE records (
  seq    INTEGER PRIMARY KEY,
  time   INTEGER NOT NULL,
  record BLOB    NOT NULL
);

CREATE TABLE notes (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;
`

const (
	putThing    = `INSERT INTO things (kind, id, json) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json`
	deleteThing = `DELETE FROM things WHERE kind = ? AND id = ?`
	putEvent    = `INSERT INTO events (time, id, seq, source, name, read_only, username, key) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	putRecord   = `INSERT INTO records (seq, time, record) VALUES (?, ?, ?)`
	putNote     = `INSERT INTO notes (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
)
