package ci

import (
	"encoding/base64"
	"strings"
)

// What a thief prints is often base64, once or twice over, because CI masks a secret
// only as it stands. A word of that alphabet is looked into from 40 characters on: no
// token is shorter in it.
const (
	minCoded = 40
	deepest  = 2
)

// uncoded hides the words of a line that are secrets in base64, and gives their kinds.
// A word that ends the line may go on in the next one, for base64 breaks its lines.
func (m *Masker) uncoded(line string) (clean string, kinds []string) {
	bare := strings.TrimSpace(line)
	if m.coded && bare != "" && strings.TrimLeftFunc(bare, func(r rune) bool { return r == '=' || r < 128 && isCoded(byte(r)) }) == "" {
		m.coded = len(bare) >= minCoded
		return hidden, nil
	}
	m.coded = false
	var out strings.Builder
	for rest := line; ; {
		from, to := codedWord(rest)
		if from == to {
			out.WriteString(rest)
			return out.String(), kinds
		}
		word := rest[from:to]
		out.WriteString(rest[:from])
		rest = rest[to:]
		if found := inBase64(word, deepest); found != "" {
			kinds = append(kinds, found+" in base64")
			word, m.coded = hidden, strings.TrimRight(rest, "=\r ") == ""
		}
		out.WriteString(word)
	}
}

// codedWord is where the first long word of base64 stands; nowhere if from is to.
func codedWord(s string) (from, to int) {
	for i := range len(s) {
		if !isCoded(s[i]) {
			if i-from >= minCoded {
				return from, i
			}
			from = i + 1
		}
	}
	if len(s)-from >= minCoded {
		return from, len(s)
	}
	return 0, 0
}

func isCoded(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("+/-_", c) >= 0
}

var (
	oneAlphabet = strings.NewReplacer("-", "+", "_", "/")
	noBreaks    = strings.NewReplacer("\n", "", "\r", "")
)

// inBase64 is the kind of secret that a word is in base64; "" if it is none. Where the
// text before it ends with letters, the word begins up to three characters later.
func inBase64(word string, deep int) string {
	word = oneAlphabet.Replace(word)
	for skip := range 4 {
		body := word[min(skip, len(word)):]
		data, err := base64.RawStdEncoding.DecodeString(body[:len(body)-len(body)%4])
		if err != nil || !readable(data) {
			continue
		}
		text := noBreaks.Replace(string(data))
		if kind := plainSecret(text); kind != "" {
			return kind
		}
		if from, to := codedWord(text); deep > 1 && from < to {
			if kind := inBase64(text[from:to], deep-1); kind != "" {
				return kind
			}
		}
	}
	return ""
}

// readable says whether so much text stands together that it may hold a secret. Most
// words, and all that are read from the wrong place, end here.
func readable(data []byte) bool {
	run := 0
	for _, c := range data {
		if run++; c != '\n' && c != '\r' && (c < ' ' || c > '~') {
			run = 0
		}
		if run == minCoded/2 {
			return true
		}
	}
	return false
}

func plainSecret(text string) string {
	for _, s := range secrets {
		if strings.Contains(text, s.mark) && s.like.MatchString(text) {
			return s.kind
		}
	}
	if keyBegin.MatchString(text) {
		return "private key"
	}
	return ""
}
