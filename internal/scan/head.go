package scan

// head is the top of a record: all that the decision about it and the count of
// places need. The slices are valid as long as the record's bytes.
type head struct {
	source, name, time, region, account []byte
}

func readHead(raw []byte, m *found) head {
	h := head{
		source:  m.text(raw, eventSource, nil),
		name:    m.text(raw, eventName, nil),
		time:    m.text(raw, eventTime, nil),
		region:  m.text(raw, awsRegion, nil),
		account: m.text(raw, recipientAccountID, nil),
	}
	if at := m.at[userIdentity]; len(h.account) == 0 && !at.empty() {
		h.account = callerAccount(raw[at.from:at.to])
	}
	return h
}

// callerAccount is userIdentity.accountId, which stands in for an absent
// recipientAccountId as it does in package cloudtrail.
func callerAccount(identity []byte) []byte {
	if identity[0] == '"' {
		identity = unquote(identity, nil) // Athena and Lake: an object as JSON text
	}
	if len(identity) == 0 || identity[0] != '{' {
		return nil
	}
	f := frameBytes(identity, 1<<10)
	f.hold()
	f.pos++
	for {
		name, value, err := f.member()
		if err != nil {
			return nil
		}
		if f.skip() != nil {
			return nil
		}
		if isAccountID(identity[name.from:name.to]) {
			return unquote(identity[value:f.pos], nil)
		}
		if end, err := f.comma('}'); end || err != nil {
			return nil
		}
	}
}

func isAccountID(quoted []byte) bool {
	return string(quoted) == `"accountId"` || string(quoted) == `"accountid"`
}

// isRecord reports whether the members are those of a CloudTrail record. A
// notification of S3 has an eventSource too, "aws:s3".
func (m *found) isRecord(raw []byte) bool {
	source := m.at[eventSource]
	if source.empty() && m.at[eventName].empty() {
		return false
	}
	const foreign = `"aws:`
	return source.empty() || !hasPrefix(raw[source.from:source.to], foreign)
}

func hasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}

// ambiguous reports whether what decides about the record stands in it twice. A
// decoder may then see another source or name than we do.
func (m *found) ambiguous() bool { return m.twice[eventSource] || m.twice[eventName] }
