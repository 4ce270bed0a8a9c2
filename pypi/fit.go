package pypi

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Misfit is something for which PyPI refuses a distribution for certain. It is
// known before a byte is sent. Other indexes may be more patient.
type Misfit struct {
	Why       Refusal
	Text, Fix string
}

// maxUpload is what PyPI takes of one file, unless more was granted.
const maxUpload = 100 << 20

// Misfits lists what PyPI would refuse, in the order in which it would say so.
func (a *Artifact) Misfits() []Misfit {
	var all []Misfit
	for _, check := range []func() []Misfit{a.misfitMetadata, a.misfitDependencies, a.misfitFile, a.misfitMembers} {
		all = append(all, check()...)
	}
	return all
}

// metadataVersions are those that PyPI reads; 2.6 is approved and not among them.
func metadataVersions() []string {
	return []string{"1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"}
}

func (a *Artifact) misfitMetadata() (all []Misfit) {
	add := func(no bool, why Refusal, text, fix string) {
		if no {
			all = append(all, Misfit{why, text, fix})
		}
	}
	m := a.Metadata
	add(!slices.Contains(metadataVersions(), m.Get("Metadata-Version")), RefusedMetadataVersion,
		fmt.Sprintf("Metadata-Version %q is none that PyPI reads", m.Get("Metadata-Version")), "build with an older version of the backend")
	v, err := ParseVersion(m.Get("Version"))
	add(err == nil && v.IsLocal(), RefusedLocalVersion, "the version "+m.Get("Version")+" is a local one", "release from a tagged commit, or drop what follows the +")
	add(len([]rune(m.Get("Summary"))) > 512, RefusedMetadata, "the summary is longer than 512 characters", "shorten description in the project's metadata")
	add(m.Get("License") != "" && m.Get("License-Expression") != "", RefusedMetadata, "there is a License and a License-Expression", "keep the expression alone")
	add(!knownMarkup(m.Get("Description-Content-Type")), RefusedMetadata, fmt.Sprintf("Description-Content-Type %q is none that PyPI knows", m.Get("Description-Content-Type")),
		"use text/markdown, text/x-rst or text/plain")
	for _, c := range m.All("Classifier") {
		add(strings.HasPrefix(c, "Private ::") || !strings.Contains(c, " :: "), RefusedMetadata, fmt.Sprintf("%q is no classifier of PyPI's", c),
			"take it out; Private :: is there to keep a project off PyPI")
	}
	for _, u := range m.All("Project-URL") {
		label, _, _ := strings.Cut(u, ",")
		add(len([]rune(strings.TrimSpace(label))) > 32, RefusedMetadata, fmt.Sprintf("the label of a project URL is longer than 32 characters: %q", label), "shorten it")
	}
	return all
}

func knownMarkup(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	return slices.Contains([]string{"", "text/plain", "text/x-rst", "text/markdown"}, strings.TrimSpace(kind))
}

func (a *Artifact) misfitDependencies() (all []Misfit) {
	for _, r := range a.Metadata.All("Requires-Dist") {
		if spec, _, _ := strings.Cut(r, ";"); strings.Contains(spec, "@") {
			all = append(all, Misfit{RefusedDirectURL, fmt.Sprintf("the dependency %q names an address", strings.TrimSpace(spec)), "depend on a version of what is on the index"})
		}
	}
	return all
}

var platformTag = regexp.MustCompile(`^(any|win32|win_(amd64|arm64)|(manylinux1|manylinux2010|manylinux2014|(many|musl)linux_\d+_\d+)_\w+|` +
	`macosx_10_\d+_\w+|macosx_(11|12|13|14|15|26)_0_\w+|ios_\d+_\d+_\w+|android_\d+_\w+|pyemscripten_\w+)$`)

func (a *Artifact) misfitFile() (all []Misfit) {
	name := a.Metadata.Get("Name")
	v, err := ParseVersion(a.Metadata.Get("Version"))
	stem, _, _ := strings.Cut(a.File, "-")
	want := FileStem(name) + "-" + v.String() + ".tar.gz"
	switch {
	case err != nil:
	case a.Kind == KindSdist && a.File != want:
		all = append(all, Misfit{RefusedFilename, a.File + " should be called " + want, "build with a newer version of the backend"})
	case a.Kind == KindWheel && stem != FileStem(name):
		all = append(all, Misfit{RefusedFilename, a.File + " should begin with " + FileStem(name), "build with a newer version of the backend"})
	}
	if a.Kind == KindWheel {
		parts := strings.Split(strings.TrimSuffix(a.File, ".whl"), "-")
		for tag := range strings.SplitSeq(parts[len(parts)-1], ".") {
			if !platformTag.MatchString(tag) {
				all = append(all, Misfit{RefusedPlatform, "PyPI takes no wheel for " + tag, "build it in a manylinux or musllinux image, or repair it with auditwheel"})
			}
		}
	}
	if a.Size > maxUpload {
		all = append(all, Misfit{RefusedSize, fmt.Sprintf("%s has %d bytes, and PyPI takes %d", a.File, a.Size, maxUpload), "make it smaller, or ask PyPI for a higher limit first"})
	}
	return all
}

func (a *Artifact) misfitMembers() []Misfit {
	if a.Kind == KindWheel {
		return a.misfitWheel()
	}
	top := ""
	for _, m := range a.Members {
		first, _, _ := strings.Cut(m.Path, "/")
		if top != "" && first != top {
			return []Misfit{{RefusedArchive, "the sdist has more than one folder at its top", "build it with a backend, not by hand"}}
		}
		top = first
	}
	return a.misfitLicenses(top)
}

func (a *Artifact) misfitWheel() (all []Misfit) {
	info := ""
	for _, m := range a.Members {
		if a.isMetadata(m.Path) {
			info = path.Dir(m.Path)
		}
	}
	for _, needed := range []string{"WHEEL", "RECORD"} {
		if !a.holds(info + "/" + needed) {
			all = append(all, Misfit{RefusedArchive, "the wheel has no " + needed, "build it again"})
		}
	}
	if i := slices.IndexFunc(a.Members, func(m Member) bool { return m.Streamed }); i >= 0 {
		all = append(all, Misfit{RefusedArchive, fmt.Sprintf("%q is packed as a stream, with its sizes behind it", a.Members[i].Path), "build the wheel with a tool that writes to a file"})
	}
	return append(all, a.misfitLicenses(info+"/licenses")...)
}

func (a *Artifact) holds(file string) bool {
	return slices.ContainsFunc(a.Members, func(m Member) bool { return m.Path == file })
}

// misfitLicenses looks for the files that License-File names; before metadata
// 2.4 nobody said where they are.
func (a *Artifact) misfitLicenses(base string) (all []Misfit) {
	if v := a.Metadata.Get("Metadata-Version"); v != "2.4" && v != "2.5" {
		return nil
	}
	for _, l := range a.Metadata.All("License-File") {
		if !a.holds(path.Join(base, l)) {
			all = append(all, Misfit{RefusedArchive, fmt.Sprintf("License-File %q is not in it", l), "add the file, or take the field out"})
		}
	}
	return all
}
