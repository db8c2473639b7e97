// Command archivedict makes the dictionary that an archive compresses records
// against (internal/archive/records.zdict): a few records of the kinds that are
// logged most, written by package loggen, so that it holds nobody's data. It is
// run by hand; archives keep the dictionary that they were written with.
//
//	go run ./scripts/archivedict internal/archive/records.zdict
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/loggen"
)

const (
	maxHistory = 24 << 10 // a larger one costs more to set up than it saves
	// worth is how many bytes a record must still take against what was picked
	// before, to be picked too.
	worth = 240
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("name the file to write")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(path string) error {
	samples, err := gather()
	if err != nil {
		return err
	}
	history, err := pick(samples)
	if err != nil {
		return err
	}
	few := samples[:0:0]
	for i := 0; i < len(samples); i += 5 {
		few = append(few, samples[i])
	}
	dictionary, err := zstd.BuildDict(zstd.BuildDictOptions{ID: 1398952050, Contents: few, History: history, Offsets: [3]int{1, 4, 8}, Level: zstd.SpeedFastest})
	if err != nil {
		return fmt.Errorf("building the dictionary: %w", err)
	}
	return os.WriteFile(path, dictionary, 0o644)
}

// taker is a sink that keeps the bytes of records.
type taker struct {
	*casefile.Builder
	raws *[][]byte
}

func (t taker) Record(_ int, raw []byte) error {
	*t.raws = append(*t.raws, raw)
	return nil
}

func gather() ([][]byte, error) {
	var raws [][]byte
	if err := (loggen.Company{Events: 10_000, Memberships: 1_500, Users: 800, Groups: 80, Seed: 3}).Give(taker{casefile.NewBuilder(actor.Default()), &raws}); err != nil {
		return nil, err
	}
	plan, err := loggen.New(loggen.Options{Bytes: 12e6, IdentityShare: 1})
	if err != nil {
		return nil, err
	}
	for f := range plan.Files() {
		var stored bytes.Buffer
		if _, err := f.Generate(&stored); err != nil {
			return nil, err
		}
		r, err := gzip.NewReader(&stored)
		if err != nil {
			return nil, err
		}
		var doc struct{ Records []json.RawMessage }
		if err := json.NewDecoder(r).Decode(&doc); err != nil {
			return nil, err
		}
		for _, raw := range doc.Records {
			raws = append(raws, raw)
		}
	}
	return raws, nil
}

// pick chooses the records of the commonest kinds that are least like each other,
// the commonest last, where a compressor finds them nearest.
func pick(samples [][]byte) ([]byte, error) {
	type kind struct {
		key string
		raw []byte
		n   int
	}
	kinds := map[string]*kind{}
	for _, raw := range samples {
		rec, err := cloudtrail.Decode(raw)
		if err != nil || !cloudtrail.Concerns(rec.Source, rec.Name) {
			continue
		}
		key := fmt.Sprint(rec.Source, " ", rec.Name, " ", rec.Failed(), " ", rec.Identity.Type)
		if kinds[key] == nil {
			kinds[key] = &kind{key: key, raw: raw}
		}
		kinds[key].n++
	}
	var order []*kind
	for _, k := range kinds {
		order = append(order, k)
	}
	slices.SortFunc(order, func(a, b *kind) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.key, b.key)) })
	var history []byte
	for _, k := range order {
		if len(history)+len(k.raw) > maxHistory {
			continue
		}
		if len(history) > 0 {
			enc, err := zstd.NewWriter(nil, zstd.WithEncoderDictRaw(1, history), zstd.WithEncoderLevel(zstd.SpeedFastest))
			if err != nil {
				return nil, err
			}
			if len(enc.EncodeAll(k.raw, nil)) < worth {
				continue
			}
		}
		history = append(bytes.Clone(k.raw), history...)
	}
	return history, nil
}
