package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// checkDigests: the witnesses that name a sha256 of a file name the same one.
// Where the files are too large to be downloaded by the way, that is all there is.
func checkDigests(_ context.Context, v *verifier) []flow.Check {
	c := flow.Check{ID: "digests", Decides: v.large, Means: flow.Mismatch}
	var differ, who, alone []string
	for i := range v.files {
		f := &v.files[i]
		said := v.said(f.Name)
		if len(said) < 2 && f.URL != "" {
			alone = append(alone, f.Name)
		}
		for _, s := range said {
			who = appendNew(who, s.who)
			if s.sha256 != said[0].sha256 {
				differ = appendNew(differ, f.Name)
				f.Problems = append(f.Problems, fmt.Sprintf("sha256 %s by %s, %s by %s", said[0].sha256, said[0].who, s.sha256, s.who))
			}
		}
	}
	switch {
	case len(differ) > 0:
		c.Result, c.Evidence = flow.Bad, strings.Join(differ, ", ")+": the witnesses name different sha256"
	case !v.evidence.published():
		c.Result, c.Decides, c.Evidence = flow.NotChecked, false, noFile
	case len(alone) > 0:
		c.Result, c.Evidence = flow.NotChecked, "fewer than two witnesses name the sha256 of "+strings.Join(alone, ", ")
	default:
		c.Result, c.Evidence = flow.Good, "the same sha256 in "+strings.Join(who, ", ")
	}
	return []flow.Check{c}
}

func appendNew(all []string, s string) []string {
	if slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}

// checkBytes: what was downloaded has the sha256 that every witness names.
func checkBytes(_ context.Context, v *verifier) []flow.Check {
	c := flow.Check{ID: "bytes", Decides: true, Means: flow.Mismatch}
	compared, differ, bare := v.compared(func(b bytesOf, s saying) bool { return b.digest.SHA256 == s.sha256 }, "sha256")
	name, err := v.undownloaded()
	switch {
	case len(differ) > 0:
		c.Result, c.Evidence = flow.Bad, "other bytes: "+strings.Join(differ, ", ")
	case v.ownErr != nil:
		c.Result, c.Evidence = flow.NotChecked, fmt.Sprintf("your own files cannot be compared with: %v", v.ownErr)
	case !v.evidence.published():
		c.Result, c.Decides, c.Evidence = flow.NotChecked, false, noFile
	case v.large:
		c.Result, c.Decides = flow.NotChecked, false
		c.Evidence = fmt.Sprintf("too much to download by the way (%d MB): only digests are compared; --deep does more", muchToDownload>>20)
	case v.late:
		c.Result, c.Evidence = flow.NotChecked, "not downloaded yet: "+mayBeOld
	case err != nil:
		c.Result, c.Evidence = flow.NotChecked, fmt.Sprintf("%s cannot be downloaded: %v", name, err)
	case len(bare) > 0:
		c.Result, c.Evidence = flow.NotChecked, "nobody names a sha256 of "+strings.Join(bare, ", ")+"; --dist DIR compares with your own"
	default:
		c.Result, c.Evidence = flow.Good, fmt.Sprintf("%s downloaded, sha256 as in %s", count(len(v.bytes), "file"), strings.Join(compared, ", "))
	}
	return []flow.Check{c}
}

// checkSize: what was downloaded is as long as every witness says.
func checkSize(_ context.Context, v *verifier) []flow.Check {
	const id = "size"
	named := 0
	compared, differ, _ := v.compared(func(b bytesOf, s saying) bool {
		if s.size > 0 {
			named++
		}
		return s.size == 0 || b.digest.Size == s.size
	}, "size")
	var all int64
	for _, b := range v.bytes {
		all += b.digest.Size
	}
	_, err := v.undownloaded()
	differ = append(differ, v.longer()...)
	switch {
	case len(differ) > 0:
		return []flow.Check{bad(id, flow.Mismatch, "another size than shown: %s", strings.Join(differ, ", "))}
	case len(compared) == 0 || err != nil:
		return []flow.Check{unchecked(id, "not everything was downloaded")}
	case named == 0:
		return []flow.Check{unchecked(id, "%d bytes in all, and nobody says how many there should be", all)}
	}
	return []flow.Check{fine(id, "%d bytes in all, as shown", all)}
}

// longer names the files of which more comes than any page says there is.
func (v *verifier) longer() (names []string) {
	for _, f := range v.files {
		var over *pypi.TooLargeError
		if f.Size > 0 && errors.As(v.bytes[f.Name].err, &over) && over.Limit == f.Size {
			names = append(names, f.Name)
		}
	}
	return names
}

// compared holds the downloads against what is said of them: the witnesses there
// are, the files in which one differs, and those of which nobody says anything.
func (v *verifier) compared(same func(bytesOf, saying) bool, what string) (who, differ, bare []string) {
	for i := range v.files {
		f := &v.files[i]
		b, tried := v.bytes[f.Name]
		if !tried || b.err != nil {
			continue
		}
		said := v.said(f.Name)
		if len(said) == 0 {
			bare = append(bare, f.Name)
		}
		for _, s := range said {
			who = appendNew(who, s.who)
			if !same(b, s) {
				differ = appendNew(differ, f.Name)
				f.Problems = append(f.Problems, fmt.Sprintf("the download has another %s than %s says", what, s.who))
			}
		}
	}
	return who, differ, bare
}

// undownloaded is the first file that could not be downloaded, and why.
func (v *verifier) undownloaded() (string, error) {
	for _, f := range v.files {
		if err := v.bytes[f.Name].err; err != nil {
			return f.Name, err
		}
	}
	return "", nil
}
