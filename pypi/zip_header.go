package pypi

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

const localHeader = 30 // bytes before the name of a member

// sameFlags are the flags that say how a member is read; the rest say how it was packed.
const sameFlags = encrypted | streamed | utf8Name

var (
	errHidden = errors.New("holds bytes that belong to no member")
	errShared = errors.New("holds members that share their bytes")
)

// laidOut wants the members side by side from the first byte to the directory, each
// behind a header that says of it what the directory says.
func (w *walker) laidOut(files []*zip.File, end zipEnd) error {
	entries, err := w.directory(end)
	if err != nil {
		return err
	}
	if len(entries) != len(files) {
		return errZipEnd
	}
	order := make([]int, len(files))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(entries[a].from, entries[b].from) })
	at := int64(0)
	for n, i := range order {
		next := end.from
		if n+1 < len(order) {
			next = entries[order[n+1]].from
		}
		switch {
		case entries[i].name != files[i].Name:
			return errZipEnd
		case entries[i].from != at: // only the first, which begins where the one before ends
			return errHidden
		}
		if err := w.heldBetween(files[i], at, next); err != nil {
			return err
		}
		at = next
	}
	if at != end.from {
		return errHidden
	}
	return nil
}

// heldBetween wants one member and nothing else between two places.
func (w *walker) heldBetween(f *zip.File, from, to int64) error {
	if f.CompressedSize64 > uint64(w.size) || from+localHeader > to { //nolint:gosec // a file's size is not below 0
		return errShared
	}
	head := make([]byte, localHeader)
	if _, err := w.file.ReadAt(head, from); err != nil || !bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return fmt.Errorf("holds %q not where its directory says", f.Name)
	}
	name, extra := make([]byte, number(head[26:])), make([]byte, number(head[28:]))
	data := from + localHeader + int64(len(name)+len(extra))
	behind := to - data - int64(f.CompressedSize64) //nolint:gosec // looked at above
	switch err := w.readTwo(from+localHeader, name, extra); {
	case err != nil:
		return errShared
	case string(name) != f.Name:
		return fmt.Errorf("holds %q behind a header of another name", f.Name)
	case behind < 0:
		return errShared
	}
	if what := w.differs(f, head, extra); what != "" {
		return fmt.Errorf("holds %q behind a header with %s than in the directory", f.Name, what)
	}
	return w.behind(f, to-behind, behind)
}

func (w *walker) readTwo(at int64, a, b []byte) error {
	if _, err := w.file.ReadAt(a, at); err != nil {
		return err
	}
	_, err := w.file.ReadAt(b, at+int64(len(a)))
	return err
}

// differs names what the header before a member says otherwise than the directory.
// Before a streamed member there may be nothing where only its end can tell.
func (w *walker) differs(f *zip.File, head, extra []byte) string {
	sum := long(head[14:])
	packed, unpacked, ok := localSizes(f.Name, head, extra)
	open := f.Flags&streamed != 0
	switch {
	case number(head[6:])&sameFlags != f.Flags&sameFlags:
		return "other flags"
	case number(head[8:]) != f.Method:
		return "another method"
	case !ok:
		return "other extra fields"
	case sum != f.CRC32 && (!open || sum != 0):
		return "another checksum"
	case packed != f.CompressedSize64 && (!open || packed != 0), unpacked != f.UncompressedSize64 && (!open || unpacked != 0):
		return "other sizes"
	}
	return ""
}

// localSizes are the sizes in a header. An extra field may hold them too, and then
// says the same: Python writes it ahead of members whose size it does not know yet.
func localSizes(name string, head, extra []byte) (packed, unpacked uint64, ok bool) {
	fields, err := extraFields(name, extra)
	packed, unpacked = uint64(long(head[18:])), uint64(long(head[22:]))
	huge := fields[hugeSizes]
	if len(huge) == 0 || err != nil {
		return packed, unpacked, err == nil
	}
	if len(huge) < 16 {
		return 0, 0, false
	}
	wide := [2]uint64{binary.LittleEndian.Uint64(huge[8:]), binary.LittleEndian.Uint64(huge)}
	ok = (packed == wide[0] || packed == math.MaxUint32) && (unpacked == wide[1] || unpacked == math.MaxUint32)
	return wide[0], wide[1], ok
}

// behind looks at what stands behind a member: the sizes of a streamed one, and of
// any other nothing. A stored one that is streamed ends where nobody can tell who
// reads from the beginning.
func (w *walker) behind(f *zip.File, at, length int64) error {
	switch {
	case f.Flags&streamed == 0 && length == 0:
		return nil
	case f.Flags&streamed == 0, length > 24:
		return errHidden
	case f.Method == zip.Store:
		return fmt.Errorf("holds %q, whose end tools read differently", f.Name)
	}
	said := make([]byte, length)
	if _, err := w.file.ReadAt(said, at); err != nil || !slices.ContainsFunc(descriptors(f), func(d []byte) bool { return bytes.Equal(d, said) }) {
		return fmt.Errorf("holds %q before a record with other sizes than in the directory", f.Name)
	}
	return nil
}

// descriptors are the ways to write the checksum and the sizes behind a member.
func descriptors(f *zip.File) (all [][]byte) {
	sum := binary.LittleEndian.AppendUint32(nil, f.CRC32)
	short, wide := slices.Clone(sum), slices.Clone(sum)
	for _, size := range []uint64{f.CompressedSize64, f.UncompressedSize64} {
		short = binary.LittleEndian.AppendUint32(short, uint32(size)) //nolint:gosec // one that does not fit is written wide
		wide = binary.LittleEndian.AppendUint64(wide, size)
	}
	for _, d := range [][]byte{short, wide} {
		all = append(all, d, append([]byte("PK\x07\x08"), d...))
	}
	return all
}
