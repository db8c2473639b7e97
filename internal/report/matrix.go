package report

import (
	"fmt"
	"strings"

	"github.com/scimtrail/scimtrail/internal/diagnose"
)

// matrixHead are the columns of the matrix, hop by hop.
var matrixHead = []string{"People", "In the provider's group", "Assigned to the app", "Made in AWS", "Group pushed", "In the AWS group", "Who"}

type (
	matrixDoc struct {
		Provider string         `json:"provider"`
		Group    string         `json:"group"`
		People   int            `json:"people"`
		Whole    bool           `json:"whole"` // everybody in the provider's group is known
		Rows     []matrixRowDoc `json:"rows"`
	}
	// A cell is yes, no or unknown.
	matrixRowDoc struct {
		InGroup     string   `json:"inProviderGroup"`
		Assigned    string   `json:"assigned"`
		Provisioned string   `json:"provisioned"`
		Pushed      string   `json:"pushed"`
		InAWS       string   `json:"inAws"`
		People      int      `json:"people"`
		Names       []string `json:"names"` // some of them
	}
)

func matrixJSON(m *diagnose.Matrix) *matrixDoc {
	if m == nil {
		return nil
	}
	doc := &matrixDoc{Provider: m.Provider, Group: m.Group, People: m.People, Whole: m.Whole, Rows: []matrixRowDoc{}}
	for _, r := range m.Rows {
		doc.Rows = append(doc.Rows, matrixRowDoc{string(r.InGroup), string(r.Assigned), string(r.Provisioned), string(r.Pushed), string(r.InAWS), r.People, listed(r.Names)})
	}
	return doc
}

// matrixCaption says what the matrix is of, and whether it has everybody.
func matrixCaption(m *diagnose.Matrix) string {
	provider := map[string]string{"okta": "Okta", "entra": "Entra ID"}[m.Provider]
	text := fmt.Sprintf("Hop by hop, from %s to AWS: %s", provider, plural(m.People, "person", "people"))
	if !m.Whole {
		text += " that are known; there may be more"
	}
	return text
}

// matrixCells are a row in words, in the order of matrixHead.
func matrixCells(r diagnose.MatrixRow) []string {
	out := []string{fmt.Sprint(r.People)}
	for _, c := range r.Cells() {
		out = append(out, map[diagnose.Cell]string{diagnose.Yes: "yes", diagnose.No: "no"}[c])
		if c == diagnose.Unknown {
			out[len(out)-1] = "?"
		}
	}
	names := strings.Join(r.Names, ", ")
	if more := r.People - len(r.Names); more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return append(out, names)
}

// matrix writes how far the people came; the columns are named short, since a
// terminal is narrow.
func (p *page) matrix(m *diagnose.Matrix) {
	if m == nil {
		return
	}
	p.heading(matrixCaption(m))
	if len(m.Rows) == 0 {
		p.item("Nobody is in the provider's group.")
		return
	}
	table := [][]string{{"people", "in group", "assigned", "made in AWS", "pushed", "in AWS group", "who"}}
	for _, r := range m.Rows {
		table = append(table, matrixCells(r))
	}
	widths := make([]int, len(matrixHead))
	for _, row := range table {
		for i := range row {
			row[i] = Clean(row[i])
			widths[i] = max(widths[i], Width(row[i]))
		}
	}
	if p.style.Width > 0 {
		shrink(widths, p.style.columns()-4-2*(len(widths)-1))
	}
	for i, row := range table {
		p.raw("    ")
		code := ""
		if i == 0 {
			code = bold
		}
		p.row(code, row, widths)
	}
}

// matrix lays the table out for a report: who is how far on the way to AWS.
func (w *writer) matrix() []block {
	m := w.in.matrix
	if m == nil {
		return nil
	}
	if len(m.Rows) == 0 {
		return []block{{Para: text(matrixCaption(m) + ". Nobody is in the provider's group.")}}
	}
	t := &table{Caption: Clean(matrixCaption(m)), Head: matrixHead}
	for _, r := range m.Rows {
		var row tableRow
		for i, c := range matrixCells(r) {
			switch {
			case i > 0 && i < len(matrixHead)-1 && c == "no":
				row.Cells = append(row.Cells, strong(c))
			default:
				row.Cells = append(row.Cells, text(c))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return []block{{Table: t}}
}
