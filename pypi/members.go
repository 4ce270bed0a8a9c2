package pypi

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
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

	Streamed bool // its sizes stand behind it, which PyPI refuses in a wheel
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
	seen  map[string]bool // by path: whether it was a folder
	left  int64           // bytes that may still be unpacked
}

func newWalker(ctx context.Context, f *os.File, size int64, v visit) *walker {
	return &walker{ctx, f, size, v, map[string]bool{}, max(minUnpacked, size*maxRatio)}
}

// member holds one entry against the rules and passes it on.
func (w *walker) member(m Member, r io.Reader) error {
	name := m.Path
	m.Path = path.Clean(strings.TrimSuffix(name, "/"))
	wasFolder, twice := w.seen[m.Path]
	switch {
	case len(w.seen) == maxMembers:
		return fmt.Errorf("holds more than %d members", maxMembers)
	case !soundPath(name):
		return errors.New("holds a member whose name leads out of it or cannot be shown")
	case twice && (!wasFolder || !m.Folder):
		return fmt.Errorf("holds %q twice", m.Path)
	case m.Link != "" && !soundLink(m.Path, m.Link):
		return errors.New("holds a link that leads out of it")
	}
	w.seen[m.Path] = m.Folder
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
	all := &counted{Reader: &io.LimitedReader{R: heeding{w.ctx, z}, N: w.left}}
	for members := tar.NewReader(all); ; {
		h, err := members.Next()
		if errors.Is(err, io.EOF) {
			return nothingBehind(all)
		}
		if err != nil {
			return errors.New("is no whole tar archive")
		}
		m, err := tarMember(h)
		if err == nil && m.Path != "" {
			err = w.member(m, members)
		}
		if err != nil {
			return err
		}
	}
}

const tarBlock = 512 // bytes

// nothingBehind wants only the zeros that fill the last block behind the end of a
// tar archive, and that it is full: some tools go on reading there, and Python takes
// no archive that was cut off in the room behind its last member.
func nothingBehind(r *counted) error {
	for b := make([]byte, 32<<10); ; {
		n, err := r.Read(b)
		if slices.ContainsFunc(b[:n], func(c byte) bool { return c != 0 }) {
			return errors.New("holds more behind the end of its tar archive")
		}
		switch {
		case errors.Is(err, io.EOF) && r.n%tarBlock == 0:
			return nil
		case err != nil:
			return errors.New("is no whole tar archive")
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
