// Command generate rewrites the example evidence from the stories that it is
// made from: examples/stories/NAME.txtar becomes examples/NAME. Run it from the
// top of the repository:
//
//	go run ./examples/generate
//
// Its output depends on nothing but the stories. A folder of an example holds
// what its story makes and nothing else: files that no story makes any more are
// removed.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/scimtrail/scimtrail/internal/story"
)

func main() {
	if err := rewrite("examples"); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// rewrite makes every example below dir anew.
func rewrite(dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "stories", "*.txtar"))
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return fmt.Errorf("no stories in %s; run it from the top of the repository", filepath.Join(dir, "stories"))
	}
	for _, path := range paths {
		s, err := read(path)
		if err != nil {
			return err
		}
		into := filepath.Join(dir, strings.TrimSuffix(filepath.Base(path), ".txtar"))
		if err := s.WriteDir(into); err != nil {
			return fmt.Errorf("writing %s: %w", into, err)
		}
		if err := sweep(into, s); err != nil {
			return err
		}
	}
	return nil
}

func read(path string) (*story.Story, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := story.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// sweep removes the files below dir that the story does not make.
func sweep(dir string, s *story.Story) error {
	files, err := s.Files()
	if err != nil {
		return err
	}
	made := map[string]bool{}
	for _, f := range files {
		made[filepath.Join(dir, filepath.FromSlash(f.Path))] = true
	}
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || made[path] {
			return err
		}
		return os.Remove(path)
	})
}
