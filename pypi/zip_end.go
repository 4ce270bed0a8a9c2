package pypi

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	endRecord      = 22 // bytes of the record at the end of a zip, before its comment
	directoryEntry = 46 // bytes of a member in the directory, before its name
	hugeLocator    = 20 // bytes of what points to the end of a huge archive, before endRecord
)

var (
	number = binary.LittleEndian.Uint16
	long   = binary.LittleEndian.Uint32
)

var errZipEnd = errors.New("holds a directory that tools read differently")

// zipEnd is what a zip says of its directory, and where that is.
type zipEnd struct {
	members    int
	from, size int64
}

// ended wants the one directory of a zip right before the record that ends it, and
// that at the end of the file: some tools look for another record in the comment,
// and Python before the last one for that of the form for huge archives, whatever
// the last one says. That form is refused with the rest; no wheel is so large.
func (w *walker) ended() (e zipEnd, err error) {
	tail := make([]byte, min(w.size, hugeLocator+endRecord+65535))
	if _, err := w.file.ReadAt(tail, w.size-int64(len(tail))); err != nil {
		return e, errors.New("is no zip archive")
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || len(tail)-at < endRecord {
		return e, errors.New("is no zip archive")
	}
	end := tail[at:]
	e = zipEnd{int(number(end[10:])), int64(long(end[16:])), int64(long(end[12:]))}
	switch {
	case at >= hugeLocator && bytes.HasPrefix(tail[at-hugeLocator:], []byte("PK\x06\x07")):
		return e, errors.New("ends in the form for huge archives, which tools read differently")
	case endRecord+int(number(end[20:])) != len(end):
		return e, errors.New("has more behind its end")
	case number(end[4:]) != 0, number(end[6:]) != 0, int(number(end[8:])) != e.members:
		return e, errZipEnd
	case e.from+e.size != w.size-int64(len(end)):
		return e, errZipEnd
	}
	return e, nil
}

// entry is what the directory says of a member and no library passes on.
type entry struct {
	name string
	from int64 // where the header before its contents begins
}

// directory reads the entries from the beginning of the directory to its end, which
// Python finds by its length and others by their count.
func (w *walker) directory(e zipEnd) (all []entry, err error) {
	section := io.NewSectionReader(w.file, e.from, e.size)
	r := bufio.NewReader(section)
	head := make([]byte, directoryEntry)
	for range e.members {
		if _, err := io.ReadFull(r, head); err != nil || !bytes.HasPrefix(head, []byte("PK\x01\x02")) {
			return nil, errZipEnd
		}
		name, extra := make([]byte, number(head[28:])), make([]byte, number(head[30:]))
		if err := readBoth(r, name, extra); err != nil {
			return nil, errZipEnd
		}
		if err := soundEntry(head, string(name), extra); err != nil {
			return nil, err
		}
		all = append(all, entry{string(name), int64(long(head[42:]))})
	}
	if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, errZipEnd
	}
	return all, nil
}

func readBoth(r io.Reader, a, b []byte) error {
	if _, err := io.ReadFull(r, a); err != nil {
		return err
	}
	_, err := io.ReadFull(r, b)
	return err
}

// soundEntry: a comment is room for another record, and there is only one disk.
func soundEntry(head []byte, name string, extra []byte) error {
	switch {
	case number(head[32:]) != 0:
		return fmt.Errorf("holds %q with a comment in the directory", name)
	case number(head[34:]) != 0:
		return errZipEnd
	}
	_, err := extraFields(name, extra)
	return err
}

// The fields beside a header that change how it is read.
const (
	hugeSizes   = 0x0001 // sizes that 32 bits do not hold
	unicodePath = 0x7075 // another name, which newer Pythons take
)

// extraFields reads what stands beside a header, by the kinds of the fields.
func extraFields(name string, extra []byte) (map[uint16][]byte, error) {
	bad := fmt.Errorf("holds %q with extra fields that tools read differently", name)
	fields := map[uint16][]byte{}
	for len(extra) > 0 {
		if len(extra) < 4 || len(extra) < 4+int(number(extra[2:])) {
			return nil, bad
		}
		kind, value := number(extra), extra[4:4+int(number(extra[2:]))]
		_, twice := fields[kind]
		another := kind == unicodePath && (len(value) < 5 || string(value[5:]) != name)
		if another || twice && (kind == hugeSizes || kind == unicodePath) {
			return nil, bad
		}
		fields[kind], extra = value, extra[4+len(value):]
	}
	return fields, nil
}
