package citest

import (
	"reflect"
	"testing"
	"testing/fstest"
	"time"

	"ferry/flow/ci"
)

func TestParseScript(t *testing.T) {
	t.Parallel()
	got, err := ParseScript(`
# a comment
hook off
queue 500ms
job py36 1.5s lines=40
job py39 2s fail "E   AssertionError: \"x\"" wait=1s allow-failure
job odd 1s state=zombie hostile stuck
deploy job=py36 files=sdist,wheel
deploy fail=sdist slow=200ms keep=dist
approval @dana environment=prod after=2s
attempt 2:
deploy then fail
attempt 3:
job only 1s cancel
deploy skip
fault 503
fault 429 after=30s times=3 match=/log
fault state=odd times=-1
fault html
`)
	if err != nil {
		t.Fatal(err)
	}
	jobs := []Job{
		{Name: "py36", For: 1500 * time.Millisecond, Lines: 40},
		{Name: "py39", For: 2 * time.Second, Lines: 20, Wait: time.Second, Fail: `E   AssertionError: "x"`, End: ci.StateFailed, AllowFailure: true},
		{Name: "odd", For: time.Second, Lines: 20, End: "zombie", Hostile: true, Stuck: true},
	}
	want := Script{
		HookOff: true, Queue: 500 * time.Millisecond,
		Attempts: []Attempt{
			{
				Jobs: jobs, Deploy: Deploy{Job: "py36", Files: []string{"sdist", "wheel"}, Fail: "sdist", Slow: 200 * time.Millisecond, Keep: "dist"},
				Approval: &Approval{By: "dana", Environment: "prod", After: 2 * time.Second},
			},
			{Jobs: healthy(jobs), Deploy: Deploy{ThenFail: true}},
			{Jobs: []Job{{Name: "only", For: time.Second, Lines: 20, End: ci.StateCancelled}}, Deploy: Deploy{Skip: true}},
		},
		Faults: []Fault{
			{Kind: FaultStatus, Status: 503, Times: 1},
			{Kind: FaultStatus, Status: 429, After: 30 * time.Second, Times: 3, Match: "/log"},
			{Kind: FaultState, State: "odd", Times: -1},
			{Kind: FaultHTML, Times: 1},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestParseScriptErrors(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"hook", "hook on", "queue", "queue soon", "queue -1s", "job a", "job a b", "job a 1s lines=x", "job a 1s what", `job a 1s fail "open`,
		"deploy what", "deploy then", "deploy fail=egg", "deploy keep=", "approval dana", "approval", "attempt 3:", "attempt", "fault", "fault what", "fault 429 after=x", "nonsense",
	} {
		if _, err := ParseScript(line); err == nil {
			t.Errorf("%q should be refused", line)
		}
	}
}

func TestReadProject(t *testing.T) {
	t.Parallel()
	file := func(src string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(src)} }
	for _, c := range []struct {
		tree fstest.MapFS
		want project
	}{
		{fstest.MapFS{"pyproject.toml": file("[project]\nname = 'a'\nversion = '1.0'\n")}, project{"a", "1.0"}},
		{fstest.MapFS{"setup.cfg": file("[metadata]\nname = a\nversion = attr: a.__version__\n"), "a/__init__.py": file("__version__ = \"2.0\"\n")}, project{"a", "2.0"}},
		{fstest.MapFS{"setup.cfg": file("[metadata]\nname = a\nversion = file: VERSION\n"), "VERSION": file("3.0\n")}, project{"a", "3.0"}},
		{fstest.MapFS{"setup.py": file("from setuptools import setup\nsetup(\n    name='a',\n    version=\"4.0\",\n)\n")}, project{"a", "4.0"}},
		{fstest.MapFS{"pyproject.toml": file("[project]\r\nname = 'a'\r\ndynamic = ['version']\r\n"), "src/a/__init__.py": file("__version__: str = '5.0'\n")}, project{"a", "5.0"}},
		{fstest.MapFS{"README": file("")}, project{}},
	} {
		got, err := readProject(c.tree)
		if (err != nil) != (c.want == project{}) || got != c.want {
			t.Errorf("%v: got %+v, %v", c.tree, got, err)
		}
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"1.0": "1.0", "v1.0.0": "1.0.0", "1.0-RC1": "1.0rc1", "1.0.beta": "1.0b0", "1.0alpha2": "1.0a2", "1.0-1": "1.0-1", "2!1.0": "2!1.0",
		"1.0.post1": "1.0.post1", "1.0-r4": "1.0.post4", "1.0dev": "1.0.dev", "1.0.dev3": "1.0.dev3", "1.0rc1.dev2": "1.0rc1.dev2", "1.0c2": "1.0rc2",
	} {
		if got := canonical(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
