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
	var differ, agreed, alone []string
	for i := range v.files {
		f := &v.files[i]
		said := v.said(f.Name)
		switch {
		case f.URL == "":
		case len(said) < 2:
			alone = append(alone, f.Name)
		default:
			agreed = append(agreed, f.Name)
		}
		for _, s := range said {
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
		c.Result, c.Evidence = flow.Good, "the same sha256 in "+v.whoSays(agreed)
	}
	return []flow.Check{c}
}

// whoSays names the witnesses that name a sha256 of each file: once where they are
// the same for all, else file by file.
func (v *verifier) whoSays(files []string) string {
	var sets []string
	of := map[string][]string{}
	for _, name := range files {
		var who []string
		for _, s := range v.said(name) {
			who = append(who, s.who)
		}
		set := strings.Join(who, ", ")
		sets, of[set] = appendNew(sets, set), append(of[set], name)
	}
	if len(sets) == 1 {
		return sets[0]
	}
	for i, set := range sets {
		sets[i] = set + " for " + listed(of[set])
	}
	return strings.Join(sets, "; ")
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
	read, differ, bare := v.compared(func(b bytesOf, s saying) bool { return b.digest.SHA256 == s.sha256 }, "sha256")
	name, err := v.undownloaded()
	switch {
	case len(differ) > 0:
		c.Result, c.Evidence = flow.Bad, "other bytes: "+strings.Join(differ, ", ")
	case v.ownErr != nil:
		c.Result, c.Here, c.Evidence = flow.NotChecked, true, fmt.Sprintf("your own files cannot be compared with: %v", v.ownErr)
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
		c.Result, c.Evidence = flow.Good, fmt.Sprintf("%s downloaded, sha256 as in %s", count(len(v.bytes), "file"), v.whoSays(read))
	}
	return []flow.Check{c}
}

// checkSize: what was downloaded is as long as every witness says.
func checkSize(_ context.Context, v *verifier) []flow.Check {
	const id = "size"
	read, differ, bare := v.compared(func(b bytesOf, s saying) bool { return s.size == 0 || b.digest.Size == s.size }, "size")
	var all int64
	for _, b := range v.bytes {
		all += b.digest.Size
	}
	for _, name := range read {
		if !slices.ContainsFunc(v.said(name), func(s saying) bool { return s.size > 0 }) {
			bare = append(bare, name)
		}
	}
	_, err := v.undownloaded()
	differ = append(differ, v.longer()...)
	switch {
	case len(differ) > 0:
		return []flow.Check{bad(id, flow.Mismatch, "another size than shown: %s", strings.Join(differ, ", "))}
	case len(read) == 0 || err != nil:
		return []flow.Check{unchecked(id, "not everything was downloaded")}
	case len(bare) > 0:
		return []flow.Check{unchecked(id, "%d bytes in all, and nobody says how many there should be in %s", all, listed(bare))}
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

// compared holds the downloads against what is said of them: the files of which
// something is said, those in which one differs, and those of which nothing is.
func (v *verifier) compared(same func(bytesOf, saying) bool, what string) (read, differ, bare []string) {
	for i := range v.files {
		f := &v.files[i]
		b, tried := v.bytes[f.Name]
		if !tried || b.err != nil {
			continue
		}
		said := v.said(f.Name)
		if len(said) == 0 {
			bare = append(bare, f.Name)
			continue
		}
		read = append(read, f.Name)
		for _, s := range said {
			if !same(b, s) {
				differ = appendNew(differ, f.Name)
				f.Problems = append(f.Problems, fmt.Sprintf("the download has another %s than %s says", what, s.who))
			}
		}
	}
	return read, differ, bare
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
