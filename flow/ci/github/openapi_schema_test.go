package github_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// description is an OpenAPI 3.0 document, as far as it is read: paths, parameters
// and the schemas of answers. Media types are taken for JSON.
type description struct {
	doc   map[string]any
	paths []template
}

// template is a path of the description.
type template struct {
	path string
	like *regexp.Regexp
	free int // how many parts are not literal
}

func readDescription(file string) (*description, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	d := &description{}
	if err := json.Unmarshal(b, &d.doc); err != nil {
		return nil, fmt.Errorf("%s is no JSON: %w", file, err)
	}
	part := regexp.MustCompile(`\\\{([^}]*)\\\}`)
	for path := range object(d.doc["paths"]) {
		like := part.ReplaceAllStringFunc(regexp.QuoteMeta(path), func(name string) string {
			if slices.Contains([]string{`\{ref\}`, `\{branch\}`, `\{tag\}`}, name) {
				return `.+` // which may hold slashes
			}
			return `[^/]+`
		})
		d.paths = append(d.paths, template{path, regexp.MustCompile("^" + like + "$"), strings.Count(path, "{")})
	}
	slices.SortFunc(d.paths, func(a, b template) int { return cmp.Or(a.free-b.free, len(b.path)-len(a.path)) })
	if len(d.paths) == 0 {
		return nil, fmt.Errorf("%s describes no paths", file)
	}
	return d, nil
}

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

func list(v any) []any { l, _ := v.([]any); return l }

// resolve follows a reference to another part of the document.
func (d *description) resolve(v any) map[string]any {
	m := object(v)
	for ref, ok := m["$ref"].(string); ok; ref, ok = m["$ref"].(string) {
		at := any(d.doc)
		for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			at = object(at)[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
		}
		m = object(at)
	}
	return m
}

// operation finds what a request asks for.
func (d *description) operation(r *http.Request) (map[string]any, error) {
	for _, t := range d.paths {
		if op := d.resolve(object(object(d.doc["paths"])[t.path])[strings.ToLower(r.Method)]); op != nil && t.like.MatchString(r.URL.Path) {
			return op, nil
		}
	}
	return nil, fmt.Errorf("%s %s is not described", r.Method, r.URL.Path)
}

// request checks the query of a request against its operation.
func (d *description) request(r *http.Request) error {
	op, err := d.operation(r)
	if err != nil {
		return err
	}
	known := map[string]map[string]any{}
	for _, p := range list(op["parameters"]) {
		if p := d.resolve(p); p["in"] == "query" {
			known[p["name"].(string)] = p
		}
	}
	for name, values := range r.URL.Query() {
		p, ok := known[name]
		if !ok {
			return fmt.Errorf("%s %s: no parameter %s is described", r.Method, r.URL.Path, name)
		}
		if err := d.valid(d.resolve(p["schema"]), literal(values[0], d.resolve(p["schema"])), name); err != nil {
			return fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
		}
	}
	for name, p := range known {
		if p["required"] == true && !r.URL.Query().Has(name) {
			return fmt.Errorf("%s %s: parameter %s is missing", r.Method, r.URL.Path, name)
		}
	}
	return nil
}

// literal reads a value of a query as its schema wants it.
func literal(s string, schema map[string]any) any {
	switch schema["type"] {
	case "integer", "number":
		if n, err := strconv.ParseFloat(s, 64); err == nil {
			return n
		}
	case "boolean":
		if b, err := strconv.ParseBool(s); err == nil {
			return b
		}
	}
	return s
}

// answer checks a status and a body. Refusals that are not described have the
// shape that they all have.
func (d *description) answer(r *http.Request, status int, body []byte) error {
	op, err := d.operation(r)
	if err != nil {
		return err
	}
	described := d.resolve(object(op["responses"])[strconv.Itoa(status)])
	schema := d.resolve(object(object(described["content"])["application/json"])["schema"])
	switch {
	case status == http.StatusNotModified:
		return nil
	case status >= http.StatusBadRequest && schema == nil:
		schema = d.resolve(map[string]any{"$ref": "#/components/schemas/basic-error"})
	case described == nil:
		return fmt.Errorf("%s %s: status %d is not described", r.Method, r.URL.Path, status)
	case schema == nil:
		return nil
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	if err := d.valid(schema, v, "answer"); err != nil {
		return fmt.Errorf("%s %s %d: %w", r.Method, r.URL.Path, status, err)
	}
	return nil
}

// valid checks a value against a schema. at says where it stands.
func (d *description) valid(schema map[string]any, v any, at string) error {
	if schema = d.resolve(schema); v == nil {
		if schema["nullable"] == true || schema["type"] == nil && schema["anyOf"] == nil && schema["oneOf"] == nil && schema["allOf"] == nil || d.nullable(schema) {
			return nil
		}
		return fmt.Errorf("%s is null", at)
	}
	for _, s := range list(schema["allOf"]) {
		if err := d.valid(object(s), v, at); err != nil {
			return err
		}
	}
	for _, word := range []string{"anyOf", "oneOf"} {
		if err := d.oneOf(list(schema[word]), v, at); err != nil {
			return err
		}
	}
	if enum := list(schema["enum"]); enum != nil && !slices.Contains(enum, v) {
		return fmt.Errorf("%s is %v, which is none of %v", at, v, enum)
	}
	return d.typed(schema, v, at)
}

// nullable says whether one of the alternatives takes null.
func (d *description) nullable(schema map[string]any) bool {
	return slices.ContainsFunc(slices.Concat(list(schema["anyOf"]), list(schema["oneOf"])), func(s any) bool { return d.resolve(s)["nullable"] == true })
}

func (d *description) oneOf(schemas []any, v any, at string) error {
	var errs []string
	for _, s := range schemas {
		err := d.valid(object(s), v, at)
		if err == nil {
			return nil
		}
		errs = append(errs, err.Error())
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("%s fits no alternative: %.300s", at, strings.Join(errs, "; "))
}

func (d *description) typed(schema map[string]any, v any, at string) error {
	wrong := fmt.Errorf("%s is %T %v, not %v", at, v, v, schema["type"])
	switch schema["type"] {
	case "object":
		m, ok := v.(map[string]any)
		if !ok {
			return wrong
		}
		return d.members(schema, m, at)
	case "array":
		l, ok := v.([]any)
		if !ok {
			return wrong
		}
		for i, item := range l {
			if err := d.valid(object(schema["items"]), item, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case "string":
		s, ok := v.(string)
		if !ok {
			return wrong
		}
		return formatted(schema["format"], s, at)
	case "integer":
		if n, ok := v.(float64); !ok || n != float64(int64(n)) {
			return wrong
		}
	case "number":
		if _, ok := v.(float64); !ok {
			return wrong
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			return wrong
		}
	}
	return nil
}

func (d *description) members(schema, m map[string]any, at string) error {
	for _, name := range list(schema["required"]) {
		if _, ok := m[name.(string)]; !ok {
			return fmt.Errorf("%s has no %s", at, name)
		}
	}
	properties := object(schema["properties"])
	for _, name := range slices.Sorted(maps.Keys(m)) {
		p, ok := properties[name]
		if !ok && schema["additionalProperties"] == false {
			return fmt.Errorf("%s.%s is not described", at, name)
		}
		if ok {
			if err := d.valid(object(p), m[name], at+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func formatted(format any, s, at string) error {
	var err error
	switch format {
	case "date-time":
		_, err = time.Parse(time.RFC3339, s)
	case "uri":
		var u *url.URL
		if u, err = url.Parse(s); err == nil && !u.IsAbs() {
			err = fmt.Errorf("%q is no whole address", s)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	return nil
}
