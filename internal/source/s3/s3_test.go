package s3_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/source/file"
	"github.com/scimtrail/scimtrail/internal/source/s3"
)

func generated(tb testing.TB, o loggen.Options) string {
	tb.Helper()
	plan, err := loggen.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	if _, err := plan.WriteTree(context.Background(), dir, nil); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// largeOnce makes a tree of one object that is larger than what is held in memory:
// hardly longer than that, since it is stored as it is.
var largeOnce = sync.OnceValues(func() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "s3-large-"); err != nil {
		return "", err
	}
	largeDir = dir
	plan, err := loggen.New(loggen.Options{Bytes: 11e6, Files: 1, Level: 1, IdentityShare: 100, Accounts: loggen.Accounts(1)})
	if err != nil {
		return dir, err
	}
	if _, err = plan.WriteTree(context.Background(), dir, nil); err != nil {
		return dir, err
	}
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		packed, err := os.Open(name)
		if err != nil {
			return err
		}
		defer packed.Close()
		content, err := gzip.NewReader(packed)
		if err != nil {
			return err
		}
		var stored bytes.Buffer
		z, err := gzip.NewWriterLevel(&stored, gzip.NoCompression)
		if err == nil {
			_, err = io.Copy(z, content)
		}
		if err == nil {
			err = z.Close()
		}
		if err == nil && stored.Len() <= 9<<20 {
			err = fmt.Errorf("%d bytes are held in memory", stored.Len())
		}
		if err != nil {
			return err
		}
		return os.WriteFile(name, stored.Bytes(), 0o644)
	})
	return dir, err
})

var largeDir string // once it is made

func TestMain(m *testing.M) {
	if dir := os.Getenv(servesVariable); dir != "" {
		os.Exit(serve(dir))
	}
	status := m.Run()
	if largeDir != "" {
		_ = os.RemoveAll(largeDir)
	}
	os.Exit(status)
}

func largeTree(tb testing.TB) string {
	tb.Helper()
	dir, err := largeOnce()
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

func fromFiles(tb testing.TB, dir string, o file.Options) *casefile.Case {
	tb.Helper()
	b := casefile.NewBuilder(&actor.Catalogue{})
	if err := file.New(dir, o).Collect(context.Background(), b); err != nil {
		tb.Fatal(err)
	}
	return b.Build()
}

func TestABucketReadsLikeAFolder(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		logs   loggen.Options
		change func(*s3.Options)
		files  file.Options
	}{
		{"the trail of an account", loggen.Options{Bytes: 3e6, IdentityShare: 20, Accounts: loggen.Accounts(1)}, nil, file.Options{NoCustody: true}},
		{"the trail of an organisation", loggen.Options{Shape: loggen.Swarm, Files: 250, IdentityShare: 5, Accounts: loggen.Accounts(4), Organization: "o-exampleorgid"}, nil, file.Options{NoCustody: true}},
		{"with the hash of every object", loggen.Options{Shape: loggen.Swarm, Files: 150, IdentityShare: 5}, func(o *s3.Options) { o.Custody = true }, file.Options{}},
		{"in small portions and pages", loggen.Options{Shape: loggen.Swarm, Files: 150, IdentityShare: 5}, func(o *s3.Options) { o.Portion, o.Parallel = 7, 3 }, file.Options{NoCustody: true}},
		{"with objects too large to be held", loggen.Options{}, nil, file.Options{NoCustody: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var dir string
			if tt.logs.Files == 0 && tt.logs.Bytes == 0 {
				dir = largeTree(t)
			} else {
				dir = generated(t, tt.logs)
			}
			shelf := newShelf(t, dir)
			shelf.pages = 100
			o := options(t, shelf)
			if tt.change != nil {
				tt.change(&o)
			}
			want := told(t, fromFiles(t, dir, tt.files), dir)
			got := told(t, mustGather(t, o), "s3://org-trail-logs")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-folder +bucket):\n%.4000s", diff)
			}
		})
	}
}
