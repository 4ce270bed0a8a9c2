package rules

import (
	"regexp"
	"strings"
)

// secretKey is a line of a CI file that gives a credential in the clear. An
// encrypted one stands under a key of its own, secure.
var secretKey = regexp.MustCompile(`(?i)^([-+ ]?[\s"'-]*[\w.-]*(?:password|passwd|token|api[_-]?key|secret)["']?\s*:\s*)([^\s#{&*>|][^#]*)`)

// WithoutSecrets gives a text of a CI file, or a diff of one, in which credentials
// that stand in the clear are masked, whatever their length. References to what is
// stored elsewhere stay: ${{ secrets.X }} and $X are names, and id-token is a permission.
func WithoutSecrets(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		m := secretKey.FindStringSubmatchIndex(line)
		if m == nil || strings.Contains(line[:m[4]], "id-token") || strings.HasPrefix(strings.Trim(line[m[4]:m[5]], `"' `), "$") {
			lines[i] = withoutSecrets(line)
			continue
		}
		value := line[m[4]:m[5]]
		kept := value[len(strings.TrimRight(value, " \r\n")):]
		lines[i] = line[:m[4]] + "(hidden)" + kept + line[m[5]:]
	}
	return strings.Join(lines, "")
}
