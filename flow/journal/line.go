package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
)

// A line is a JSON object whose last field is the checksum of the object
// without that field. So jq and people read it as it is.
const (
	crcStart = `,"crc":"`
	crcEnd   = `"}`
	crcLen   = len(crcStart) + 8 + len(crcEnd)
)

func encode(r Record, hide func(string) string) ([]byte, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	body = []byte(hide(string(body)))
	sum := crc32.ChecksumIEEE(body)
	line := bytes.TrimSuffix(body, []byte("}"))
	return fmt.Appendf(line, "%s%08x%s\n", crcStart, sum, crcEnd), nil
}

// decode gives the record of a line without its newline, if the line is whole.
func decode(line []byte) (r Record, ok bool) {
	if len(line) <= crcLen {
		return Record{}, false
	}
	cut := len(line) - crcLen
	body := append(bytes.Clone(line[:cut]), '}')
	want := fmt.Sprintf("%s%08x%s", crcStart, crc32.ChecksumIEEE(body), crcEnd)
	if string(line[cut:]) != want {
		return Record{}, false
	}
	if json.Unmarshal(body, &r) != nil || r.V != version {
		return Record{}, false
	}
	return r, true
}
