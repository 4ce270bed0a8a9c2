package gitops

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// errMalformed says that the bytes are no git protocol.
var errMalformed = errors.New("not the git protocol")

// serverError is an ERR packet: the server gave up and says why.
type serverError struct{ text string }

func (e *serverError) Error() string { return fmt.Sprintf("the server says %q", e.text) }

// packets reads pkt-lines.
type packets struct{ r *bufio.Reader }

func newPackets(r io.Reader) *packets { return &packets{bufio.NewReaderSize(r, 1<<16)} }

// next gives the payload of one packet; nil is a flush. Between packets the
// end of the stream is io.EOF, within one it is io.ErrUnexpectedEOF.
func (p *packets) next() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(p.r, head[:]); err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(string(head[:]), 16, 16)
	if err != nil || n > 0 && n < 4 {
		return nil, fmt.Errorf("%w: %q", errMalformed, head[:])
	}
	if n == 0 {
		return nil, nil
	}
	line := make([]byte, n-4)
	if _, err := io.ReadFull(p.r, line); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	if text, ok := bytes.CutPrefix(line, []byte("ERR ")); ok {
		return nil, &serverError{strings.TrimSpace(string(text))}
	}
	return line, nil
}

// line is next without the newline that text packets end with.
func (p *packets) line() (text string, flush bool, err error) {
	b, err := p.next()
	return strings.TrimSuffix(string(b), "\n"), b == nil, err
}

// writePkt appends one pkt-line. Writes to a buffer do not fail.
func writePkt(b *bytes.Buffer, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	fmt.Fprintf(b, "%04x%s", len(text)+4, text)
}

const flushPkt = "0000"
