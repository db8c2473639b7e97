package s3

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/intake"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/scan"
)

// How much is sampled in search of Identity Center: the newest log files of each
// account and Region, so that the whole stays at some thousand calls.
const (
	sampleFiles  = 24
	sampleCalls  = 1500 // objects in all
	sampleObject = 2 << 20
)

// choose returns the accounts and Regions that are read, and notes which are not,
// and why.
func (s *Source) choose(ctx context.Context, l *layout, note func(string)) (map[casefile.Place]bool, error) {
	all := l.places()
	asked := s.o.Query.Place
	if s.o.AllRegions || len(all) <= 1 || asked.Account != "" && asked.Region != "" {
		return setOf(all), nil
	}
	if s.o.Home != nil {
		homes, err := s.o.Home(ctx)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			note(fmt.Sprintf("%s: where Identity Center is could not be asked (%s), so a sample of the newest files decides", s.name(), s.o.Explain(err, "asking for it").Reason))
		default:
			here := slices.DeleteFunc(slices.Clone(all), func(p casefile.Place) bool { return !slices.Contains(homes, p) })
			if len(here) > 0 {
				s.noteChoice(all, here, "Identity Center is there, or an account that may administer it", note)
				return setOf(here), nil
			}
			if len(homes) > 0 {
				note(fmt.Sprintf("%s: nothing of the account of Identity Center (%s %s) lies there, so a sample of the newest files decides", s.name(), homes[0].Account, homes[0].Region))
			}
		}
	}
	here, because, err := s.sample(ctx, l, all)
	if err != nil {
		return nil, err
	}
	s.noteChoice(all, here, because, note)
	return setOf(here), nil
}

func setOf(places []casefile.Place) map[casefile.Place]bool {
	out := make(map[casefile.Place]bool, len(places))
	for _, p := range places {
		out[p] = true
	}
	return out
}

func (s *Source) noteChoice(all, here []casefile.Place, because string, note func(string)) {
	left := setOf(all)
	for _, p := range here {
		delete(left, p)
	}
	if len(left) == 0 {
		if because != "" {
			note(fmt.Sprintf("%s: every account and Region was read, since %s", s.name(), because))
		}
		return
	}
	note(fmt.Sprintf("%s: only %s was read, since %s; nothing was read of %s. --all-regions reads everything",
		s.name(), list(some(placeNames(setOf(here)), 10)), because, list(some(placeNames(left), 10))))
}

func list(parts []string) string { return strings.Join(parts, ", ") }

// seen is what a sample shows of a place.
type seen struct{ scim, writes bool }

// sample looks into the newest log files. Writes are logged in the primary Region
// of Identity Center only, and SCIM in its own account (cloudtrail reference 2.2): the
// Region is known once either was seen, the accounts once SCIM was; without SCIM
// all accounts of the Region are read, and without either everything is.
func (s *Source) sample(ctx context.Context, l *layout, all []casefile.Place) ([]casefile.Place, string, error) {
	files := min(sampleFiles, sampleCalls/len(all))
	if files < 1 {
		return nil, "", &live.Problem{
			Kind: live.Refused, Doing: "choosing what to read of " + s.name(),
			Reason: fmt.Sprintf("the trail has logs of %d accounts and Regions, too many to sample", len(all)),
			Next:   "name those of Identity Center with --account and --region, or read everything with --all-regions",
		}
	}
	s.o.Query.Progress.Doing("looking for Identity Center in " + s.name())
	found := make([]seen, len(all))
	var mu sync.Mutex
	err := each(ctx, s.o.Parallel, l.trees, func(ctx context.Context, t tree) error {
		at, ok := slices.BinarySearchFunc(all, t.place, comparePlaces)
		if !ok {
			return nil
		}
		one, err := s.sampleTree(ctx, t, files)
		mu.Lock()
		defer mu.Unlock()
		found[at].scim = found[at].scim || one.scim
		found[at].writes = found[at].writes || one.writes
		return err
	})
	if err != nil {
		return nil, "", s.problem(ctx, err, "sampling "+s.name())
	}
	regions := map[string]bool{}
	scim := false
	for i, one := range found {
		if one.scim || one.writes {
			regions[all[i].Region] = true
		}
		scim = scim || one.scim
	}
	if len(regions) == 0 {
		return all, "a sample of the newest files shows no call that changes Identity Center anywhere", nil
	}
	var here []casefile.Place
	for i, p := range all {
		if regions[p.Region] && (!scim || found[i].scim || found[i].writes) {
			here = append(here, p)
		}
	}
	because := "a sample of the newest files shows calls that change Identity Center in that Region"
	if scim {
		because = "a sample of the newest files shows SCIM, or calls that change Identity Center, there and nowhere else"
	}
	return here, because, nil
}

// sampleTree looks into the newest files of a tree.
func (s *Source) sampleTree(ctx context.Context, t tree, files int) (seen, error) {
	newest, err := s.newest(ctx, t, files)
	if err != nil {
		return seen{}, err
	}
	var out seen
	logs := scan.NewLogs()
	for _, o := range newest {
		r, err := s.content(ctx, o)
		if err != nil {
			if ctx.Err() != nil {
				return out, ctx.Err()
			}
			continue // what can't be read is said when it is read for good
		}
		_, _ = logs.Read(r, s.o.Limits, func(rec scan.Record) error {
			if event, err := cloudtrail.Decode(rec.Raw); err == nil {
				out.scim = out.scim || event.Source == awsid.SourceSCIM
				out.writes = out.writes || !event.ReadOnly && cloudtrail.DirectorySource(event.Source)
			}
			return nil
		})
		if out.scim {
			break
		}
	}
	return out, nil
}

// newest returns the last log files of a tree, going back from its last day as far
// as it takes: right after midnight the last day has one or two.
func (s *Source) newest(ctx context.Context, t tree, files int) ([]object, error) {
	var last []object // the newest day's first
	days := 0
	var back func(folder string, depth int) error
	back = func(folder string, depth int) error {
		if depth >= 3 { // year, month, day
			days++
			day, err := s.lastIn(ctx, folder, files-len(last))
			last = append(last, day...)
			return err
		}
		folders, err := s.b.folders(ctx, folder)
		for _, folder := range slices.Backward(folders) {
			if err != nil || len(last) == files || days == files {
				break
			}
			err = back(folder, depth+1)
		}
		return err
	}
	err := back(t.within, strings.Count(strings.TrimPrefix(t.within, t.base), "/"))
	return last, err
}

// lastIn returns the last log files in the folder of a day.
func (s *Source) lastIn(ctx context.Context, folder string, files int) ([]object, error) {
	var last []object
	for token := ""; ; {
		p, err := s.b.list(ctx, folder, "", "", token)
		if err != nil {
			return nil, err
		}
		for _, o := range p.objects {
			if _, _, ok := intake.NameOf(o.key); ok && o.size <= sampleObject {
				last = append(last, o)
			}
		}
		last = last[max(0, len(last)-files):]
		if token = p.next; token == "" {
			return last, nil
		}
	}
}

// each does something for every item, several at once, until one fails.
func each[T any](ctx context.Context, workers int, items []T, do func(context.Context, T) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	work := make(chan T)
	var group sync.WaitGroup
	for range min(workers, len(items)) {
		group.Go(func() {
			for item := range work {
				if err := do(ctx, item); err != nil {
					stop(err)
				}
			}
		})
	}
	for _, item := range items {
		if ctx.Err() != nil {
			break
		}
		work <- item
	}
	close(work)
	group.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return ctx.Err()
}
