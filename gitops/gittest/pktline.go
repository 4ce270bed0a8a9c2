package gittest

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

var errPkt = errors.New("malformed packet")

// lines reads pkt-lines from a request.
type lines struct{ rest []byte }

// next gives one line without its newline; more is false at the end.
func (l *lines) next() (text string, isFlush, more bool, err error) {
	if len(l.rest) == 0 {
		return "", false, false, nil
	}
	if len(l.rest) < 4 {
		return "", false, false, errPkt
	}
	n, err := strconv.ParseUint(string(l.rest[:4]), 16, 16)
	switch {
	case err != nil || n > 0 && n < 4 || int(n) > len(l.rest):
		return "", false, false, errPkt
	case n == 0:
		l.rest = l.rest[4:]
		return "", true, true, nil
	}
	text = strings.TrimSuffix(string(l.rest[4:n]), "\n")
	l.rest = l.rest[n:]
	return text, false, true, nil
}

// section reads lines up to the next flush, or to the end.
func (l *lines) section() ([]string, error) {
	var all []string
	for {
		text, isFlush, more, err := l.next()
		if err != nil || isFlush || !more {
			return all, err
		}
		all = append(all, text)
	}
}

func isPack(b []byte) bool { return bytes.HasPrefix(b, []byte("PACK")) }
