package cloudtrail

import "hash/maphash"

// interner makes strings of bytes and gives the same string for the same bytes
// when it saw them lately: sources, accounts, roles and user agents repeat from
// record to record. A place holds one string and the newest takes it, so memory
// is bounded whatever the evidence holds.
type interner struct {
	places [1 << 13]string
}

// longestInterned bounds what the interner keeps at 4 MB.
const longestInterned = 512

var seed = maphash.MakeSeed()

func (in *interner) of(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > longestInterned {
		return string(b)
	}
	place := &in.places[maphash.Bytes(seed, b)%uint64(len(in.places))]
	if *place != string(b) {
		*place = string(b)
	}
	return *place
}
