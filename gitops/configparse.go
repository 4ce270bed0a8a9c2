package gitops

import (
	"strings"
)

// parseConfig reads the text of one git configuration file. It is as lenient
// as it can be: a line that makes no sense is left out.
func parseConfig(b []byte) settings {
	p := &configText{rest: strings.TrimPrefix(string(b), "\ufeff")}
	var out settings
	section := ""
	for p.rest != "" {
		line := strings.TrimLeft(p.line(), " \t\r")
		if strings.HasPrefix(line, "[") {
			section, line = header(line)
		}
		name, value, ok := assignment(line)
		if ok && section != "" {
			out = append(out, setting{section + "." + name, value})
		}
	}
	return out
}

type configText struct{ rest string }

// line takes one logical line: a backslash before the newline joins two.
func (p *configText) line() string {
	var b strings.Builder
	for {
		line, rest, _ := strings.Cut(p.rest, "\n")
		p.rest = rest
		line = strings.TrimSuffix(line, "\r")
		cut, more := strings.CutSuffix(line, "\\")
		if !more || strings.HasSuffix(cut, "\\") || rest == "" {
			b.WriteString(line)
			return b.String()
		}
		b.WriteString(cut)
	}
}

// header reads [section], [section "sub"] and the old [section.sub], and gives
// what follows the bracket.
func header(line string) (section, rest string) {
	name, quoted, ok := strings.Cut(line[1:], "\"")
	if end := strings.IndexByte(line, ']'); !ok || end >= 0 && end < len(name)+1 {
		name, rest, _ = strings.Cut(line[1:], "]")
		name = strings.TrimSpace(name)
		return strings.ToLower(name), rest
	}
	var sub strings.Builder
	for i := 0; i < len(quoted); i++ {
		switch c := quoted[i]; {
		case c == '\\' && i+1 < len(quoted):
			i++
			sub.WriteByte(quoted[i])
		case c == '"':
			_, rest, _ = strings.Cut(quoted[i+1:], "]")
			return strings.ToLower(strings.TrimSpace(name)) + "." + sub.String(), rest
		default:
			sub.WriteByte(c)
		}
	}
	return "", ""
}

func assignment(line string) (name, value string, ok bool) {
	line = strings.TrimLeft(line, " \t")
	if line == "" || line[0] == '#' || line[0] == ';' {
		return "", "", false
	}
	name, value, found := strings.Cut(line, "=")
	if !found {
		name, _, _ = strings.Cut(name, "#")
		name, _, _ = strings.Cut(name, ";")
		return strings.ToLower(strings.TrimSpace(name)), "true", true
	}
	return strings.ToLower(strings.TrimSpace(name)), unquote(value), true
}

// unquote takes quotes, escapes and a trailing comment off a value.
func unquote(v string) string {
	v = strings.Trim(v, " \t")
	var b strings.Builder
	quoted, keep := false, 0 // keep: how much of b may not be trimmed
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '"':
			quoted = !quoted
			keep = b.Len()
		case c == '\\' && i+1 < len(v):
			i++
			b.WriteByte(escaped(v[i]))
			keep = b.Len()
		case !quoted && (c == '#' || c == ';'):
			return b.String()[:keep] + strings.TrimRight(b.String()[keep:], " \t")
		default:
			b.WriteByte(c)
			if quoted {
				keep = b.Len()
			}
		}
	}
	return b.String()
}

func escaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	}
	return c
}
