package story

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/kept"
	"github.com/scimtrail/scimtrail/internal/manifest"
)

// File is one evidence file.
type File struct {
	Path string // with / between parts
	Data []byte
	Time time.Time // modification time: when it was collected
}

// Files returns the evidence of the story, ordered by path. The same story
// always gives the same bytes.
func (s *Story) Files() ([]File, error) {
	x := &expansion{story: s, files: map[string]File{}, records: s.records()}
	for _, c := range s.collections {
		var err error
		switch c.channel {
		case "lookup":
			x.lookup(c)
		case "logs", "jsonl":
			x.flat(c)
		default:
			err = x.tree(c)
		}
		if err != nil {
			return nil, c.errorf("%v", err)
		}
	}
	for i, sn := range s.snapshots {
		x.snapshot(sn, i)
	}
	for _, p := range s.providers {
		if err := x.provider(p); err != nil {
			return nil, err
		}
	}
	for _, f := range s.literal {
		x.put(f.Path, f.Data, f.Time)
	}
	if err := x.manifest(); err != nil {
		return nil, err
	}
	out := slices.Collect(maps.Values(x.files))
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// FS returns the evidence as a file system in memory.
func (s *Story) FS() (fstest.MapFS, error) {
	files, err := s.Files()
	if err != nil {
		return nil, err
	}
	fsys := fstest.MapFS{}
	for _, f := range files {
		fsys[f.Path] = &fstest.MapFile{Data: f.Data, Mode: 0o644, ModTime: f.Time}
	}
	return fsys, nil
}

// WriteDir writes the evidence into a folder, which is made if need be, with the
// files' times.
func (s *Story) WriteDir(dir string) error {
	files, err := s.Files()
	if err != nil {
		return err
	}
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			return err
		}
		if err := os.Chtimes(name, f.Time, f.Time); err != nil {
			return err
		}
	}
	return nil
}

// expansion gathers files.
type expansion struct {
	story   *Story
	files   map[string]File
	records []logged
	entries []manifest.Entry
}

// put adds a file under a path that is still free.
func (x *expansion) put(path string, data []byte, at time.Time) string {
	base, ext, _ := strings.Cut(path, ".")
	for n := 2; ; n++ {
		if _, taken := x.files[path]; !taken {
			break
		}
		path = fmt.Sprintf("%s-%d.%s", base, n, ext)
	}
	x.files[path] = File{Path: path, Data: data, Time: at}
	return path
}

func short(source string) string {
	for name, sources := range sourceNames {
		if len(sources) == 1 && sources[0] == source {
			return name
		}
	}
	return source
}

// lookup writes one output of aws cloudtrail lookup-events per source.
func (x *expansion) lookup(c *collection) {
	for _, source := range c.sources {
		events := []cloudtrail.Object{}
		held := x.held(c, source)
		if !c.shuffled {
			slices.Reverse(held) // newest first
		}
		for _, rec := range held {
			events = append(events, lookupEvent(rec))
		}
		path := x.put("cloudtrail/"+c.account+"-"+c.region+"-"+short(source)+".json", pretty(cloudtrail.Object{{Key: "Events", Value: events}}), c.to)
		query := "aws cloudtrail lookup-events --region " + c.region + " --lookup-attributes AttributeKey=EventSource,AttributeValue=" + source +
			" --start-time " + stamp(c.from) + " --end-time " + stamp(c.to)
		x.claim(c, path, query, source)
	}
}

func (x *expansion) held(c *collection, source string) []logged {
	var held []logged
	for _, rec := range x.records {
		if c.holds(rec, source) {
			held = append(held, rec)
		}
	}
	return c.arrange(held)
}

// lookupEvent is one event as the AWS CLI v2 prints it (cloudtrail reference
// 3.3, 3.6).
func lookupEvent(rec logged) cloudtrail.Object {
	r, err := cloudtrail.Decode(rec.raw)
	if err != nil {
		return cloudtrail.Object{{Key: "CloudTrailEvent", Value: string(rec.raw)}}
	}
	o := cloudtrail.Object{
		{Key: "EventId", Value: r.ID}, {Key: "EventName", Value: r.Name}, {Key: "ReadOnly", Value: fmt.Sprint(r.ReadOnly)},
		{Key: "AccessKeyId", Value: r.Identity.AccessKey}, {Key: "EventTime", Value: isoTime(rec.time)}, {Key: "EventSource", Value: r.Source},
	}
	if r.Identity.Session != "" {
		o = append(o, cloudtrail.Member{Key: "Username", Value: r.Identity.Session})
	}
	return append(o, cloudtrail.Member{Key: "Resources", Value: []any{}}, cloudtrail.Member{Key: "CloudTrailEvent", Value: string(rec.raw)})
}

// flat writes the records of several sources into one file.
func (x *expansion) flat(c *collection) {
	var held []logged
	for _, rec := range x.records {
		if slices.ContainsFunc(c.sources, func(source string) bool { return c.holds(rec, source) }) {
			held = append(held, rec)
		}
	}
	held = c.arrange(held)
	var path string
	if c.channel == "jsonl" {
		var b bytes.Buffer
		for _, rec := range held {
			b.Write(rec.raw)
			b.WriteByte('\n')
		}
		path = x.put("cloudtrail/"+c.account+"-"+c.region+"-records.jsonl", b.Bytes(), c.to)
	} else {
		path = x.put("cloudtrail/"+c.account+"-"+c.region+"-log.json", logFile(held), c.to)
	}
	x.claim(c, path, "", c.sources...)
}

func logFile(records []logged) []byte {
	list := make([]any, len(records))
	for i, rec := range records {
		list[i] = json.RawMessage(rec.raw)
	}
	return cloudtrail.Object{{Key: "Records", Value: list}}.Append(nil)
}

func (x *expansion) snapshot(sn *snapshot, index int) {
	folder := "identitystore"
	if index > 0 {
		folder = fmt.Sprintf("identitystore-%d", index+1)
	}
	for _, list := range sn.listings {
		kind, name := list.path()
		path := x.put(folder+"/"+name+".json", x.story.body(sn, list), sn.taken)
		if !sn.byHand {
			x.listed(sn, list, path, kind)
		}
	}
}

// provider writes what was read of a service: as collect keeps it where the
// story says what of it is whole, else as the service prints it.
func (x *expansion) provider(p *provider) error {
	if len(p.reach) > 0 || len(p.partly) > 0 {
		state, taken, err := p.state()
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := (kept.Document{Upstream: &state, Taken: taken, Source: p.product + "://example"}).Write(&b); err != nil {
			return err
		}
		x.put(p.product+"/"+p.product+".json", b.Bytes(), p.at)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(p.objects)) {
		data, err := json.MarshalIndent(p.objects[name], "", "  ")
		if err != nil {
			return err
		}
		x.put(p.product+"/"+name+".json", append(data, '\n'), p.at)
	}
	return nil
}

func pretty(o cloudtrail.Object) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, o.Append(nil), "", "    "); err != nil {
		return o.Append(nil) // never: Append writes valid JSON
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// listingCommand is the command that printed a listing, for the manifest.
func listingCommand(sn *snapshot, list *listing, kind string) string {
	command := "aws identitystore " + kind + " --region " + sn.region + " --identity-store-id " + sn.store
	if list.about != nil && list.kind == "members" {
		command += " --group-id " + awsid.Bare(list.about.id)
	}
	if list.about != nil && list.kind == "groups-of" {
		command += " --member-id UserId=" + awsid.Bare(list.about.id)
	}
	return command
}
