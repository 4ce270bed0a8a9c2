package travis

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"ferry/flow/ci"
)

// The documents of requests, which are what Travis calls the pushes it heard of.
type (
	requestsDoc struct {
		Requests *[]requestDoc `json:"requests"`
	}
	requestDoc struct {
		ID      int64      `json:"id"`
		State   string     `json:"state"`  // pending, finished
		Result  string     `json:"result"` // approved, rejected
		Message string     `json:"message"`
		Branch  string     `json:"branch_name"`
		Created *time.Time `json:"created_at"`
		Commit  struct {
			SHA string `json:"sha"`
		} `json:"commit"`
	}
	messagesDoc struct {
		Messages []struct {
			Level string `json:"level"`
			Key   string `json:"key"`
			Code  string `json:"code"`
		} `json:"messages"`
	}
)

// maxMessages is how many requests are asked for their messages, one by one.
const maxMessages = 3

// Excuses lists what Travis heard of pushes to the ref, newest first: with its
// words where it rejected one. Of an older push than the newest hundred of the
// repository it tells nothing.
func (p *Provider) Excuses(ctx context.Context, q ci.Query) ([]ci.Excuse, error) {
	var doc requestsDoc
	if err := p.client.Get(ctx, p.repo()+"/requests?"+url.Values{"limit": {"100"}}.Encode(), "the requests of "+p.o.Slug, &doc); err != nil {
		return nil, err
	}
	if doc.Requests == nil {
		return nil, &ci.MalformedError{Provider: name, Err: errors.New("the list of requests is missing")}
	}
	var out []ci.Excuse
	for _, r := range *doc.Requests {
		if q.Ref != "" && r.Branch != branchName(q.Ref) && r.Branch != q.Ref || q.SHA != "" && r.Commit.SHA != q.SHA {
			continue
		}
		e := ci.Excuse{Text: r.Message, SHA: r.Commit.SHA, Rejected: r.Result == "rejected", At: moment(r.Created)}
		if e.Text == "" && e.Rejected && len(out) < maxMessages {
			e.Text = p.messages(ctx, r.ID)
		}
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b ci.Excuse) int { return b.At.Compare(a.At) })
	return out, nil
}

// messages is what Travis found in the configuration, "" if it cannot be read:
// that a push was rejected is known without it.
func (p *Provider) messages(ctx context.Context, id int64) string {
	var doc messagesDoc
	if err := p.client.Get(ctx, fmt.Sprintf("%s/request/%d/messages", p.repo(), id), "the messages of a request", &doc); err != nil {
		return ""
	}
	var out []string
	for _, m := range doc.Messages {
		out = append(out, strings.TrimSpace(strings.Join([]string{m.Level + ":", m.Key, m.Code}, " ")))
	}
	return strings.Join(out, "; ")
}
