package manifest

import (
	"fmt"
	"strings"

	"github.com/scimtrail/scimtrail/internal/casefile"
)

func fewNotes(all []string, most int) []string {
	var out []string
	for _, note := range all[:min(len(all), most)] {
		out = append(out, cut(note))
	}
	if more := len(all) - len(out); more > 0 {
		out = append(out, fmt.Sprintf("The collection had %d more notes, which were not kept.", more))
	}
	return out
}

func fewLosses(all []casefile.Loss, most int) []casefile.Loss {
	var out []casefile.Loss
	for _, l := range all[:min(len(all), most)] {
		out = append(out, casefile.Loss{Path: cut(l.Path), Reason: cut(l.Reason), Lost: cut(l.Lost)})
	}
	if more := len(all) - len(out); more > 0 {
		out = append(out, casefile.Loss{Path: Name, Reason: "more could not be read than the manifest keeps", Lost: fmt.Sprintf("%d more losses", more)})
	}
	return out
}

// cut bounds a text, on the boundary of a character.
func cut(text string) string {
	if len(text) <= mostText {
		return text
	}
	return strings.ToValidUTF8(text[:mostText], "") + "..."
}
