package gitops

import (
	"slices"
	"testing"
)

// TestProgramVariables: what a chosen ssh is told is what its line names, but no
// secret, by the rule that hooks know.
func TestProgramVariables(t *testing.T) {
	for name, value := range map[string]string{"KNOWN": "/known", "TOKENIZERS": "kept", "PGPASSWORD": "x", "MYSQL_PWD": "x", "VIA": "http://me:x@proxy:3128", "OTHER": "x"} {
		t.Setenv(name, value)
	}
	p := &sshProgram{line: `ssh -o UserKnownHostsFile=$KNOWN $TOKENIZERS $PGPASSWORD ${MYSQL_PWD} $VIA`}
	if got := p.variables(); !slices.Equal(got, []string{"KNOWN=/known", "TOKENIZERS=kept"}) {
		t.Errorf("got %q", got)
	}
}
