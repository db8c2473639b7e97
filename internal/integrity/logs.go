package integrity

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/span"
)

// digestDelay is how long after a log file the digest that lists it may end:
// one digest later than the minute in its name suggests.
const digestDelay = time.Hour

// logCopy is a file that has the name of a listed log file.
type logCopy struct {
	path string
	sum  [32]byte
	err  error
}

// looseLog is a log file that no authentic digest lists.
type looseLog struct {
	path string
	logPlace
}

// trailArea is the account and Region that log files are named for.
type trailArea struct{ account, region string }

// logIndex is what Files has of log files.
type logIndex struct {
	listed map[string][]*logCopy // by name, for each name that an authentic digest lists
	loose  map[trailArea][]looseLog
	here   map[trailArea]bool // some log file of the area is here, listed or not
}

// findLogs matches files to the lists of the authentic digests by their names
// and hashes each match once.
func (v *verifier) findLogs(ctx context.Context, files Files, chains []*chain) (*logIndex, error) {
	logs := &logIndex{
		listed: make(map[string][]*logCopy),
		loose:  make(map[trailArea][]looseLog),
		here:   make(map[trailArea]bool),
	}
	windows := make(map[trailArea][]span.Span)
	for _, c := range chains {
		for _, d := range c.all() {
			if !d.authentic {
				continue
			}
			area := trailArea{c.account, c.region}
			windows[area] = append(windows[area], d.window())
			for _, l := range d.LogFiles {
				logs.listed[baseName(l.Object)] = nil
			}
		}
	}
	covered := make(map[trailArea]span.Set, len(windows))
	for area, list := range windows {
		covered[area] = span.SetOf(list...)
	}

	var found []*logCopy
	for p, err := range files.Paths(ctx) {
		if err != nil {
			return nil, fmt.Errorf("listing the log files to verify: %w", err)
		}
		name := baseName(p)
		place, isLog := parseLogName(path.Base(p))
		area := trailArea{place.account, place.region}
		if isLog {
			logs.here[area] = true
		}
		if copies, ok := logs.listed[name]; ok {
			c := &logCopy{path: p}
			logs.listed[name] = append(copies, c)
			found = append(found, c)
		} else if isLog && covered[area].Contains(place.delivered) {
			logs.loose[area] = append(logs.loose[area], looseLog{p, place})
		}
	}
	return logs, v.hash(ctx, files, found)
}

// hash fills in the hashes, several files at a time.
func (v *verifier) hash(ctx context.Context, files Files, found []*logCopy) error {
	return inParallel(ctx, v.opts.Workers, found, func(c *logCopy) { c.sum, c.err = files.SHA256(ctx, c.path) })
}

// all returns the digests of the chain, backfill digests last.
func (c *chain) all() []*digest { return slices.Concat(c.digests, c.backfills) }

// judgeLogs checks every log file that the authentic digests of a chain list.
func (v *verifier) judgeLogs(c *chain, logs *logIndex) {
	listed, found := 0, 0
	var whole []span.Span
	for _, d := range c.all() {
		if !d.authentic {
			continue
		}
		for _, l := range d.LogFiles {
			listed++
			if len(logs.listed[baseName(l.Object)]) > 0 {
				found++
			}
			whole = append(whole, d.window())
		}
	}
	absent := listed > 0 && found == 0 && !logs.here[trailArea{c.account, c.region}]
	if absent {
		around, _ := span.SetOf(whole...).Bounds()
		v.add(Finding{
			Kind: LogsAbsent, Account: c.account, Region: c.region, Trail: c.trail, Span: around,
			Message: fmt.Sprintf("The digests of this trail list %s, and no log file of this account and Region is here. Only its digests were copied, or all its logs were removed.", plural(listed, "log file")),
		})
		v.report.Logs.Unchecked += listed
	}
	for _, d := range c.all() {
		if !d.authentic {
			continue
		}
		good := true
		for _, l := range d.LogFiles {
			if absent || !v.judgeLog(c, d, l, logs.listed[baseName(l.Object)]) {
				good = false
			}
		}
		if !good {
			d.unproven = true
			c.cut = append(c.cut, d.window())
		}
	}
}

// judgeLog checks one listed log file and all that bears its name. A changed
// copy counts even beside a good one, because readers of the evidence read both.
func (v *verifier) judgeLog(c *chain, d *digest, l LogFile, copies []*logCopy) bool {
	add := func(kind Kind, where, message string) {
		v.add(Finding{Kind: kind, Account: c.account, Region: c.region, Trail: c.trail,
			Object: l.Object, Path: where, Span: d.window(), Message: message})
	}
	if l.Algorithm != hashAlgorithm {
		add(Algorithm, "", "The digest gives the hash of this log file by another algorithm than SHA-256, so it can't be checked.")
		v.report.Logs.Unchecked++
		return false
	}
	if len(copies) == 0 {
		add(LogMissing, "", "This log file is listed in a signed digest and is not here: it was deleted or not copied.")
		v.report.Logs.Invalid++
		return false
	}
	changed, unread, placed := false, false, false
	for _, file := range copies {
		switch {
		case errors.Is(file.err, ErrDamaged):
			changed = true
			add(LogChanged, file.path, "This log file can't be decompressed: it was changed or cut off.")
		case errors.Is(file.err, ErrTooLarge):
			changed = true
			add(LogChanged, file.path, "This log file is many times larger than any that CloudTrail writes, so it was changed. It was not read to its end.")
		case file.err != nil:
			unread = true
			add(Unreadable, file.path, whyUnreadable(file.err))
		case string(file.sum[:]) != string(l.Hash):
			changed = true
			add(LogChanged, file.path, "This log file does not have the hash in its signed digest: it was changed.")
		case fitOf(file.path, l.Object) != fitMoved && (v.opts.Bucket == "" || v.opts.Bucket == l.Bucket):
			placed = true
		}
	}
	switch {
	case changed:
		v.report.Logs.Invalid++
	case unread:
		v.report.Logs.Unchecked++
	case !placed:
		add(LogMoved, copies[0].path, "This log file is genuine but lies elsewhere than CloudTrail put it. Put it back in its place to have its window proven.")
		v.report.Logs.Invalid++
	default:
		v.report.Logs.Valid++
		return true
	}
	return false
}

// judgeExtra reports log files that lie among those of the chain, in a proven
// window, and that no digest lists: somebody put them there, another trail
// writes to the same folder, or a backfill digest is still to come. It returns
// the windows in which that is so; their lists can't be relied on.
func (v *verifier) judgeExtra(c *chain, proven span.Set, logs *logIndex) []span.Span {
	trees := make(map[string]bool)
	for _, d := range c.digests {
		if d.authentic {
			trees[logTree(d.Object)] = true
		}
	}
	var minutes []span.Span
	for _, file := range logs.loose[trailArea{c.account, c.region}] {
		if tree := logTree(file.path); tree != "" && !trees[tree] {
			continue
		}
		// The digest after this one may list it, so that must be here too.
		if !proven.Covers(span.Span{From: file.delivered, To: file.delivered.Add(digestDelay)}) {
			continue
		}
		minute := span.Span{From: file.delivered, To: file.delivered.Add(time.Minute)} // names have no seconds
		minutes = append(minutes, minute)
		v.add(Finding{
			Kind: ExtraLog, Account: c.account, Region: c.region, Trail: c.trail, Path: file.path, Span: minute,
			Message: "No digest lists this log file, although the digests of its time are here. Nothing vouches for what is in it: it was put here by somebody, comes from another trail, or awaits a backfill digest.",
		})
	}
	if len(minutes) == 0 {
		return nil
	}
	extra := span.SetOf(minutes...).Spans()
	var cut []span.Span
	for _, d := range c.digests {
		i, _ := slices.BinarySearchFunc(extra, d.Start, func(s span.Span, t time.Time) int { return s.To.Compare(t) })
		if i < len(extra) && extra[i].Overlaps(d.window()) {
			cut = append(cut, d.window())
		}
	}
	return cut
}
