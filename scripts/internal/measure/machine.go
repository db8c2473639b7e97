package measure

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Machine describes the computer in a few words.
func Machine() string {
	model := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model += ", " + strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s on %s, %d cores, %s", runtime.GOOS, model, runtime.NumCPU(), runtime.Version())
}

// Build builds a package of this module into dir and returns the program's path.
func Build(ctx context.Context, dir, pkg string) (string, error) {
	name := filepath.Join(dir, filepath.Base(pkg))
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", name, pkg).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w: %s", pkg, err, out)
	}
	return name, nil
}
