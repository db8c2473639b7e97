package archive_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/story"
)

// place opens a new archive; the engines have one each.
type place func(t *testing.T) *archive.Archive

func inFile(t *testing.T) *archive.Archive {
	t.Helper()
	a, err := archive.Open(t.Context(), filepath.Join(t.TempDir(), "case.db"), archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func engines(t *testing.T, run func(t *testing.T, open place)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); run(t, inFile) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); run(t, onServer) })
}

func readStory(t *testing.T, path string) *story.Story {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := story.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// why is the answer to the story's question as the command prints it.
func why(t *testing.T, s *story.Story, c *casefile.Case) string {
	t.Helper()
	l := ledger.Build(c)
	var a *diagnose.Answer
	var err error
	if s.Ask.Kind == "user" {
		a, err = diagnose.User(c, l, s.Ask.Asked, s.Ask.Group)
	} else {
		a, err = diagnose.Group(c, l, s.Ask.Asked)
	}
	if err != nil {
		return "error: " + err.Error()
	}
	return jsonOf(t, report.WhyJSON(a, c))
}

func jsonOf(t *testing.T, doc any) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteJSON(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func write(t *testing.T, a *archive.Archive, give func(casefile.Sink) error) {
	t.Helper()
	w, err := a.Writer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := give(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func collected(t *testing.T, a *archive.Archive) *casefile.Case {
	t.Helper()
	b := casefile.NewBuilder(actor.Default())
	if err := a.Collect(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

// thorough says that every story goes through every engine, and is written twice:
// CI asks for it, once.
var thorough = os.Getenv("SCIMTRAIL_THOROUGH") != ""

// TestAnArchiveAnswersAsTheEvidenceDid asks every story of the corpus, directly
// and from an archive; and some again after the same was written once more. All
// go through a file, some through a server too, unless thorough.
func TestAnArchiveAnswersAsTheEvidenceDid(t *testing.T) {
	t.Parallel()
	stories, err := filepath.Glob("../diagnose/testdata/corpus/*.txtar")
	if err != nil || len(stories) < 100 {
		t.Fatalf("%d stories (%v)", len(stories), err)
	}
	const some = 8
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		for i, path := range stories {
			t.Run(filepath.Base(path), func(t *testing.T) { answersAlike(t, path, inFile, thorough || i%some == 0) })
		}
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		for i, path := range stories {
			if thorough || i%some == 0 {
				t.Run(filepath.Base(path), func(t *testing.T) { answersAlike(t, path, onServer, true) })
			}
		}
	})
}

func answersAlike(t *testing.T, path string, open place, twice bool) {
	s := readStory(t, path)
	direct, err := s.Case(actor.Default())
	if err != nil {
		t.Fatal(err)
	}
	a := open(t)
	write(t, a, func(sink casefile.Sink) error { return s.Give(sink) })
	want := why(t, s, direct)
	if diff := cmp.Diff(want, why(t, s, collected(t, a))); diff != "" {
		t.Errorf("the archive answers otherwise (-direct +archive):\n%s", diff)
	}
	if !twice {
		return
	}
	before, err := a.Generation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	write(t, a, func(sink casefile.Sink) error { return s.Give(sink) })
	after, err := a.Generation(t.Context())
	if err != nil || after != before {
		t.Errorf("writing the same again changed the evidence: generation %d, then %d (%v)", before, after, err)
	}
	if diff := cmp.Diff(want, why(t, s, collected(t, a))); diff != "" {
		t.Errorf("written twice it answers otherwise (-once +twice):\n%s", diff)
	}
}
