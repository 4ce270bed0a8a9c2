package pypi

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ferry/keyring"
)

// oracle is one Python process that reads file after file.
type oracle struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
}

// verdict is what Python makes of a file.
type verdict struct {
	OK       bool
	Sections map[string][][2]string
	Order    []string
	Defaults [][2]string
	Config   map[string]map[string]string
}

func newOracle(t *testing.T) *oracle {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "-X", "utf8", "testdata/pypirc_oracle.py")
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir(), "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		rcMissing(t, "python3")
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	o := &oracle{t, in, bufio.NewReaderSize(out, 1<<20)}
	var hello struct{ Twine bool }
	o.answer(&hello)
	if !hello.Twine {
		rcMissing(t, "twine")
	}
	return o
}

// rcMissing skips, unless the machine is said to have everything.
func rcMissing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("FERRY_REAL") == "require" {
		t.Fatalf("%s is not installed, and FERRY_REAL=require", what)
	}
	t.Skipf("%s is not installed", what)
}

func (o *oracle) answer(v any) {
	o.t.Helper()
	line, err := o.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, v)
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *oracle) ask(data []byte) verdict {
	o.t.Helper()
	if err := json.NewEncoder(o.in).Encode(append([]byte{}, data...)); err != nil {
		o.t.Fatal(err)
	}
	var v verdict
	o.answer(&v)
	return v
}

// readHere gives the same of our own reader.
func readHere(data []byte) verdict {
	p, err := ParsePypirc(data)
	if err != nil {
		return verdict{}
	}
	d := p.doc()
	v := verdict{OK: true, Sections: map[string][][2]string{}, Order: []string{}, Defaults: pairs(d.defaults), Config: d.config()}
	for _, s := range d.sections {
		v.Order = append(v.Order, s.name)
		v.Sections[s.name] = pairs(s)
	}
	return v
}

func pairs(s *rcSection) [][2]string {
	out := [][2]string{}
	for _, o := range s.opts {
		out = append(out, [2]string{o.key, o.text()})
	}
	return out
}

func asJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// TestPypircAgainstPython edits random files at random, and asks Python and
// twine what they say before and after.
func TestPypircAgainstPython(t *testing.T) {
	n := 2000
	if s := os.Getenv("FERRY_PYPIRC"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	o := newOracle(t)
	r := rand.New(rand.NewPCG(11, 37))
	var files, read, edited, refused int
	for files = 0; edited < n && files < 3*n; files++ {
		data := randomPypirc(r)
		before := o.ask(data)
		if here := readHere(data); asJSON(here) != asJSON(before) {
			t.Fatalf("%q\nhere   %s\npython %s", data, asJSON(here), asJSON(before))
		}
		if !before.OK {
			refused++
			continue
		}
		read++
		if o.edit(data, randomEdit(r), before) {
			edited++
		}
	}
	t.Logf("%d files: %d refused by Python and here, %d read the same, %d of these edited", files, refused, read, edited)
	if edited < n {
		t.Errorf("too few cases count: %d edited of %d", edited, n)
	}
}

// edit applies an edit and checks the result; false if it was refused.
func (o *oracle) edit(data []byte, e PypircEdit, before verdict) bool {
	o.t.Helper()
	p, err := ParsePypirc(data)
	if err != nil {
		o.t.Fatal(err)
	}
	next, err := p.Edit(e)
	if err != nil {
		if errors.Is(err, &PypircError{Reason: PypircNotProved}) {
			o.t.Errorf("%q\n%s: %v", data, showEdit(e), err)
		}
		return false
	}
	now := next.doc().data
	after := o.ask(now)
	if here := readHere(now); asJSON(here) != asJSON(after) {
		o.t.Fatalf("%q\nhere   %s\npython %s", now, asJSON(here), asJSON(after))
	}
	for _, wrong := range wrongs(e, before, after) {
		o.t.Errorf("%q\n%s\n%q\n%s", data, showEdit(e), now, wrong)
	}
	if lost := lostLines(string(data), string(now), e, p.doc()); lost != "" {
		o.t.Errorf("%q\n%s\n%q\nlost %q", data, showEdit(e), now, lost)
	}
	if slices.ContainsFunc(e.Remove, func(name string) bool { return p.doc().mark(name).notList }) {
		return true // its name stays listed once; to remove it again is to mean that
	}
	again, err := next.Edit(e)
	if err != nil || !again.Same(next) {
		o.t.Errorf("%q\n%s\nan edit made twice: %v\n%q\n%q", data, showEdit(e), err, now, again.doc().data)
	}
	return true
}

func showEdit(e PypircEdit) string {
	var names []string
	for _, s := range e.Write {
		names = append(names, fmt.Sprint(s.Name, s.WithoutPassword, s.Until))
	}
	return fmt.Sprint("write ", names, " remove ", e.Remove, " migrate ", e.Migrate)
}

// wrongs compares what Python says before and after.
func wrongs(e PypircEdit, before, after verdict) (out []string) {
	written := map[string]PypircSection{}
	touched := map[string]bool{}
	for _, s := range e.Write {
		written[s.Name], touched[s.Name] = s, true
	}
	for _, n := range e.Remove {
		touched[n] = true
	}
	if !slices.Equal(before.Defaults, after.Defaults) {
		out = append(out, "[DEFAULT] changed")
	}
	for name, was := range before.Sections {
		if touched[name] || name == rcDistutils || e.Migrate && (strings.Contains(asJSON(was), "pypi.python.org") || name == rcOldTest || name == rcTest) {
			continue
		}
		if !slices.Equal(was, after.Sections[name]) {
			out = append(out, "section "+name+" changed")
		}
		if _, listed := before.Config[name]; listed && !maps.Equal(before.Config[name], after.Config[name]) {
			out = append(out, "twine reads "+name+" in another way")
		}
	}
	for name, s := range written {
		want := map[string]string{"repository": s.Repository, "username": "__token__"}
		_ = s.Password.Use(func(b []byte) error {
			if len(b) > 0 {
				want["password"] = string(b)
			}
			return nil
		})
		got := after.Config[name]
		for _, key := range rcOurs {
			if got[key] != want[key] {
				out = append(out, name+": twine reads another "+key)
			}
		}
	}
	return out
}

// lostLines looks in the crudest way for a foreign line that is gone: comments,
// headers, and options of sections that the edit does not name.
func lostLines(old, now string, e PypircEdit, d *rcDoc) string {
	ours := e.ours(d)
	for _, l := range d.lines {
		text := old[l.from:l.to]
		mine := l.section == rcDistutils || ours[l.section] && (l.kind != rcComment || strings.Contains(text, "# ferry: remove when "))
		if at := strings.Index(now, text); !mine {
			if at < 0 {
				return text
			}
			now = now[at+len(text):]
		}
	}
	return ""
}

func randomEdit(r *rand.Rand) PypircEdit {
	e := PypircEdit{Migrate: r.IntN(4) == 0, Replace: true}
	for _, name := range []string{"pypi", "testpypi", "local"} {
		s := PypircSection{Name: name, Repository: map[string]string{"pypi": pypiUpload, "testpypi": testpypiUpload, "local": "http://localhost:3141/"}[name]}
		if r.IntN(3) == 0 {
			s.Until = pick(r, "acme-core 1.4.0", "other 2.0rc1")
		}
		switch r.IntN(5) {
		case 0, 1:
			s.Password = keyring.NewSecret("pypi-" + strings.Repeat("A", r.IntN(30)) + "%=:#;z")
			e.Write = append(e.Write, s)
		case 2:
			s.WithoutPassword = true
			e.Write = append(e.Write, s)
		case 3:
			e.Remove = append(e.Remove, name)
		}
	}
	return e
}

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

// randomPypirc makes a file that is well formed more often than not.
func randomPypirc(r *rand.Rand) []byte {
	var b strings.Builder
	eol := pick(r, "\n", "\n", "\n", "\r\n", "\r\n", "\r")
	line := func(s string) {
		b.WriteString(s + eol)
		if r.IntN(60) == 0 {
			b.WriteString(pick(r, "\r", "\r\n", "\n"))
		}
	}
	if r.IntN(40) == 0 {
		b.WriteString("\ufeff")
	}
	names := []string{"pypi", "testpypi", "distutils", "local", "pypitest", "server-login", "DEFAULT", " pypi ", "Pypi", "a]b", "zest.releaser", "größe"}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names[:r.IntN(7)] {
		if r.IntN(60) == 0 {
			name = names[0]
		}
		noise(r, line)
		base := pick(r, "", "", "", "", "  ", "\t", "\u00a0 ")
		line(pick(r, "", base) + "[" + name + "]" + pick(r, "", "", "", " ", " x", "]", "\t; y"))
		for r.IntN(4) == 0 {
			line(pick(r, "", "", "  ") + "# ferry: remove when " + pick(r, "acme-core 1.4.0", "third 1") + " is released" + pick(r, "", "", rcNotList, " x"))
		}
		randomOptions(r, name, base, line)
	}
	noise(r, line)
	text := b.String()
	if r.IntN(4) == 0 {
		text = strings.TrimRight(text, "\r\n")
	}
	return []byte(text)
}

func noise(r *rand.Rand, line func(string)) {
	for range r.IntN(3) {
		line(pick(r, "", "", "   ", "\t", "# a comment = x", "# ferry: remove when acme-core 1.4.0 is released", "; [pypi]", "  # indented: y", "\x1c", "\u2028"))
	}
	if r.IntN(80) == 0 {
		line(pick(r, "junk", "= x", "[]", "[x", "  deep", ": y", "[] = z", "\x0b"))
	}
}

func randomOptions(r *rand.Rand, section, base string, line func(string)) {
	keys := []string{"repository", "username", "password", "ca_cert", "realm", "Repository2", "İx", "größe"}
	if section == rcDistutils || section == rcDefault {
		keys = append(keys, rcServers, rcServers)
	}
	if section == rcDistutils {
		keys = []string{rcServers, "command-packages"}
	}
	r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	if r.IntN(40) != 0 {
		slices.Sort(keys)
		keys = slices.Compact(keys)
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	}
	for _, key := range keys[:r.IntN(len(keys)+1)] {
		if section == rcDefault && r.IntN(2) == 0 {
			continue
		}
		value := pick(r, "", "x", "a = b", "pypi-AgEIcHlwaS5", "http://localhost:3141", "https://pypi.python.org/pypi", "https://upload.pypi.org/legacy/", "https://testpypi.python.org/pypi", "\"q\" ; no comment", "100%", "%(x)s", "ü\u00a0ü")
		if key == rcServers {
			value = pick(r, "", "pypi", "pypi testpypi", "local  pypi", "local", "pypi pypi", "testpypi\tlocal")
		}
		if r.IntN(4) == 0 {
			key = strings.ToUpper(key[:1]) + key[1:]
		}
		line(base + key + pick(r, " = ", "=", ": ", ":", " :", " =", "\t=\t", "\u00a0= ") + value + pick(r, "", "", "", " ", "\t"))
		for r.IntN(4) == 0 {
			more := pick(r, "more", "password = x", "# comment", "", "[pypi]")
			if strings.EqualFold(key, rcServers) {
				more = pick(r, "pypi", "testpypi", "local other", "# gone", "", "third")
			}
			line(base + pick(r, "  ", "    ", "\t", " \t") + more)
		}
		if r.IntN(6) == 0 {
			noise(r, line)
		}
	}
}

// FuzzPypirc: no input may panic, and an edit that is given was proved.
func FuzzPypirc(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		f.Add(randomPypirc(r), true, "token")
	}
	f.Add([]byte("[local]\npassword = x\n"), false, "to\nken")
	f.Fuzz(func(t *testing.T, data []byte, migrate bool, password string) {
		p, err := ParsePypirc(data)
		if err != nil {
			return
		}
		p.Indexes()
		p.Findings()
		e := PypircEdit{Migrate: migrate, Replace: true, Remove: []string{"local"},
			Write: []PypircSection{{Name: "pypi", Repository: pypiUpload, Password: keyring.NewSecret(password), WithoutPassword: password == ""}}}
		next, err := p.Edit(e)
		if err != nil {
			return
		}
		diff := strings.Join(p.Diff(next), "\n")
		if len(password) > 40 && strings.Contains(diff, password) {
			t.Errorf("%q shows the password", diff)
		}
		if again, err := next.Edit(e); err != nil || !again.Same(next) {
			t.Errorf("%q: not the same when done twice: %v", data, err)
		}
	})
}
