package gitops

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

const (
	shaA = "1111111111111111111111111111111111111111"
	shaB = "2222222222222222222222222222222222222222"
)

func pktText(lines ...string) string {
	var b bytes.Buffer
	for _, l := range lines {
		if l == "" {
			b.WriteString(flushPkt)
		} else {
			writePkt(&b, "%s", l)
		}
	}
	return b.String()
}

func TestReadAdvert(t *testing.T) {
	first := shaA + " HEAD\x00report-status symref=HEAD:refs/heads/main agent=x\n"
	for name, c := range map[string]struct {
		text string
		refs int
		err  error
	}{
		"plain":           {pktText(first, shaA+" refs/heads/main\n", ""), 2, nil},
		"with prefix":     {pktText("# service=git-upload-pack\n", "", first, ""), 1, nil},
		"without flush":   {pktText("# service=git-upload-pack\n", first, ""), 1, nil},
		"empty, by flush": {pktText("# service=git-upload-pack\n", "", ""), 0, nil},
		"empty, by caps":  {pktText(zeroSHA+" capabilities^{}\x00delete-refs\n", ""), 0, nil},
		"borrowed":        {pktText(first, shaB+" .have\n", ""), 1, nil},
		"cut":             {pktText(first), 0, errAny},
		"cut in a packet": {pktText(first)[:30], 0, errAny},
		"only prefix":     {pktText("# service=git-upload-pack\n", ""), 0, errAny},
		"a page":          {"<html>", 0, errMalformed},
		"no ref":          {pktText("hello\n", ""), 0, errMalformed},
	} {
		a, err := readAdvert(strings.NewReader(c.text))
		if c.err == nil && (err != nil || len(a.refs) != c.refs) || c.err != nil && err == nil || errors.Is(c.err, errMalformed) && !errors.Is(err, errMalformed) {
			t.Errorf("%s: %v, %+v", name, err, a)
		}
	}
	var said *serverError
	if _, err := readAdvert(strings.NewReader(pktText("ERR go away\n"))); !errors.As(err, &said) || said.text != "go away" {
		t.Errorf("ERR: %v", err)
	}
}

var errAny = errors.New("any")

func TestReport(t *testing.T) {
	const ref = "refs/heads/x"
	for text, want := range map[string]struct {
		reason string
		ok     bool
	}{
		pktText("unpack ok\n", "ok "+ref+"\n", ""):          {"", true},
		pktText("unpack ok\n", "ok "+ref+"\n"):              {"", true},
		pktText("unpack ok\n", "ok refs/heads/y\n", ""):     {"", false},
		pktText("unpack ok\n", "ng "+ref+" a rule\n", ""):   {"a rule", true},
		pktText("unpack broken\n", "ng "+ref+" x\n", ""):    {"unpack: broken", true},
		pktText("unpack ok\n", ""):                          {"", false},
		"":                                                  {"", false},
		pktText("unpack ok\n", "ok "+ref+"\n")[:25]:         {"", false},
		pktText("unpack ok\n", "ok "+ref+"-and-more\n", ""): {"", false},
	} {
		if reason, ok := parseReport([]byte(text), ref); reason != want.reason || ok != want.ok {
			t.Errorf("%q: %q, %v", text, reason, ok)
		}
	}
}

// packOf builds a pack of one object with any head.
func packOf(kind byte, size uint64, base, content []byte) []byte {
	b := []byte("PACK\x00\x00\x00\x02\x00\x00\x00\x01")
	c := kind<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		b, c = append(b, c|0x80), byte(size&0x7f)
	}
	b = append(append(b, c), base...)
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(content)
	_ = w.Close()
	return append(append(b, z.Bytes()...), make([]byte, 20)...)
}

func TestPackBombs(t *testing.T) {
	delta := binary.AppendUvarint(binary.AppendUvarint(nil, 10), 1<<40)
	for name, pack := range map[string][]byte{
		"a big blob":        packOf(3, 1<<32, nil, nil),
		"a delta that is":   packOf(7, uint64(len(delta)), make([]byte, 20), delta),
		"too many of it":    []byte("PACK\x00\x00\x00\x02\x7f\xff\xff\xff"),
		"more than it says": packOf(3, 10, nil, make([]byte, 1<<20)),
		"not a pack":        []byte("<html>"),
	} {
		_, err := unpack(pack)
		if err == nil || (strings.HasSuffix(name, "is") || strings.HasPrefix(name, "a big") || strings.HasPrefix(name, "too")) && !errors.Is(err, ErrTooBig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfigText(t *testing.T) {
	s := parseConfig([]byte("\ufeff[core] bare = false\r\n[Remote \"a.B\\\"c\"] URL=\"x;y\" ; z\n\tpush = a \\\n  b\n[old.Sub]\nflag\n# no = 1\n[broken\nx = 1\n[ok]\nv = a\\\\\\tb \"  c \" \n"))
	for key, want := range map[string]string{
		"core.bare": "false", "remote.a.B\"c.url": "x;y", "remote.a.B\"c.push": "a   b", "old.sub.flag": "true", "ok.v": "a\\\tb   c ",
	} {
		if got := s.last(key); got != want {
			t.Errorf("%s: %q, want %q in %q", key, got, want, s)
		}
	}
}

func FuzzWire(f *testing.F) {
	f.Add([]byte(pktText(shaA+" HEAD\x00a b=c\n", shaB+" refs/tags/v1\n", shaA+" refs/tags/v1^{}\n", "")))
	f.Add([]byte(pktText("\x01unpack ok\n", "\x02hello\rthere\n", "")))
	f.Add([]byte("[a \"b\"]\nc = d \\\n e\n"))
	f.Add(packOf(3, 2, nil, []byte("ab")))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = readAdvert(bytes.NewReader(b))
		_ = (&reply{}).read(bytes.NewReader(b), true)
		_, _ = parseReport(b, "refs/heads/x")
		_, _ = readPack(bytes.NewReader(b), true, true)
		_ = parseConfig(b)
		_, _ = parseStatus(b)
		if len(b) < 4096 {
			_, _ = unpack(b)
		}
	})
}
