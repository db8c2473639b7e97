package cloudtrail_test

import (
	"testing"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/loggen"
)

// BenchmarkDecode reads the records of a large company (loggen.Company), one an
// operation.
func BenchmarkDecode(b *testing.B) {
	var out taken
	if err := (loggen.Company{Users: 500, Groups: 50, Memberships: 1000, Events: 5000}).Give(&out); err != nil {
		b.Fatal(err)
	}
	bytes := 0
	for _, raw := range out.records {
		bytes += len(raw)
	}
	b.SetBytes(int64(bytes / len(out.records)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := cloudtrail.Decode(out.records[i%len(out.records)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// BenchmarkOracle is the same with the decoder as it was.
func BenchmarkOracle(b *testing.B) {
	var out taken
	if err := (loggen.Company{Users: 500, Groups: 50, Memberships: 1000, Events: 5000}).Give(&out); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := cloudtrail.OracleDecode(out.records[i%len(out.records)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
