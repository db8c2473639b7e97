package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/watch"
)

// writeLine writes one line of JSON. What a terminal would act on is escaped: JSON
// leaves only DEL, C1 controls and the invisible ones as they are.
func writeLine(w io.Writer, of any) error {
	data, err := json.Marshal(of)
	if err != nil {
		return err
	}
	_, err = w.Write(append(harmlessJSON(data), '\n'))
	return err
}

// harmlessJSON writes as \u escapes what is within strings and does not print.
func harmlessJSON(data []byte) []byte {
	text := string(data)
	plain := true
	for _, r := range text {
		if r >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return data
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r < 0x7f || report.Clean(string(r)) == string(r):
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return []byte(b.String())
}

// replayText prints alerts for a person.
func replayText(w io.Writer, alerts []*watch.Alert, records int, style report.Style) error {
	var b strings.Builder
	if len(alerts) == 0 {
		fmt.Fprintf(&b, "Nothing would have been raised over %s.\n", report.Counted(records, "identity event"))
		_, err := io.WriteString(w, b.String())
		return err
	}
	for _, al := range alerts {
		fmt.Fprintf(&b, "%s  %s  %s\n", al.Opened.Format("2006-01-02 15:04"), al.Severity, report.Clean(al.Title))
		for _, line := range folded(report.Clean(al.Summary), lineWidth(style)-4) {
			fmt.Fprintf(&b, "    %s\n", line)
		}
		end := "still open at the end"
		if !al.Open() {
			end = fmt.Sprintf("closed %s, after %s: %s", al.Closed.Format("2006-01-02 15:04"), al.Lasted(), report.Clean(al.Mended))
		}
		if al.Silenced != "" {
			end += "; silenced: " + report.Clean(al.Silenced)
		}
		for _, line := range folded(fmt.Sprintf("%s, number %d of %s; %s", al.Rule, al.Occurrence, al.ID, end), lineWidth(style)-4) {
			fmt.Fprintf(&b, "    %s\n", line)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%s would have been raised over %s, %d still open at the end.\n", report.Counted(len(alerts), "alert"), report.Counted(records, "identity event"), len(stillOpen(alerts)))
	_, err := io.WriteString(w, b.String())
	return err
}

func lineWidth(style report.Style) int {
	if style.Width > 20 {
		return min(style.Width, 120)
	}
	return 100
}

// folded breaks text into lines at blanks.
func folded(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case report.Width(line)+1+report.Width(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line == "" {
		return lines
	}
	return append(lines, line)
}
