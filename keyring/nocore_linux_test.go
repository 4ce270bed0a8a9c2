package keyring

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestNoCore looks in a process of its own, for what it does stays.
func TestNoCore(t *testing.T) {
	if os.Getenv("FERRY_TEST_NO_CORE") != "" {
		NoCore()
		limits, err := os.ReadFile("/proc/self/limits")
		if err != nil {
			t.Skip(err) // not even this process may look now
		}
		for line := range strings.Lines(string(limits)) {
			if f := strings.Fields(line); strings.HasPrefix(line, "Max core file size") && (f[4] != "0" || f[5] != "0") {
				t.Error(line)
			}
		}
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNoCore$")
	cmd.Env = append(os.Environ(), "FERRY_TEST_NO_CORE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
