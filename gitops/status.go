package gitops

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

// Change is one line of `git status --porcelain`: its two letters and the path.
type Change struct{ Code, Path string }

// Status lists what differs between HEAD, the index and the files: the same
// answer as `git status --porcelain`, with untracked files whatever the person's
// settings hide. Without a git binary it looks for itself; a rename is then a
// deletion and an addition, and where a filter or the format of the index makes
// the answer unsound the error is *CannotTellError.
func (r *Repo) Status(ctx context.Context) ([]Change, error) {
	out, err := run(ctx, r.root, "--no-optional-locks", "status", "--porcelain=v2", "-z", "--untracked-files=normal")
	if gitMissing(err) {
		return r.ownStatus(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the status: %w", err)
	}
	return parseStatus(out)
}

// parseStatus reads porcelain v2 with -z. The code is put as in v1, a dot there
// being a blank.
func parseStatus(out []byte) ([]Change, error) {
	var changes []Change
	records := bytes.Split(out, []byte{0})
	for i := 0; i < len(records); i++ {
		rec := string(records[i])
		if rec == "" || rec[0] == '#' || rec[0] == '!' {
			continue
		}
		c, err := statusRecord(rec)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
		if rec[0] == '2' {
			i++ // a rename has its old path in a record of its own
		}
	}
	return changes, nil
}

// statusFields is how many fields stand before the path.
var statusFields = map[byte]int{'1': 8, '2': 9, 'u': 10, '?': 1}

func statusRecord(rec string) (Change, error) {
	n, ok := statusFields[rec[0]]
	f := strings.SplitN(rec, " ", n+1)
	if !ok || len(f) != n+1 {
		return Change{}, &CannotTellError{"whether the checkout is clean", fmt.Sprintf("git said %q", rec)}
	}
	if rec[0] == '?' {
		return Change{"??", f[1]}, nil
	}
	return Change{strings.ReplaceAll(f[1], ".", " "), f[n]}, nil
}
