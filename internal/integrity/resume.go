package integrity

// Resume makes the next digest the successor of one that an earlier Signer with
// the same key wrote, so that a chain goes on after a restart. Object, JSON and
// Signature of last are needed.
func (s *Signer) Resume(last SignedDigest) { s.last = &last }
