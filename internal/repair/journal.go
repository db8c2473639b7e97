package repair

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// JournalSchema names the form of a journal.
const JournalSchema = "scimtrail/journal/v1"

// entry is a line of a journal. Kind says which of the fields are there.
type entry struct {
	Kind string    `json:"kind"` // begin, resume, intent, result, end
	Time time.Time `json:"time"`

	// begin; of these resume has the last two
	Schema string `json:"schema,omitempty"`
	Plan   string `json:"plan,omitempty"` // hash of the plan file
	Store  string `json:"identityStore,omitempty"`
	Region string `json:"region,omitempty"`
	Target string `json:"target,omitempty"` // through what: the Identity Store API, SCIM
	Reason string `json:"reason,omitempty"`
	By     string `json:"by,omitempty"`

	// intent: written before a call is made
	Step   int      `json:"step,omitempty"`
	Op     Op       `json:"op,omitempty"`
	Group  string   `json:"group,omitempty"`
	Name   string   `json:"groupName,omitempty"`
	Pushed bool     `json:"pushed,omitempty"`
	Users  []Person `json:"users,omitempty"`

	// result: written after it; the users of the intent who are in neither list were
	// not changed
	Done    []string `json:"done,omitempty"`
	Refused []string `json:"refused,omitempty"`
	Why     string   `json:"why,omitempty"`
}

// Journal is what was done of one plan, kept in a file of JSON lines that only
// grows. Nobody else can write to it while it is open. Its methods may be called
// from several goroutines.
type Journal struct {
	f       *os.File
	unlock  func() error
	begun   *entry
	ended   *entry
	intents map[int]*entry
	results map[int]*entry
	now     func() time.Time

	mu      sync.Mutex // guards the file's end, written, step, broken and the maps
	written int
	step    int
	broken  error // of the first write that failed: what follows it could not be read

	syncing sync.Mutex // guards synced; one fsync serves all that wrote before it
	synced  int
}

// ErrLocked is wrapped when another process works with the same plan or journal.
var ErrLocked = errors.New("another apply is working with it")

// maxLine bounds a line: an intent of 100 people with names of 1 KB.
const maxLine = 1 << 20

// OpenJournal opens a journal or begins one, for its owner alone, and locks it. What
// an interruption left half written at its end is cut off: nothing was done on
// it, since a call is made only after its intent is on the disk. now may be nil.
func OpenJournal(name string, now func() time.Time) (*Journal, error) {
	if now == nil {
		now = time.Now
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the journal %s: %w", name, unnamed(err))
	}
	j := &Journal{f: f, intents: map[int]*entry{}, results: map[int]*entry{}, now: now}
	err = func() error {
		if j.unlock, err = lock(f); err != nil {
			return err
		}
		whole, err := j.read(f)
		if err != nil {
			return err
		}
		if err := f.Truncate(whole); err != nil {
			return unnamed(err)
		}
		if _, err := f.Seek(whole, io.SeekStart); err != nil {
			return unnamed(err)
		}
		return syncFolder(name)
	}()
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("opening the journal %s: %w", name, err)
	}
	return j, nil
}

// ReadJournal reads a journal without opening it for writing, to take it back.
func ReadJournal(r io.Reader) (*Journal, error) {
	j := &Journal{intents: map[int]*entry{}, results: map[int]*entry{}, now: time.Now}
	if _, err := j.read(r); err != nil {
		return nil, err
	}
	if j.begun == nil {
		return nil, errors.New("it is no journal of scimtrail apply, or nothing was begun in it")
	}
	return j, nil
}

// read takes what is there and returns where the last whole line ends.
func (j *Journal) read(r io.Reader) (whole int64, err error) {
	lines := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		line, err := readLine(lines)
		if err == io.EOF {
			return whole, nil // a last line without its end is not counted
		}
		if err != nil {
			return 0, fmt.Errorf("line %d: %w", n, err)
		}
		e := new(entry)
		if err := json.Unmarshal(line, e); err != nil || !j.take(e) {
			return 0, fmt.Errorf("line %d is no line of a journal of scimtrail apply; it is left as it is", n)
		}
		whole += int64(len(line)) + 1
	}
}

func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxLine {
			return nil, errors.New("it is longer than a journal's lines are")
		}
		switch {
		case err == bufio.ErrBufferFull:
		case err != nil:
			return nil, err
		default:
			return bytes.TrimSuffix(line, []byte("\n")), nil
		}
	}
}

// take counts an entry in; false when it does not fit the ones before.
func (j *Journal) take(e *entry) bool {
	switch {
	case e.Kind == "begin" && j.begun == nil && e.Schema == JournalSchema:
		j.begun = e
	case j.begun == nil:
		return false
	case e.Kind == "intent" && e.Step > 0 && j.intents[e.Step] == nil && (e.Op == Add || e.Op == Remove):
		j.intents[e.Step] = e
		j.step = max(j.step, e.Step)
	case e.Kind == "result" && j.intents[e.Step] != nil && j.results[e.Step] == nil:
		j.results[e.Step] = e
	case e.Kind == "resume":
	case e.Kind == "end":
		j.ended = e
	default:
		return false
	}
	return true
}

// write appends an entry and returns when it is on the disk.
func (j *Journal) write(e *entry) error {
	e.Time = j.now().UTC().Truncate(time.Millisecond)
	j.mu.Lock()
	err := j.broken
	if err == nil {
		if e.Kind == "intent" {
			j.step++
			e.Step = j.step
		}
		err = j.put(e)
	}
	j.broken = err
	j.written++
	mine := j.written
	j.mu.Unlock()
	if err == nil {
		err = j.sync(mine)
	}
	if err != nil {
		return fmt.Errorf("writing the journal: %w", unnamed(err))
	}
	return nil
}

// put writes an entry's line at the end of the file.
func (j *Journal) put(e *entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := j.f.Write(append(line, '\n')); err != nil {
		return err
	}
	if !j.take(e) {
		return errors.New("an entry does not fit its predecessors")
	}
	return nil
}

// sync returns when what was written up to mine is on the disk.
func (j *Journal) sync(mine int) error {
	j.syncing.Lock()
	defer j.syncing.Unlock()
	if j.synced >= mine {
		return nil
	}
	j.mu.Lock()
	upTo := j.written
	j.mu.Unlock()
	if err := j.f.Sync(); err != nil {
		return err
	}
	j.synced = upTo
	return nil
}

// Close unlocks and closes the journal.
func (j *Journal) Close() error {
	if j.f == nil {
		return nil
	}
	_ = j.unlock()
	return j.f.Close()
}

// Ended returns when the plan was done to its end, zero when it wasn't.
func (j *Journal) Ended() time.Time {
	if j.ended == nil {
		return time.Time{}
	}
	return j.ended.Time
}

// Begun reports whether a plan was begun in the journal.
func (j *Journal) Begun() bool { return j.begun != nil }

// LockPlan locks a plan file while it is applied, so that nobody applies it a second
// time with another journal. The returned function unlocks it.
func LockPlan(name string) (func() error, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, unnamed(err)
	}
	unlock, err := lock(f)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() error { _ = unlock(); return f.Close() }, nil
}

// syncFolder makes a new file's name last.
func syncFolder(name string) error {
	d, err := os.Open(filepath.Dir(name))
	if err != nil {
		return unnamed(err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return unnamed(err)
	}
	return nil
}
