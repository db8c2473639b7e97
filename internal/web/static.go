package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/report"
)

//go:embed static
var staticFiles embed.FS

// asset is a file that the pages load.
type asset struct {
	kind string
	data []byte
}

// assets are the style sheets and scripts by name. uPlot is version 1.6.32
// (npm uplot, MIT; static/uplot-LICENSE), unchanged.
var assets = func() map[string]asset {
	read := func(name string) []byte {
		data, err := staticFiles.ReadFile("static/" + name)
		if err != nil {
			panic(err) // it is embedded: only a wrong name can fail, and every start shows it
		}
		return data
	}
	css := strings.Join([]string{report.Palette(), string(read("app.css")), report.PictureStyle(), report.ChainStyle(), string(read("uplot-1.6.32.min.css"))}, "\n")
	return map[string]asset{
		"app.css":  {"text/css; charset=utf-8", []byte(css)},
		"app.js":   {"text/javascript; charset=utf-8", read("app.js")},
		"uplot.js": {"text/javascript; charset=utf-8", read("uplot-1.6.32.min.js")},
		"icon.svg": {"image/svg+xml", read("icon.svg")},
	}
}()

// edition names the assets by their content, so that they can be kept for good.
var edition = func() string {
	sum := sha256.New()
	for _, name := range sortedKeys(assets) {
		sum.Write(assets[name].data)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}()

// static is the path of an asset.
func static(name string) string { return "/static/" + edition + "/" + name }

func serveStatic(w http.ResponseWriter, r *http.Request) {
	a, ok := assets[r.PathValue("name")]
	if !ok || r.PathValue("edition") != edition {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.data))
}
