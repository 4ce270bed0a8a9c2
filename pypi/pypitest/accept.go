package pypitest

import (
	"strconv"
	"strings"
)

// offer picks the media type that an Accept header likes best; of equals, the
// one offered first. It is "" if none will do.
func offer(accept string, types ...string) string {
	best, liking := "", 0.0
	for _, t := range types {
		if q := quality(accept, t); q > liking {
			best, liking = t, q
		}
	}
	return best
}

// quality is what the most specific range that fits says of a type.
func quality(accept, kind string) float64 {
	major, _, _ := strings.Cut(kind, "/")
	weight := map[string]int{kind: 3, major + "/*": 2, "*/*": 1}
	q, seen := 0.0, 0
	for _, part := range strings.Split(accept, ",") {
		fields := strings.Split(part, ";")
		if w := weight[strings.ToLower(strings.TrimSpace(fields[0]))]; w > seen {
			q, seen = 1, w
			for _, f := range fields[1:] {
				if v, ok := strings.CutPrefix(strings.TrimSpace(f), "q="); ok {
					q, _ = strconv.ParseFloat(v, 64)
				}
			}
		}
	}
	return q
}
