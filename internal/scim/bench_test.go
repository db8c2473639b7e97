package scim_test

import (
	"testing"

	"github.com/scimtrail/scimtrail/internal/scim"
)

func BenchmarkDecodeObject(b *testing.B) {
	data := []byte(barbara)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := scim.DecodeObject(data, 20); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	user := object(b, barbara)
	var buf []byte
	for b.Loop() {
		buf, _ = user.AppendJSON(buf[:0])
	}
}

func BenchmarkParseFilter(b *testing.B) {
	for b.Loop() {
		if _, err := scim.ParseFilter(`id eq "g-1" and members eq "u-1"`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	user := object(b, barbara)
	ops, err := scim.ParsePatch(object(b, `{"Operations":[{"op":"replace","path":"emails[type eq \"work\"].value","value":"x@example.com"}]}`))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, _, err := scim.UserType().Apply(user, ops); err != nil {
			b.Fatal(err)
		}
	}
}
