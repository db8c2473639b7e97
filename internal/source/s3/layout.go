package s3

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
)

// Folders of a trail (cloudtrail reference 4.1): below AWSLogs, and the
// organisation's id when it is an organisation's trail, an account's folder; in it
// CloudTrail and CloudTrail-Digest among others; in these a folder a Region, and
// below it year, month and day.
const (
	folderLogs    = "CloudTrail"
	folderDigests = "CloudTrail-Digest"
	folderRoot    = "AWSLogs"
)

var (
	accountForm      = regexp.MustCompile(`^[0-9]{12}$`).MatchString
	organisationForm = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`).MatchString
	regionForm       = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`).MatchString
)

// tree is the folder of one account and Region.
type tree struct {
	base   string // down to the Region, with a slash
	within string // base, or the part of it that was named
	place  casefile.Place
}

// where is what a folder's name says.
type where struct {
	account string
	kind    string // the folder in the account's: CloudTrail, Config, ...
	region  string
	base    string // down to the Region
	root    bool   // the folder is AWSLogs, or the organisation's in it
}

// locate reads the name of a folder, which ends in a slash.
func locate(folder string) where {
	parts := strings.Split(strings.TrimSuffix(folder, "/"), "/")
	last := len(parts) - 1
	if parts[last] == folderRoot || last > 0 && parts[last-1] == folderRoot && organisationForm(parts[last]) {
		return where{root: true}
	}
	for i := last; i >= 0; i-- {
		if !accountForm(parts[i]) {
			continue
		}
		rooted := i > 0 && parts[i-1] == folderRoot || i > 1 && parts[i-2] == folderRoot && organisationForm(parts[i-1])
		if !rooted && (i == last || parts[i+1] != folderLogs && parts[i+1] != folderDigests) {
			continue
		}
		w := where{account: parts[i]}
		if i < last {
			w.kind = parts[i+1]
		}
		if i+1 < last && (w.kind == folderLogs || w.kind == folderDigests) && regionForm(parts[i+2]) {
			w.region, w.base = parts[i+2], strings.Join(parts[:i+3], "/")+"/"
		}
		return w
	}
	return where{}
}

// layout is what was found below the prefix.
type layout struct {
	trees  []tree
	plain  []string // folders outside of any trail with objects directly in them
	passed []string // folders that were too many, or too deep, to look into
	pruned map[casefile.Place]bool
	listed int // folders
}

// Bounds on how much is listed in search of a trail: an organisation takes one
// listing an account.
const (
	maxListed = 20_000 // folders
	maxDepth  = 12     // of folders below the prefix
	explorers = 16     // listings at once
)

// explore finds the trees below the prefix. Folders of other accounts and Regions
// than are asked about are not entered.
func (s *Source) explore(ctx context.Context) (*layout, error) {
	l := &layout{pruned: map[casefile.Place]bool{}}
	start, err := s.start(ctx)
	if err != nil {
		return nil, err
	}
	s.o.Query.Progress.Doing("looking for the trail in " + s.shown(start))
	level := []string{start}
	for depth := 0; len(level) > 0; depth++ {
		if depth > maxDepth || l.listed+len(level) > maxListed {
			l.passed = append(l.passed, level...)
			break
		}
		var next []string
		var mu sync.Mutex
		err := each(ctx, explorers, level, func(ctx context.Context, folder string) error {
			w := where{} // of the beginning of names, too
			if strings.HasSuffix(folder, "/") {
				w = locate(folder)
			}
			if w.region != "" {
				mu.Lock()
				defer mu.Unlock()
				l.add(folder, w)
				return nil
			}
			if w.account != "" && w.kind == "" {
				folder += folderLogs + "/" // what else lies there is not the trail's
				w.kind = folderLogs
			}
			folders, loose, err := s.inside(ctx, folder)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			l.listed++
			if loose && w.account == "" && !w.root {
				l.plain = append(l.plain, folder)
			}
			next = append(next, slices.DeleteFunc(folders, func(child string) bool { return !s.enters(w, child, l) })...)
			return nil
		})
		if err != nil {
			return nil, err
		}
		level = next
	}
	slices.SortFunc(l.trees, func(a, b tree) int { return strings.Compare(a.within, b.within) })
	slices.Sort(l.plain)
	slices.Sort(l.passed)
	return l, nil
}

// start is the folder that the prefix names, or the beginning of names.
func (s *Source) start(ctx context.Context) (string, error) {
	prefix := s.o.Prefix
	if prefix == "" || strings.HasSuffix(prefix, "/") {
		return prefix, nil
	}
	p, err := s.b.list(ctx, prefix+"/", "/", "", "")
	if err != nil {
		return "", s.problem(ctx, err, "listing "+s.name())
	}
	if len(p.folders)+len(p.objects) > 0 {
		return prefix + "/", nil
	}
	return prefix, nil
}

// inside returns the folders in a folder, and whether it has objects too.
func (s *Source) inside(ctx context.Context, folder string) (folders []string, loose bool, err error) {
	for token := ""; ; {
		p, err := s.b.list(ctx, folder, "/", "", token)
		if err != nil {
			return nil, false, s.problem(ctx, err, "listing "+s.shown(folder))
		}
		folders = append(folders, p.folders...)
		loose = loose || slices.ContainsFunc(p.objects, func(o object) bool { return !strings.HasSuffix(o.key, "/") })
		if token = p.next; token == "" {
			return folders, loose, nil
		}
	}
}

// enters reports whether a folder in another is looked into.
func (s *Source) enters(in where, child string, l *layout) bool {
	w := locate(child)
	asked := s.o.Query.Place
	switch {
	case w.region != "":
		if asked.Region != "" && asked.Region != w.region || asked.Account != "" && asked.Account != w.account {
			if w.kind == folderLogs {
				l.pruned[casefile.Place{Account: w.account, Region: w.region}] = true
			}
			return false
		}
		return w.kind == folderLogs
	case w.kind != "":
		return w.kind == folderLogs
	case w.account != "":
		if asked.Account != "" && asked.Account != w.account {
			l.pruned[casefile.Place{Account: w.account}] = true
			return false
		}
		return true
	case in.root, in.account != "":
		return w.root // what else lies there is not CloudTrail's
	}
	return true
}

func (l *layout) add(name string, w where) {
	l.trees = append(l.trees, tree{base: w.base, within: name, place: casefile.Place{Account: w.account, Region: w.region}})
}

// places are where the log files are from, in order.
func (l *layout) places() []casefile.Place {
	var out []casefile.Place
	for _, t := range l.trees {
		out = append(out, t.place)
	}
	return sortedPlaces(out)
}

func sortedPlaces(list []casefile.Place) []casefile.Place {
	slices.SortFunc(list, comparePlaces)
	return slices.Compact(list)
}

func comparePlaces(a, b casefile.Place) int {
	return strings.Compare(a.Account+" "+a.Region, b.Account+" "+b.Region)
}

// nothing is the error of a prefix under which there is no evidence.
func (s *Source) nothing(l *layout) error {
	p := &live.Problem{
		Kind: live.Missing, Doing: "looking for log files in " + s.name(),
		Reason: fmt.Sprintf("there are none; %d folders were listed", l.listed),
		Next:   "check bucket and prefix; a trail's logs lie below PREFIX/AWSLogs/",
	}
	if l.listed == 1 {
		p.Reason = "there are none; 1 folder was listed"
	}
	if n := len(l.pruned); n > 0 {
		p.Reason = fmt.Sprintf("there are none of the account and Region that are asked about, only of %s", strings.Join(some(placeNames(l.pruned), 5), ", "))
		p.Next = "check --account and --region"
	}
	return p
}

func placeNames(places map[casefile.Place]bool) []string {
	var out []string
	for p := range places {
		out = append(out, strings.TrimSpace(p.Account+" "+p.Region))
	}
	slices.Sort(out)
	return out
}

// some is the first n of a list, and how many more there are.
func some(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(slices.Clone(list[:n]), fmt.Sprintf("%d more", len(list)-n))
}
