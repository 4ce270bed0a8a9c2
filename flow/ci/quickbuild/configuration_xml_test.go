package quickbuild

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"ferry/flow/ci"
)

// one is a configuration with something in it.
func one(inner string) string {
	return "<" + configurationElement + "><id>7</id><name>x</name>" + inner + "</" + configurationElement + ">"
}

const aStep = `<stepDOMs><entry><string>s</string><a.CommandlineBuildStep><name>s</name><command/></a.CommandlineBuildStep></entry></stepDOMs>`

func made(src string, r ci.Recipe) (ci.Draft, error) {
	return finish([]byte(src), "root/t", ci.Draft{Path: "root/y"}, r, func(d *draft) error { return d.anew("1") })
}

func TestOddTemplates(t *testing.T) {
	t.Parallel()
	r := ci.Recipe{Command: "run", Description: "d"}
	for src, want := range map[string]string{
		one(aStep): "<" + configurationElement + "><parent>1</parent><name>y</name><description>d</description>" + strings.Replace(aStep, "<command/>", "<command>run</command>", 1) + "</" + configurationElement + ">",
		"\uFEFF" + one(`<description a="1" />`+strings.Replace(aStep, "<command/>", `<command  x="y"   />`, 1)): "\uFEFF<" + configurationElement + `><parent>1</parent><name>y</name><description a="1">d</description>` +
			strings.Replace(aStep, "<command/>", `<command  x="y">run</command>`, 1) + "</" + configurationElement + ">",
		one("<description><![CDATA[<id>]]><!-- <id> --></description>" + aStep): "<" + configurationElement + "><parent>1</parent><name>y</name><description>d</description>" +
			strings.Replace(aStep, "<command/>", "<command>run</command>", 1) + "</" + configurationElement + ">",
	} {
		if d, err := made(src, r); err != nil || string(d.XML) != want {
			t.Errorf("%s\ngave %s, %v", src, d.XML, err)
		}
	}
}

func TestHostileTemplates(t *testing.T) {
	t.Parallel()
	for about, src := range map[string]string{
		"nothing":          "",
		"text":             "hello",
		"a page":           "<html><body/></html>",
		"another kind":     "<list>" + one(aStep) + "</list>",
		"a document type":  `<!DOCTYPE a [<!ENTITY x "y">]>` + one(aStep),
		"an entity":        one("&x;" + aStep),
		"two documents":    one(aStep) + one(aStep),
		"two ids":          one("<id>8</id>" + aStep),
		"two names":        one("<name>z</name>" + aStep),
		"cut off":          one(aStep)[:200],
		"crossed":          one("<a><b></a></b>" + aStep),
		"deep":             one(strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000) + aStep),
		"control":          one("<a>\x01</a>" + aStep),
		"another alphabet": `<?xml version="1.0" encoding="UTF-16"?>` + one(aStep),
		"end too many":     one(aStep) + "</a>",
	} {
		var wrong *ci.MalformedError
		if d, err := made(src, ci.Recipe{Command: "run"}); !errors.As(err, &wrong) || d.XML != nil {
			t.Errorf("%s: %s, %v", about, d.XML, err)
		}
	}
	two := strings.Replace(aStep, "</stepDOMs>", strings.ReplaceAll(aStep[len("<stepDOMs>"):], ">s<", ">t<"), 1)
	var steps *ci.StepError
	if _, err := made(one(two), ci.Recipe{Command: "run"}); !errors.As(err, &steps) || len(steps.Steps) != 2 {
		t.Errorf("two steps: %v", err)
	}
	if d, err := made(one(two), ci.Recipe{Command: "run", Step: "t"}); err != nil || strings.Count(string(d.XML), "<command>run</command>") != 1 || len(d.Notes) != 1 {
		t.Errorf("the second: %s, %v", d.XML, err)
	}
	locked := strings.Replace(aStep, "<command/>", `<command secret="encrypt">x</command>`, 1)
	if _, err := made(one(locked), ci.Recipe{Command: "run"}); !errors.As(err, &steps) {
		t.Errorf("an encrypted command: %v", err)
	}
}

// TestVariablesAreCopiedWithCare: none whose value is secret, or is none of text.
func TestVariablesAreCopiedWithCare(t *testing.T) {
	t.Parallel()
	variable := func(inner string) string {
		return one(aStep + "<variables><" + variableElement + ">" + inner + "</" + variableElement + "></variables>")
	}
	for inner, want := range map[string]int{
		`<name>a</name><valueProvider class="c"><value>v</value></valueProvider>`:                  0,
		`<name>a</name><valueProvider class="c"><value secret="encrypt">v</value></valueProvider>`: 4,
		`<name>a</name><valueProvider class="c"><value><b/></value></valueProvider>`:               4,
		`<name>a</name><valueProvider class="c"><value>v</value><choices/></valueProvider>`:        4,
		`<name>a</name>`: 4,
		`<name>ferry_ref</name><valueProvider class="c"><value>v</value></valueProvider>`: 0,
	} {
		d, err := made(variable(inner), ci.Recipe{Command: "run"})
		if err != nil || len(d.Undeclared) != want || !bytes.Contains(d.XML, []byte(inner)) {
			t.Errorf("%s: %q, %v\n%s", inner, d.Undeclared, err, d.XML)
		}
		if n := bytes.Count(d.XML, []byte("ferry_ref")); n > 1 {
			t.Errorf("%s: declared %d times", inner, n)
		}
	}
}

// FuzzOutline: an outline is of the document, and an edit of one place leaves the rest.
func FuzzOutline(f *testing.F) {
	f.Add(plainConfiguration)
	f.Add(one(aStep))
	f.Add(one(`<a b='c'/><![CDATA[x]]><!-- y -->&amp;`))
	f.Fuzz(func(t *testing.T, src string) {
		root, err := outline([]byte(src))
		if err != nil {
			return
		}
		check(t, src, root)
		d, err := made(src, ci.Recipe{Command: "run <it>", Description: "d & d"})
		if err != nil {
			return
		}
		if again, err := outline(d.XML); err != nil || again.value("name") != "y" || again.kid("id") != nil {
			t.Errorf("%q became %q: %v", src, d.XML, err)
		}
	})
}

func check(t *testing.T, src string, e *element) {
	t.Helper()
	if e.start >= e.open || e.open > e.end || !strings.HasPrefix(src[e.start:], "<"+e.name) || e.open < e.end && !strings.HasPrefix(src[e.shut:], "</"+e.name) {
		t.Errorf("%s is not at %d %d %d %d of %q", e.name, e.start, e.open, e.shut, e.end, src)
	}
	for _, k := range e.kids {
		check(t, src, k)
	}
}
