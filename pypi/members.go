package pypi

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what is read of an archive: more is no distribution but an attack.
const (
	maxMembers  = 100_000
	maxMetadata = 16 << 20
	minUnpacked = 256 << 20 // an archive may always be as long as this, unpacked
	maxRatio    = 100       // and else so many times its packed size; PyPI takes 50
)

// Member is one entry of an archive. Nothing is ever unpacked to disk.
type Member struct {
	Path   string // clean, below the archive's root
	Size   int64  // bytes, unpacked
	Folder bool
	Link   string // where a link leads, "" for others
	Exec   bool   // may be run
}

// visit gets each member and its contents, which it need not read.
type visit func(Member, io.Reader) error

// walker goes through an archive and refuses what tools would read differently,
// or what would leave its folder. An error of visit ends the walk.
type walker struct {
	ctx   context.Context
	file  *os.File
	size  int64
	visit visit
	seen  map[string]bool
	left  int64 // bytes that may still be unpacked
}

func newWalker(ctx context.Context, f *os.File, size int64, v visit) *walker {
	return &walker{ctx, f, size, v, map[string]bool{}, max(minUnpacked, size*maxRatio)}
}

// member holds one entry against the rules and passes it on.
func (w *walker) member(m Member, r io.Reader) error {
	name := m.Path
	m.Path = path.Clean(strings.TrimSuffix(name, "/"))
	switch {
	case len(w.seen) == maxMembers:
		return fmt.Errorf("holds more than %d members", maxMembers)
	case !soundPath(name):
		return errors.New("holds a member whose name leads out of it or cannot be shown")
	case w.seen[m.Path] && !m.Folder:
		return errors.New("holds a member twice")
	case m.Link != "" && !soundLink(m.Path, m.Link):
		return errors.New("holds a link that leads out of it")
	}
	w.seen[m.Path] = true
	limited := &io.LimitedReader{R: r, N: w.left + 1}
	err := w.visit(m, limited)
	if err == nil && !m.Folder && m.Link == "" {
		_, err = io.Copy(io.Discard, limited) // what was not read counts as well
	}
	if w.left = limited.N - 1; w.left < 0 {
		return errors.New("is far longer than its size lets expect")
	}
	return err
}

// soundPath wants a relative path of parts that every system can hold.
func soundPath(name string) bool {
	if name == "" || path.IsAbs(name) || !utf8.ValidString(name) || strings.ContainsAny(name, `\:`) || strings.ContainsFunc(name, unicode.IsControl) {
		return false
	}
	return !slices.Contains(strings.Split(name, "/"), "..")
}

func soundLink(from, to string) bool {
	at := path.Join(path.Dir(from), to)
	return soundPath(strings.ReplaceAll(to, "../", "")) && !path.IsAbs(to) && at != ".." && !strings.HasPrefix(at, "../")
}

// tar walks an sdist.
func (w *walker) tar() error {
	if _, err := w.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	z, err := gzip.NewReader(w.file)
	if err != nil {
		return errors.New("is not packed with gzip")
	}
	for all := tar.NewReader(&io.LimitedReader{R: heeding{w.ctx, z}, N: w.left}); ; {
		h, err := all.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errors.New("is no whole tar archive")
		}
		m, err := tarMember(h)
		if err == nil && m.Path != "" {
			err = w.member(m, all)
		}
		if err != nil {
			return err
		}
	}
}

// tarMember gives no path for what carries only attributes.
func tarMember(h *tar.Header) (Member, error) {
	m := Member{Path: strings.TrimPrefix(h.Name, "./"), Size: h.Size, Exec: h.Mode&0o111 != 0}
	if !oneName(h) {
		return m, errors.New("holds a member whose name tools read differently")
	}
	switch h.Typeflag {
	case tar.TypeReg:
	case tar.TypeDir:
		m.Folder = true
		if m.Path == "" || m.Path == "." {
			m.Path = ""
		}
	case tar.TypeSymlink:
		m.Link = h.Linkname
	case tar.TypeLink: // its target counts from the root, not from its folder
		m.Link = strings.Repeat("../", strings.Count(path.Clean(m.Path), "/")) + h.Linkname
	case tar.TypeXGlobalHeader:
		return Member{}, nil
	default:
		return m, errors.New("holds what is neither file, folder nor link")
	}
	return m, nil
}

// oneName says whether Python takes the member for the same. Whatever the format,
// it reads the beginning of a name where old and private ones keep something else.
func oneName(h *tar.Header) bool {
	switch h.Format {
	case tar.FormatUSTAR, tar.FormatPAX:
		return true
	case tar.FormatGNU:
		return h.AccessTime.IsZero() && h.ChangeTime.IsZero()
	}
	return false
}

// zip walks a wheel. What the directory at its end says must be what stands
// before each member: tools read the one or the other.
func (w *walker) zip() error {
	z, err := zip.NewReader(w.file, w.size)
	if err != nil {
		return errors.New("is no zip archive")
	}
	if err := w.ended(z); err != nil {
		return err
	}
	if err := w.laidOut(z); err != nil {
		return err
	}
	for _, f := range z.File {
		m := Member{Path: f.Name, Size: int64(f.UncompressedSize64), Folder: strings.HasSuffix(f.Name, "/"), Exec: f.Mode()&0o111 != 0} //nolint:gosec // checked by what is read
		switch {
		case f.Flags&(1|1<<5|1<<6) != 0 || f.ReaderVersion&0xff > newestZip:
			return errors.New("holds a member that is encrypted, or of a kind that Python does not read")
		case f.Flags&utf8Name == 0 && !isASCII(f.Name):
			return errors.New("holds a member whose name tools read differently")
		case f.Method != zip.Store && f.Method != zip.Deflate:
			return errors.New("holds a member that is packed in no common way")
		case f.Mode()&(os.ModeSymlink|os.ModeDevice|os.ModeNamedPipe|os.ModeSocket) != 0:
			return errors.New("holds what is neither file nor folder")
		}
		if err := w.unpack(f, m); err != nil {
			return err
		}
	}
	return nil
}

const (
	utf8Name  = 0x800 // the flag of a name in UTF-8
	newestZip = 63    // the version of the format that Python reads
)

func (w *walker) unpack(f *zip.File, m Member) error {
	r, err := f.Open()
	if err != nil {
		return errors.New("holds a member that cannot be unpacked")
	}
	defer r.Close()
	sum := crc32.NewIEEE()
	err = w.member(m, io.TeeReader(heeding{w.ctx, r}, sum))
	if err == nil && !m.Folder && sum.Sum32() != f.CRC32 {
		err = zip.ErrChecksum // which a sum of 0 would have kept from being looked at
	}
	if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("holds a member that is not what its directory says")
	}
	return err
}

// span is where the bytes of a member lie.
type span struct{ from, to int64 }

// laidOut wants the members side by side, each behind a header of its own name.
func (w *walker) laidOut(z *zip.Reader) error {
	var spans []span
	for _, f := range z.File {
		at, err := f.DataOffset()
		if err != nil {
			return errors.New("holds a member that is not where its directory says")
		}
		if !w.header(f, at) {
			return errors.New("holds a member that has another name in front than at the end")
		}
		spans = append(spans, span{at, at + int64(f.CompressedSize64)}) //nolint:gosec // a size that does not fit fails the next line
	}
	slices.SortFunc(spans, func(a, b span) int { return int(min(max(a.from-b.from, -1), 1)) })
	for i, s := range spans {
		if s.to < s.from || s.to > w.size || i > 0 && s.from < spans[i-1].to {
			return errors.New("holds members that share their bytes")
		}
	}
	return nil
}

const (
	localHeader = 30      // bytes before the name of a member
	namesUTF8   = 1 << 11 // the flag that says how its name is to be read
)

// header says whether the local header before data names the same member. Its
// extra field is nearly always short.
func (w *walker) header(f *zip.File, data int64) bool {
	least := int64(localHeader + len(f.Name))
	return w.headerWithin(f, data, least+256) || w.headerWithin(f, data, least+65535)
}

func (w *walker) headerWithin(f *zip.File, data, back int64) bool {
	b := make([]byte, min(data, back))
	if _, err := w.file.ReadAt(b, data-int64(len(b))); err != nil {
		return false
	}
	for i := len(b) - localHeader - len(f.Name); i >= 0; i-- {
		head := b[i:]
		name, extra := int(binary.LittleEndian.Uint16(head[26:])), int(binary.LittleEndian.Uint16(head[28:]))
		if bytes.HasPrefix(head, []byte("PK\x03\x04")) && len(head) == localHeader+name+extra {
			flags := binary.LittleEndian.Uint16(head[6:])
			return string(head[localHeader:localHeader+name]) == f.Name && flags&namesUTF8 == f.Flags&namesUTF8
		}
	}
	return false
}
