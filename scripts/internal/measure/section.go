package measure

import (
	"fmt"
	"os"
	"strings"
)

// Replace puts text between the lines <!-- begin NAME --> and <!-- end NAME --> of
// a Markdown file, in place of what stands there.
func Replace(file, name, text string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("updating a page: %w", err)
	}
	begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->\n"
	before, rest, ok := strings.Cut(string(data), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("updating a page: %s has no lines %q and %q in this order", file, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	page := before + begin + "\n" + strings.TrimSpace(text) + "\n\n" + end + after
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		return fmt.Errorf("updating a page: %w", err)
	}
	return nil
}
