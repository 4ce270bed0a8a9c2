package gitops

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// indexFile is git's index. We read it ourselves: go-git's reader loses the
// assume-unchanged flag and the invalid trees, and takes as long as the whole
// comparison may take.
type indexFile struct {
	entries []tracked             // sorted by name, then stage
	trees   map[string]cachedTree // by folder, "" or with a slash behind it
	written time.Time
}

// tracked is one entry of the index.
type tracked struct {
	name     string
	mode     filemode.FileMode
	hash     plumbing.Hash
	stamp    stamp
	stage    uint8
	assumed  bool // assume-unchanged: git takes the file as it is listed
	skipped  bool // skip-worktree: the file is not checked out
	intended bool // git add --intent-to-add
}

// stamp is what the index knows of a file's inode, cut to 32 bits as git does.
type stamp struct{ csec, cnsec, msec, mnsec, ino, uid, gid, size uint32 }

// indexError says why an index cannot be read here.
type indexError string

func (e indexError) Error() string { return string(e) }

// readIndex reads the file; an index that is not there yet is empty.
func readIndex(file string) (*indexFile, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return &indexFile{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat() // of the file that is read, whatever replaces it meanwhile
	if err != nil {
		return nil, err
	}
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, err
	}
	idx, err := parseIndex(b)
	if err == nil {
		idx.written = info.ModTime()
	}
	return idx, err
}

const (
	indexHeader = 12
	fixedPart   = 62 // of an entry, up to its name
	sumSize     = 20

	flagAssumed  = 1 << 15
	flagExtended = 1 << 14
	flagSkipped  = 1 << 14 // in the extended flags
	flagIntended = 1 << 13 // in the extended flags
	maskName     = 0xfff

	sparseFolder = 0o040000
	shortest     = fixedPart + 1
)

func parseIndex(b []byte) (*indexFile, error) {
	if len(b) < indexHeader+sumSize || string(b[:4]) != "DIRC" {
		return nil, indexError("it is no index file")
	}
	version, count := binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	if version < 2 || version > 4 {
		return nil, indexError("it has an unknown version")
	}
	body, sum := b[:len(b)-sumSize], b[len(b)-sumSize:]
	if real := sha1.Sum(body); !bytes.Equal(sum, real[:]) && !bytes.Equal(sum, make([]byte, sumSize)) { // index.skipHash writes zeros
		return nil, indexError("its checksum is wrong")
	}
	if int64(count)*shortest > int64(len(b)) {
		return nil, indexError("it is cut off")
	}
	p := &indexReader{b: body, text: string(body), at: indexHeader, packed: version == 4}
	idx := &indexFile{entries: make([]tracked, count), trees: map[string]cachedTree{}}
	if err := p.all(idx.entries); err != nil {
		return nil, err
	}
	return idx, p.extensions(idx)
}

type indexReader struct {
	b      []byte
	text   string // the same bytes: names are slices of it
	at     int
	packed bool // version 4: a name is told by how it differs from the one before
}

func (p *indexReader) all(entries []tracked) error {
	for i := range entries {
		last := ""
		if i > 0 {
			last = entries[i-1].name
		}
		e := &entries[i]
		if !p.entry(e, last) || e.name == "" {
			return indexError("it is cut off")
		}
		if i > 0 && (e.name < last || e.name == last && e.stage <= entries[i-1].stage) {
			return indexError("it is not sorted")
		}
		if e.mode == sparseFolder {
			return indexError("it is a sparse index (git sparse-checkout reapply --no-sparse-index expands it)")
		}
	}
	return nil
}

// entry reads one entry into e; false where the file ends too soon.
func (p *indexReader) entry(e *tracked, last string) bool {
	if len(p.b)-p.at < fixedPart+2 {
		return false
	}
	word := func(i int) uint32 { return binary.BigEndian.Uint32(p.b[p.at+4*i:]) }
	e.stamp = stamp{word(0), word(1), word(2), word(3), word(5), word(7), word(8), word(9)}
	e.mode = filemode.FileMode(word(6))
	copy(e.hash[:], p.b[p.at+40:])
	flags := binary.BigEndian.Uint16(p.b[p.at+60:])
	e.assumed, e.stage = flags&flagAssumed != 0, uint8(flags>>12&3)
	name := p.at + fixedPart
	if flags&flagExtended != 0 {
		more := binary.BigEndian.Uint16(p.b[name:])
		e.skipped, e.intended = more&flagSkipped != 0, more&flagIntended != 0
		name += 2
	}
	if p.packed {
		return p.packedName(e, last, name)
	}
	return p.paddedName(e, name, int(flags&maskName))
}

// paddedName reads the name of versions 2 and 3: zeros fill it to eight bytes.
func (p *indexReader) paddedName(e *tracked, name, size int) bool {
	if size == maskName { // or longer: it goes up to the zero
		size = strings.IndexByte(p.text[name:], 0)
	}
	if size < 0 || name+size >= len(p.text) {
		return false
	}
	e.name = p.text[name : name+size]
	p.at += (name - p.at + size + 8) &^ 7
	return p.at <= len(p.b)
}

func (p *indexReader) packedName(e *tracked, last string, at int) bool {
	drop, at, ok := p.offset(at)
	if !ok || drop > len(last) {
		return false
	}
	size := strings.IndexByte(p.text[at:], 0)
	if size < 0 {
		return false
	}
	e.name = last[:len(last)-drop] + p.text[at:at+size]
	p.at = at + size + 1
	return true
}

// offset reads a number in the coding of pack files' offset deltas.
func (p *indexReader) offset(at int) (n, next int, ok bool) {
	for ; at < len(p.b) && n < 1<<24; at++ {
		n = n<<7 | int(p.b[at]&0x7f)
		if p.b[at] < 0x80 {
			return n, at + 1, true
		}
		n++
	}
	return 0, 0, false
}
