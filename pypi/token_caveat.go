package pypi

import (
	"encoding/json"
	"regexp"
)

// The kinds of caveats in the form of today: a list that begins with a number.
const (
	caveatTime = iota
	caveatNames
	caveatIDs
	caveatUser
	caveatPublisher
)

// restrict applies one caveat. Every caveat only narrows, so one that is not
// understood leaves the rest true, and is counted.
func (t *Token) restrict(caveat map[uint64][]byte) {
	_, foreign := caveat[fieldVID]
	if foreign || !t.list(caveat[fieldID]) && !t.old(caveat[fieldID]) {
		t.Unknown++
	}
}

func (t *Token) list(id []byte) bool {
	var parts []json.RawMessage
	var kind int
	if json.Unmarshal(id, &parts) != nil || len(parts) < 2 || json.Unmarshal(parts[0], &kind) != nil {
		return false
	}
	switch kind {
	case caveatTime:
		return len(parts) == 3 && t.times(parts[2], parts[1])
	case caveatNames:
		return len(parts) == 2 && t.names(parts[1])
	case caveatIDs:
		t.ByID = len(parts) == 2 && listOf(parts[1]) != nil || t.ByID
		return len(parts) == 2 && listOf(parts[1]) != nil
	case caveatUser:
		t.User = len(parts) == 2 || t.User
		return len(parts) == 2
	case caveatPublisher:
		t.Publisher = len(parts) == 2 || t.Publisher
		return len(parts) == 2
	}
	return false
}

// old reads the forms of before 2022.
func (t *Token) old(id []byte) bool {
	var o map[string]json.RawMessage
	if json.Unmarshal(id, &o) != nil {
		return false
	}
	switch {
	case o["permissions"] != nil:
		return t.permissions(o["permissions"])
	case o["nbf"] != nil && o["exp"] != nil:
		return t.times(o["nbf"], o["exp"])
	case o["project_ids"] != nil && listOf(o["project_ids"]) != nil:
		t.ByID = true
		return true
	}
	return false
}

func (t *Token) permissions(raw json.RawMessage) bool {
	var word string
	if json.Unmarshal(raw, &word) == nil {
		t.Whole = word == "user" || t.Whole
		return word == "user"
	}
	var of struct {
		Projects json.RawMessage `json:"projects"`
	}
	return json.Unmarshal(raw, &of) == nil && t.names(of.Projects)
}

func (t *Token) times(notBefore, expires json.RawMessage) bool {
	var nb, ex float64
	if json.Unmarshal(notBefore, &nb) != nil || json.Unmarshal(expires, &ex) != nil {
		return false
	}
	from, ok1 := seconds(nb)
	to, ok2 := seconds(ex)
	if ok1 && ok2 {
		t.between(from, to)
	}
	return ok1 && ok2
}

var tokenProject = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$`)

// names limits to projects. A name that is none is not shown: it may be anything.
func (t *Token) names(raw json.RawMessage) bool {
	list := listOf(raw)
	if list == nil {
		return false
	}
	out := make([]string, 0, len(list))
	for _, n := range list {
		if !tokenProject.MatchString(n) {
			return false
		}
		out = append(out, n)
	}
	t.limit(out)
	return true
}

// listOf is a list of strings; nil for anything else.
func listOf(raw json.RawMessage) []string {
	var out []string
	if json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}
