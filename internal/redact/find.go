package redact

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// formAt returns the first form in s: which, and where; 0 when there is none.
func formAt(s string) (form, start, end int) {
	f := finder{text: s}
	return f.next(0)
}

// finder finds one form after the other, in a time that grows with the text.
type finder struct {
	text               string
	searched, mail     bool
	mailStart, mailEnd int // the next e-mail address, if there is one
}

// next returns the first form at or after from, which never gets less.
func (f *finder) next(from int) (form, start, end int) {
	s := f.text
	if !f.searched || f.mail && f.mailStart < from {
		f.searched = true
		f.mail, f.mailStart, f.mailEnd = mailAt(s, from)
	}
	for at := from; at < len(s); {
		if f.mail && at >= f.mailStart {
			return formMail, f.mailStart, f.mailEnd
		}
		c := s[at]
		if !alnum(c) && c != ':' {
			at++
			continue
		}
		stop := at
		for stop < len(s) && alnum(s[stop]) {
			stop++
		}
		if !wordBefore(s, at) {
			var next byte
			if stop < len(s) {
				next = s[stop]
			}
			for _, form := range maybe(s[at:stop], next) {
				if end, ok := match(s, at, form); ok {
					return form, at, end
				}
			}
		}
		at = max(stop, at+1)
	}
	if f.mail {
		return formMail, f.mailStart, f.mailEnd
	}
	return 0, 0, 0
}

// mailAt returns where the first e-mail address at or after from lies.
func mailAt(s string, from int) (ok bool, start, end int) {
	for at := from; ; {
		i := strings.IndexByte(s[at:], '@')
		if i < 0 {
			return false, 0, 0
		}
		sign := at + i
		start = max(from, strings.LastIndexAny(s[from:sign], notInMail)+1+from)
		if m := anchored[formMail].FindStringIndex(s[sign+1:]); m != nil && start < sign {
			return true, start, sign + 1 + m[1]
		}
		at = sign + 1
	}
}

// maybe returns the forms that can begin with a run of letters and digits before
// the byte next, in the order in which they are to be tried.
func maybe(word string, next byte) []int {
	switch next {
	case ':':
		switch {
		case word == "arn":
			return []int{formARN}
		case strings.EqualFold(word, "https"), strings.EqualFold(word, "http"):
			return []int{formURL}
		case len(word) <= 4:
			return []int{formIPv6}
		}
	case '-':
		switch word {
		case "d", "D":
			return []int{formStore}
		case "o":
			return []int{formOrganisation}
		case "S":
			return []int{formSID}
		}
		if len(word) >= 8 && len(word) <= 12 {
			return []int{formUUID, formAccount}
		}
		if len(word) <= 6 {
			return []int{formPrefixed}
		}
	case '.':
		if len(word) <= 3 && digit(word[0]) {
			return []int{formIPv4}
		}
	case '_':
		switch {
		case word == "AWSReservedSSO":
			return []int{formRole}
		case len(word) == 14 && word[8] == 'T':
			return []int{formLogFile}
		}
	}
	switch n := len(word); {
	case n == 0:
		return []int{formIPv6} // before a colon
	case n == 12:
		return []int{formAccount}
	case n == 32 || n == 40 || n == 64:
		return []int{formKey, formHex}
	case n == 20:
		return []int{formKey, formOkta}
	case n >= 16:
		return []int{formKey}
	}
	return nil
}

// match returns the end of the form that begins at start, if one does.
func match(s string, start, form int) (end int, ok bool) {
	if form == formIPv6 {
		return address6(s, start)
	}
	text := s[start:]
	if form != formARN && form != formRole {
		text = text[:min(len(text), longestForm)]
	}
	m := anchored[form].FindStringIndex(text)
	if m == nil {
		return 0, false
	}
	end = start + m[1]
	if form == formARN {
		// The full stop or comma of a sentence is not in it.
		return start + len(strings.TrimRight(s[start:end], ".,;:!?")), true
	}
	return end, standsAlone(s, start, end, form)
}

// address6 returns the end of the IPv6 address that begins at start. There are
// none of more than 45 characters.
func address6(s string, start int) (end int, ok bool) {
	for end = start; end < len(s) && strings.IndexByte("0123456789abcdefABCDEF:.", s[end]) >= 0; end++ {
		if end-start > 45 {
			return 0, false
		}
	}
	end = start + len(strings.TrimRight(s[start:end], "."))
	return end, standsAlone(s, start, end, formIPv6)
}

// standsAlone reports whether what lies between start and end is no part of a
// longer word or number.
func standsAlone(s string, start, end, form int) bool {
	if wordBefore(s, start) || wordAfter(s, end) {
		return false
	}
	text := s[start:end]
	switch form {
	case formIPv4:
		if start > 0 && s[start-1] == '.' || end+1 < len(s) && s[end] == '.' && digit(s[end+1]) {
			return false
		}
		_, err := netip.ParseAddr(text)
		return err == nil
	case formIPv6:
		if start > 0 && s[start-1] == ':' || end < len(s) && s[end] == ':' {
			return false
		}
		_, err := netip.ParseAddr(text)
		return err == nil && strings.Trim(text, ":.") != ""
	case formOrganisation:
		return strings.ContainsAny(text, "0123456789") && (start == 0 || s[start-1] != '-')
	case formPrefixed:
		return start == 0 || s[start-1] != '-'
	}
	return true
}

func alnum(c byte) bool {
	return digit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// wordBefore reports whether a letter or digit of any script stands before s[at].
func wordBefore(s string, at int) bool {
	r, size := utf8.DecodeLastRuneInString(s[:at])
	return size > 0 && !notWord(r)
}

func wordAfter(s string, at int) bool {
	r, size := utf8.DecodeRuneInString(s[at:])
	return size > 0 && !notWord(r)
}
