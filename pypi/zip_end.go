package pypi

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
)

const (
	directoryEnd    = 22 // bytes of the record at the end of a zip, before its comment
	directoryHeader = 46 // bytes of a member in the directory, before its name
)

var errZipEnd = errors.New("holds a directory that tools read differently")

// ended wants the one directory of a zip right before the record that ends it, as
// long and with as many members as that says: Python goes by the length, others
// by the count, and some look for another record in the comment. The form for
// huge archives is refused with the rest; no index takes any.
func (w *walker) ended(z *zip.Reader) error {
	tail := make([]byte, min(w.size, directoryEnd+65535))
	if _, err := w.file.ReadAt(tail, w.size-int64(len(tail))); err != nil {
		return errZipEnd
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || len(tail)-at < directoryEnd {
		return errZipEnd
	}
	end := tail[at:]
	number := binary.LittleEndian.Uint16
	size, from := int64(binary.LittleEndian.Uint32(end[12:])), int64(binary.LittleEndian.Uint32(end[16:]))
	var members int64
	for _, f := range z.File {
		members += int64(directoryHeader + len(f.Name) + len(f.Extra) + len(f.Comment))
	}
	switch {
	case directoryEnd+int(number(end[20:])) != len(end), number(end[4:]) != 0, number(end[6:]) != 0:
		return errZipEnd
	case int(number(end[8:])) != len(z.File), int(number(end[10:])) != len(z.File), size != members:
		return errZipEnd
	case from+size != w.size-int64(len(end)):
		return errZipEnd
	}
	return nil
}
