package pypi

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// againstRecord holds the wheel's files against its own list of them, by the
// binary distribution format: every file but RECORD and its signatures stands in
// it once, with a hash that is sha256 or stronger, and nothing else does.
// Installers hardly ever look.
func (a *Artifact) againstRecord(ctx context.Context) (all []Oddity, err error) {
	list, err := a.record(ctx)
	if err != nil {
		return nil, err
	}
	if len(list.lines) == 0 {
		return []Oddity{{"RECORD", "is missing, or lists nothing", true}}, nil
	}
	seen := map[string]bool{}
	err = a.Walk(ctx, func(m Member, r io.Reader) error {
		seen[m.Path] = true
		if m.Folder || list.isOwn(m.Path) {
			return nil
		}
		why, err := list.wrong(m, r)
		if why != "" {
			all = append(all, Oddity{m.Path, why, true})
		}
		return err
	})
	for _, file := range list.twice {
		all = append(all, Oddity{file, "is twice in the wheel's RECORD", true})
	}
	for _, file := range slices.Sorted(maps.Keys(list.lines)) {
		if !seen[file] && !list.isOwn(file) {
			all = append(all, Oddity{file, "is in the wheel's RECORD and not in the wheel", true})
		}
	}
	return all, err
}

// wheelRecord is a RECORD that was read.
type wheelRecord struct {
	dir   string               // where it is
	lines map[string]recordRow // by the paths as they are written
	twice []string
}

// recordRow is what a line says of a file, as it is written.
type recordRow struct{ hash, size string }

// isOwn knows RECORD and its signatures, which cannot hold a hash of themselves.
func (w wheelRecord) isOwn(file string) bool {
	dir, base := path.Split(file)
	return dir == w.dir && slices.Contains([]string{"RECORD", "RECORD.jws", "RECORD.p7s"}, base)
}

// wrong says what is wrong with the line of a file.
func (w wheelRecord) wrong(m Member, r io.Reader) (why string, err error) {
	row, listed := w.lines[m.Path]
	if !listed {
		return "is not in the wheel's RECORD", nil
	}
	if row.hash == "" {
		return "has no hash in the wheel's RECORD", nil
	}
	algorithm, said, _ := strings.Cut(row.hash, "=")
	h := recordHash(algorithm)
	if h == nil {
		return fmt.Sprintf("has a hash in the wheel's RECORD that proves nothing (%q)", algorithm), nil
	}
	n, err := io.Copy(h, r)
	switch {
	case err != nil:
		return "", err
	case strings.TrimRight(said, "=") != base64.RawURLEncoding.EncodeToString(h.Sum(nil)):
		return "has other bytes than the wheel's RECORD says", nil
	case row.size != "" && row.size != strconv.FormatInt(n, 10):
		return "has another size than the wheel's RECORD says", nil
	}
	return "", nil
}

// recordHash gives the hashes that may stand in a RECORD; md5 and sha1 may not.
func recordHash(name string) hash.Hash {
	switch name {
	case "sha256":
		return sha256.New()
	case "sha384":
		return sha512.New384()
	case "sha512":
		return sha512.New()
	}
	return nil
}

// record reads RECORD.
func (a *Artifact) record(ctx context.Context) (wheelRecord, error) {
	list := wheelRecord{lines: map[string]recordRow{}}
	err := a.Walk(ctx, func(m Member, r io.Reader) error {
		dir, base := path.Split(m.Path)
		if base != "RECORD" || !a.isInfo(strings.TrimSuffix(dir, "/")) {
			return nil
		}
		list.dir = dir
		lines := csv.NewReader(io.LimitReader(r, maxMetadata))
		lines.FieldsPerRecord = 3
		for {
			fields, err := lines.Read()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return &ArtifactError{a.File, "has a RECORD that cannot be read"}
			}
			if _, twice := list.lines[fields[0]]; twice {
				list.twice = append(list.twice, fields[0])
			}
			list.lines[fields[0]] = recordRow{fields[1], fields[2]}
		}
	})
	return list, err
}
