package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheCommittedExamplesAreWhatTheStoriesMake fails when somebody changed an
// example by hand, or a story without running the generator.
func TestTheCommittedExamplesAreWhatTheStoriesMake(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../stories/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	known := map[string]bool{"stories": true, "generate": true}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		known[name] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := read(path)
			if err != nil {
				t.Fatal(err)
			}
			if s.Expect.Status == "" {
				t.Error("the story does not say what the right answer is")
			}
			files, err := s.Files()
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{}
			for _, f := range files {
				want[f.Path] = string(f.Data)
			}
			if diff := cmp.Diff(want, committed(t, filepath.Join("..", name))); diff != "" {
				t.Errorf("run go run ./examples/generate (-made +committed):\n%.2000s", diff)
			}
		})
	}
	folders, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if f.IsDir() && !known[f.Name()] {
			t.Errorf("examples/%s has no story", f.Name())
		}
	}
}

func committed(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		out[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
