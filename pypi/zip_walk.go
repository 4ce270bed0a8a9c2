package pypi

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strings"
)

const (
	encrypted   = 1 | 1<<5 | 1<<6 | 1<<13 // the flags of members, or parts of them, that are encrypted or patches
	streamed    = 1 << 3                  // the flag of a member whose sizes stand behind it
	utf8Name    = 1 << 11                 // the flag of a name in UTF-8
	newestZip   = 63                      // the version of the format that Python reads
	noSuchPlace = os.ModeSymlink | os.ModeDevice | os.ModeNamedPipe | os.ModeSocket
)

// zip walks a wheel. What the directory at its end says must be what stands
// before each member, and nothing may stand between them: tools read the one or
// the other. PyPI refuses what is refused here, and streamed members besides.
func (w *walker) zip() error {
	end, err := w.ended()
	if err != nil {
		return err
	}
	z, err := zip.NewReader(w.file, w.size)
	if err != nil {
		return errors.New("is no zip archive")
	}
	if err := w.laidOut(z.File, end); err != nil {
		return err
	}
	for _, f := range z.File {
		if err := plainMember(f); err != nil {
			return err
		}
		if err := w.unpack(f); err != nil {
			return err
		}
	}
	return nil
}

func plainMember(f *zip.File) error {
	switch {
	case f.Flags&encrypted != 0 || f.ReaderVersion&0xff > newestZip:
		return errors.New("holds a member that is encrypted, or of a kind that Python does not read")
	case f.Flags&utf8Name == 0 && !isASCII(f.Name):
		return errors.New("holds a member whose name tools read differently")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return errors.New("holds a member that is packed in no common way")
	case f.Mode()&noSuchPlace != 0:
		return errors.New("holds what is neither file nor folder")
	case strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 != 0:
		return errors.New("holds a folder with contents of its own")
	}
	return nil
}

// unpack passes a member on, and wants of it all that the directory says, to the
// last byte of what is packed.
func (w *walker) unpack(f *zip.File) error {
	raw, err := f.OpenRaw()
	if err != nil {
		return fmt.Errorf("holds %q where nothing can be read", f.Name)
	}
	packed := bufio.NewReader(raw) // of which the unpacking takes no byte too many
	var r io.Reader = packed
	if f.Method == zip.Deflate {
		r = flate.NewReader(packed)
	}
	sum := crc32.NewIEEE()
	whole := &counted{Reader: io.TeeReader(heeding{w.ctx, r}, sum)}
	m := Member{Path: f.Name, Size: int64(f.UncompressedSize64), Folder: strings.HasSuffix(f.Name, "/"), Exec: f.Mode()&0o111 != 0, Streamed: f.Flags&streamed != 0} //nolint:gosec // it is counted below
	if err := w.member(m, whole); err != nil {
		return memberError(f, err)
	}
	if _, err := io.Copy(io.Discard, whole); err != nil { // of a folder nobody reads anything
		return memberError(f, err)
	}
	if _, err := packed.ReadByte(); whole.n != m.Size || sum.Sum32() != f.CRC32 || !errors.Is(err, io.EOF) {
		return fmt.Errorf("holds %q, which is not what its directory says", f.Name)
	}
	return nil
}

func memberError(f *zip.File, err error) error {
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("holds %q, which cannot be unpacked", f.Name)
	}
	return err
}
