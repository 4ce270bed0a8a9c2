package pypi

import "strings"

// percent fills "%s" and "%d" in.
func percent(format pyText, v pyValue) pyValue {
	values, ok := v.(pyList)
	if !ok {
		values = pyList{v}
	}
	out, from := "", format.from
	rest := format.text
	for {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			break
		}
		if i+1 == len(rest) || rest[i+1] != 's' && rest[i+1] != 'd' || len(values) == 0 {
			return nil
		}
		t, ok := text(values[0])
		if !ok {
			return nil
		}
		out, from, rest, values = out+rest[:i]+t.text, cmpText(from, t.from), rest[i+2:], values[1:]
	}
	if len(values) > 0 {
		return nil
	}
	return pyText{out + rest, from}
}

// formatted fills in {name} and {name.attribute}.
func (r *pyRun) formatted(format string, s *pyScope) pyValue {
	out, from := "", ""
	for format != "" {
		at := strings.IndexAny(format, "{}")
		if at < 0 {
			break
		}
		end := strings.IndexByte(format, '}')
		if format[at] == '}' || end < at || strings.ContainsAny(format[at+1:end], "{!:='\"") {
			return nil
		}
		tokens, err := tokenize("", format[at+1:end])
		if err != nil || len(tokens) == 0 {
			return nil
		}
		t, ok := text(r.expr(pyLine{tokens[:len(tokens)-1], -1}, s))
		if !ok {
			return nil
		}
		out, from, format = out+format[:at]+t.text, cmpText(from, t.from), format[end+1:]
	}
	return pyText{out + format, from}
}
