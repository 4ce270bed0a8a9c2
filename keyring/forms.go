package keyring

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// percent is a byte of a URL that is written as a number; Python's is in capitals,
// others' is not.
var percent = regexp.MustCompile(`%[0-9A-F]{2}`)

// quoted escapes a text as JSON and Go do, where it is printable.
var quoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// forms are the ways in which a value turns up in what programs write.
func forms(v []byte) [][]byte {
	s := string(v)
	h := hex.EncodeToString(v)
	numbers := strings.Trim(fmt.Sprintf("%d", v), "[]") // as %v shows bytes
	all := []string{
		s, h, strings.ToUpper(h), html.EscapeString(s),
		strings.Trim(fmt.Sprintf("%q", s), `"`), strings.Trim(fmt.Sprintf("%+q", s), `"`),
		numbers, strings.ReplaceAll(numbers, " ", ", "), strings.ReplaceAll(numbers, " ", ","),
	}
	for _, u := range []string{url.QueryEscape(s), url.PathEscape(s), url.UserPassword("", s).String()[1:]} {
		all = append(all, u, percent.ReplaceAllStringFunc(u, strings.ToLower))
	}
	if j, err := json.Marshal(s); err == nil {
		all = append(all, string(j[1:len(j)-1]))
	}
	for shift := range 3 {
		all = append(all, middle(base64.RawStdEncoding, v, shift), middle(base64.RawURLEncoding, v, shift))
	}
	for _, f := range all { // quoted in what is quoted once more
		if strings.ContainsAny(f, `\"`) {
			all = append(all, quoted.Replace(f))
		}
	}
	slices.Sort(all)
	var out [][]byte
	for _, f := range slices.Compact(all) {
		if len(f) >= minHidden {
			out = append(out, []byte(f))
		}
	}
	return out
}

// middle is the base64 of v with shift bytes before it, without the characters
// at the ends that depend on its neighbours. What stands before, such as
// "__token__:", changes nothing else.
func middle(enc *base64.Encoding, v []byte, shift int) string {
	text := enc.EncodeToString(append(make([]byte, shift), v...))
	first, end := (8*shift+5)/6, 8*(shift+len(v))/6
	return text[first:min(end, len(text))]
}
