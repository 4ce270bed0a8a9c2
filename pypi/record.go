package pypi

import (
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"path"
	"strings"
)

// againstRecord holds the wheel's files against its own list of them. Installers
// hardly ever do.
func (a *Artifact) againstRecord(ctx context.Context) (all []Oddity, err error) {
	list, err := a.record(ctx)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return []Oddity{{"RECORD", "is missing, or lists nothing", true}}, nil
	}
	prints, err := a.imprints(ctx)
	for file, p := range prints {
		sum, listed := list[file]
		base := path.Base(file)
		switch {
		case strings.HasSuffix(path.Dir(file), ".dist-info") && (base == "RECORD" || base == "RECORD.jws" || base == "RECORD.p7s"):
		case !listed:
			all = append(all, Oddity{file, "is not in the wheel's RECORD", true})
		case sum != "" && sum != p.sha256:
			all = append(all, Oddity{file, "has other bytes than the wheel's RECORD says", true})
		}
	}
	return all, err
}

// record reads RECORD: the sha256 of each file, "" where it names another hash.
func (a *Artifact) record(ctx context.Context) (map[string]string, error) {
	list := map[string]string{}
	err := a.Walk(ctx, func(m Member, r io.Reader) error {
		dir, base := path.Split(m.Path)
		if base != "RECORD" || !a.isInfo(strings.TrimSuffix(dir, "/")) {
			return nil
		}
		lines := csv.NewReader(io.LimitReader(r, maxMetadata))
		lines.FieldsPerRecord = -1
		for {
			fields, err := lines.Read()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return &ArtifactError{a.File, "has a RECORD that cannot be read"}
			}
			list[fields[0]] = recorded(fields)
		}
	})
	return list, err
}

func recorded(fields []string) string {
	if len(fields) < 2 {
		return ""
	}
	sum, ok := strings.CutPrefix(fields[1], "sha256=")
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(sum, "="))
	if !ok || err != nil {
		return ""
	}
	return hex.EncodeToString(raw)
}
