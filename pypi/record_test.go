package pypi

import (
	"crypto/md5" //nolint:gosec // to show that it is not taken
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"strings"
	"testing"
)

// TestRecord: each way in which a RECORD does not vouch for a file is told.
func TestRecord(t *testing.T) {
	const info, text = "foo-1.0.dist-info/", "x = 1\n"
	const metadata = "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"
	b64 := base64.RawURLEncoding.EncodeToString
	weak, sum, long := md5.Sum([]byte(text)), sha256.Sum256([]byte(text)), sha512.Sum512([]byte(text)) //nolint:gosec // see above
	own := sha256.Sum256([]byte(metadata))
	rest := info + "METADATA,sha256=" + b64(own[:]) + ",\n" + info + "RECORD,,\n"
	for name, c := range map[string]struct{ line, want string }{
		"sound":          {"a.py,sha256=" + b64(sum[:]) + ",6\n", ""},
		"no size":        {"a.py,sha256=" + b64(sum[:]) + ",\n", ""},
		"stronger":       {"a.py,sha512=" + b64(long[:]) + ",6\n", ""},
		"signed":         {"a.py,sha256=" + b64(sum[:]) + ",6\n" + info + "RECORD.jws,,\n", ""},
		"no hash":        {"a.py,,\n", "a.py has no hash in the wheel's RECORD"},
		"a weak hash":    {"a.py,md5=" + b64(weak[:]) + ",6\n", `a.py has a hash in the wheel's RECORD that proves nothing ("md5")`},
		"another hash":   {"a.py,sha256=" + b64(own[:]) + ",6\n", "a.py has other bytes than the wheel's RECORD says"},
		"another size":   {"a.py,sha256=" + b64(sum[:]) + ",7\n", "a.py has another size than the wheel's RECORD says"},
		"not listed":     {"", "a.py is not in the wheel's RECORD"},
		"another path":   {"./a.py,sha256=" + b64(sum[:]) + ",6\n", "./a.py is in the wheel's RECORD and not in the wheel, a.py is not in the wheel's RECORD"},
		"not there":      {"a.py,sha256=" + b64(sum[:]) + ",6\nb.py,sha256=" + b64(sum[:]) + ",6\n", "b.py is in the wheel's RECORD and not in the wheel"},
		"twice":          {"a.py,,\na.py,sha256=" + b64(sum[:]) + ",6\n", "a.py is twice in the wheel's RECORD"},
		"another RECORD": {"a.py,sha256=" + b64(sum[:]) + ",6\nbar-1.dist-info/RECORD,,\n", "bar-1.dist-info/RECORD is in the wheel's RECORD and not in the wheel"},
		"itself twice":   {"a.py,sha256=" + b64(sum[:]) + ",6\n" + info + "RECORD,,\n", info + "RECORD is twice in the wheel's RECORD"},
	} {
		a := opened(t, pureWheel, plainZip("a.py", text, info+"METADATA", metadata, info+"RECORD", c.line+rest))
		odd, err := Suspicious(t.Context(), a)
		var all []string
		for _, o := range odd {
			if all = append(all, o.Path+" "+o.Why); !o.Sure {
				t.Errorf("%s: %s is not sure", name, o.Path)
			}
		}
		if got := strings.Join(all, ", "); err != nil || got != c.want {
			t.Errorf("%s: %q %v, want %q", name, got, err, c.want)
		}
	}
	a := opened(t, pureWheel, plainZip(info+"METADATA", metadata, info+"RECORD", "a.py\n"))
	if _, err := Suspicious(t.Context(), a); err == nil {
		t.Error("a RECORD of other columns is read")
	}
}
