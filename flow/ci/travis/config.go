package travis

import (
	"encoding/json"
	"strings"
)

// config is what a job was told to do, as far as it names the job. It is what
// somebody wrote into a file, so nothing of it need be of the right shape.
type config struct{ Name, Python, Env string }

// UnmarshalJSON takes what it understands and never fails.
func (c *config) UnmarshalJSON(b []byte) error {
	var doc struct{ Name, Python, Env json.RawMessage }
	if json.Unmarshal(b, &doc) == nil {
		c.Name, c.Python, c.Env = word(doc.Name), word(doc.Python), word(doc.Env)
	}
	return nil
}

// word is a text, or the only one of a list. Travis hides what is secret of it.
func word(b json.RawMessage) string {
	var s string
	var list []string
	if json.Unmarshal(b, &s) == nil {
		return s
	}
	if json.Unmarshal(b, &list) == nil && len(list) == 1 {
		return list[0]
	}
	return ""
}

// name is what people call the job: its name, else the cell of the matrix.
func (c config) name() string {
	if c.Name != "" {
		return c.Name
	}
	var parts []string
	if c.Python != "" {
		parts = append(parts, "python "+c.Python)
	}
	if c.Env != "" && !strings.Contains(c.Env, "[secure]") {
		parts = append(parts, c.Env)
	}
	return strings.Join(parts, " ")
}
